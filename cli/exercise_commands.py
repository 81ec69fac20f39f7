"""The commands of exercises: what there is, playing one, looking back at it, and its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
    port: Port = None,
) -> None:
    """Play an exercise over MQTT on services of its own, and stop when everything is judged, sent and answered.

    Nothing of it reaches anybody: it has no channel that leads outside, and takes none of this installation's settings.
    """
    from cli.exercising import run as run_exercise
    from cli.main import settings_with

    run_exercise(settings_with(port), name, speed=speed, start=start, until=until, keep=keep)


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
    port: Port = None,
) -> None:
    """Open the pages over a played exercise, to look back at what an officer saw; nothing is played."""
    from cli.exercising import look as look_at

    look_at(folder.absolute(), port)


@exercise.command()
def report(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="The folder of a played exercise; none: the newest.")
    ] = None,
    *,
    html: Annotated[Path | None, typer.Option(help="Write the page to this file.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Print it to this file, by a Chromium on PATH.")] = None,
    strict: Annotated[
        bool,
        typer.Option(
            help="End with an error when a warning was false or a reading missing, failed or doubted wrongly."
        ),
    ] = False,
) -> None:
    """Judge a played exercise: levels, forecasts, warnings, confirmations, faults found, readings counted."""
    from cli.exercise_evidence import gather
    from cli.exercise_folder import ExerciseFolder, newest_folder
    from cli.exercise_report import html_report, recipient_names
    from cli.exercise_verdict import verdict_of
    from cli.printing import print_pdf
    from cli.replaced_file import replace_file
    from domain.errors import EwsError
    from domain.settings import load_settings

    chosen = newest_folder(load_settings().data_dir / "exercises") if folder is None else ExerciseFolder(folder)
    found = gather(chosen)
    page = html_report(found, recipient_names(chosen.config_dir))
    if html is not None:
        replace_file(html, page, mode=0o644)
    if pdf is not None:
        print_pdf(page, pdf)
    verdict = verdict_of(found)
    print(verdict)
    if strict and not verdict.clean:
        raise EwsError(f"{chosen.path}: {verdict.complaint}; the report lists them")
