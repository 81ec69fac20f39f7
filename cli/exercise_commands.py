"""The commands of exercises: what there is, playing one, looking back at it, and its report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cli.exercise_folder import ExerciseFolder

exercise = typer.Typer(
    help="Exercises: a flood, a storm or bad air played through the whole system, with faults, and judged."
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="One of `ews exercise list`, e.g. hue-2025.")]
Speed = Annotated[
    float | None,
    typer.Option(min=0.1, max=100_000, help="How many times faster than the clock; none: as its file says."),
]
From = Annotated[str | None, typer.Option("--from", help="Play from this time of the exercise.")]
Until = Annotated[str | None, typer.Option("--until", help="Play up to this time of the exercise.")]
At = Annotated[str | None, typer.Option(help="Say which address shows the screen of this minute of the exercise.")]
Html = Annotated[Path | None, typer.Option(help="Write the report to this file.")]
Pdf = Annotated[Path | None, typer.Option(help="Print it to this file, by a Chromium on PATH.")]
Strict = Annotated[
    bool,
    typer.Option(
        help="End with an error when a warning was false, a reading missing, failed or doubted wrongly, "
        "too few faults found, or the exercise stopped or not settled."
    ),
]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="Port of the pages; when taken, the next free one.")]


@exercise.command("list")
def list_all() -> None:
    """The exercises of config/exercises."""
    from cli.tables import table, when
    from domain.exercise import exercise_names, load_exercise
    from domain.settings import load_settings

    folder = load_settings().config_dir
    found = [load_exercise(folder, name) for name in exercise_names(folder)]
    rows = [(each.name, each.title_vi, each.title_en, when(each.begins), when(each.ends)) for each in found]
    print(table(("exercise", "tên", "title", "begins", "ends"), rows) if rows else "no exercises")


@exercise.command()
def run(
    name: Name,
    *,
    speed: Speed = None,
    start: From = None,
    until: Until = None,
    keep: Annotated[
        Path | None, typer.Option(help="An empty folder for all it leaves; none: one of its own in the data folder.")
    ] = None,
    html: Html = None,
    pdf: Pdf = None,
    strict: Strict = False,
    port: Port = None,
) -> None:
    """Play an exercise over MQTT on services of its own, stop when everything is judged, sent and answered, and judge it.

    Nothing of it reaches anybody: it has no channel that leads outside, and takes none of this installation's settings.
    """
    from cli.exercise_folder import ExerciseFolder
    from cli.exercising import run as run_exercise
    from cli.main import settings_with

    _check_written(html, pdf)  # and not after an hour of playing
    written = [path and path.absolute() for path in (html, pdf)]  # it is played in its own folder
    folder = run_exercise(settings_with(port), name, speed=speed, start=start, until=until, keep=keep)
    if html is not None or pdf is not None or strict:
        _judge(ExerciseFolder(folder), *written, strict=strict)


@exercise.command(hidden=True)
def play(name: Name, *, speed: Speed = None, start: From = None, until: Until = None) -> None:
    """Play it on the services that run on this data folder: what `run` starts in them."""
    from alerts.recipients import load_recipients
    from cli.exercise_nature import nature_of
    from cli.exercise_playing import playing_of
    from cli.worker_commands import service_urls
    from domain.settings import load_settings

    settings = load_settings()
    playing = playing_of(settings, name, speed, start, until)
    recipients = [each.id for each in load_recipients(settings.config_dir / "recipients.toml")]
    nature = nature_of(playing.exercise, playing.stations, settings.config_dir)
    playing.run(*service_urls(settings), nature, recipients)


@exercise.command(hidden=True)
def learn(name: Name, *, speed: Speed = None, start: From = None, until: Until = None) -> None:
    """Send the season before it to the services that run on this data folder, before anything is judged."""
    from cli.exercise_playing import playing_of
    from cli.worker_commands import service_urls
    from domain.settings import load_settings

    settings = load_settings()
    playing_of(settings, name, speed, start, until).learn(*service_urls(settings))


@exercise.command()
def look(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a played exercise.")],
    *,
    at: At = None,
    port: Port = None,
) -> None:
    """Open the pages over a played exercise, to look back at what an officer saw; nothing is played."""
    from cli.exercising import look as look_at

    look_at(folder.absolute(), port, at)


@exercise.command()
def report(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="The folder of a played exercise; none: the newest.")
    ] = None,
    *,
    html: Html = None,
    pdf: Pdf = None,
    strict: Strict = False,
) -> None:
    """Judge a played exercise: levels, forecasts, warnings, confirmations, faults found, readings counted."""
    from cli.exercise_folder import ExerciseFolder, newest_folder
    from domain.settings import load_settings

    _check_written(html, pdf)
    chosen = newest_folder(load_settings().data_dir / "exercises") if folder is None else ExerciseFolder(folder)
    _judge(chosen, html, pdf, strict=strict)


def _check_written(html: Path | None, pdf: Path | None) -> None:
    """Raise EwsError when a report could not be written to one of these files."""
    from cli.printing import browser
    from cli.replaced_file import check_replaceable

    for path in filter(None, (html, pdf)):
        check_replaceable(path)
    if pdf is not None:
        browser()


def _judge(folder: ExerciseFolder, html: Path | None, pdf: Path | None, *, strict: bool) -> None:
    """Write the report and say what came out. Raises EwsError, also when it is `strict` and something was wrong."""
    from cli.exercise_evidence import gather
    from cli.exercise_report import html_report, recipient_names
    from cli.exercise_verdict import verdict_of
    from cli.printing import print_pdf
    from cli.replaced_file import replace_file
    from domain.errors import EwsError

    found = gather(folder)
    page = html_report(found, recipient_names(folder.config_dir))
    if html is not None:
        replace_file(html, page, mode=0o644)
    if pdf is not None:
        print_pdf(page, pdf)
    verdict = verdict_of(found)
    print(verdict)
    if strict and not verdict.clean:
        raise EwsError(f"{folder.path}: {verdict.complaint}; the report lists them")
