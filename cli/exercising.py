"""`ews exercise run`: the whole system on services of its own, and an exercise played through it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from alerts.recipients import load_recipients
from cli.child import Child, ews
from cli.exercise_clock import screen_of
from cli.exercise_config import write_config
from cli.exercise_folder import ExerciseFolder, folder_name, new_folder
from cli.exercise_nature import nature_of
from cli.options import moment
from cli.system import System
from domain.errors import ConfigurationError
from domain.exercise import FOLDER, SOURCES, Exercise, load_exercise
from domain.network import load_network
from domain.settings import Settings, load_settings
from domain.times import local
from ingest.sources import load_sources
from simulators.field.sources_file import speakers_of

#: Settings that say nothing about whom the system talks to.
_KEPT = frozenset({"EWS_LOG_LEVEL", "EWS_HTTP_HOST", "EWS_HTTP_PORT", "EWS_TILES_URL"})
_PLAYER, _TEACHER = "exercise", "archive"
_PORT = 8050


def run(
    settings: Settings, name: str, *, speed: float | None, start: str | None, until: str | None, keep: Path | None
) -> Path:
    """Play the exercise of this name; its folder stays, and is returned. Raises EwsError."""
    exercise = chosen(settings.config_dir, name, start, until)
    check_past(exercise, settings.config_dir, datetime.now(UTC))
    _check_playable(exercise, settings.config_dir)
    place = keep or settings.data_dir / "exercises" / folder_name(exercise, datetime.now(UTC))
    folder, fast = new_folder(place), exercise.speed if speed is None else speed
    write_config(settings.config_dir, folder.config_dir, fast)
    _forget_the_house(folder)
    own = load_settings(data_dir=folder.path, config_dir=folder.config_dir, http_port=settings.http_port)
    options = ["--speed", str(fast), *(["--from", start] if start else []), *(["--until", until] if until else [])]

    def players(environment: dict[str, str]) -> list[Child]:
        command = ("exercise", "play", name, *options)
        return [ews(_PLAYER, *command, environment=environment, after=("ingest", "scheduler", "web"), once=True)]

    def teachers(environment: dict[str, str]) -> list[Child]:
        command = ("exercise", "learn", name, *options)
        return [ews(_TEACHER, *command, environment=environment, after=("ingest",), once=True)]

    print(f"{exercise.title_vi} · {exercise.title_en}\n{folder.path}", flush=True)
    with folder.log_file.open("a", encoding="utf-8") as log:

        def show(child: str, line: str) -> None:
            log.write(f"{child:<10} │ {line}\n")
            if child in (_PLAYER, _TEACHER):
                print(line, flush=True)

        System(
            settings=own,
            clock=exercise.clock,
            more=players,
            before=teachers if exercise.experience_days else lambda _: (),
            finished_after=_PLAYER,
            broker_away=folder.broker_away,
            show=show,
        ).run()
    print(f"ews exercise report {folder.path} --html REPORT.html", flush=True)
    return folder.path


def look(path: Path, port: int | None, at: str | None = None) -> None:
    """The pages over a played exercise, until a signal; nothing is played. Raises EwsError.

    `at`: a time of the exercise, of which the address is told that shows its screen again.
    """
    folder = ExerciseFolder(path)
    folder.run()
    shown = moment("--at", at)
    if shown is not None:
        print(f"{local(shown):%d/%m/%Y %H:%M}  {screen_of(folder, shown)}", flush=True)
    _forget_the_house(folder)
    own = load_settings(data_dir=folder.path, config_dir=folder.config_dir, http_port=port or _PORT)
    System(settings=own, register_network=False, pages_only=True).run()


def chosen(config_dir: Path, name: str, start: str | None, until: str | None) -> Exercise:
    """The exercise, or the part of it that is asked for. Raises ConfigurationError."""
    network = load_network(config_dir)
    recipients = {each.id for each in load_recipients(config_dir / "recipients.toml")}
    exercise = load_exercise(config_dir, name, stations=network.stations, recipients=recipients)
    return exercise.between(moment("--from", start), moment("--until", until))


def check_past(exercise: Exercise, config_dir: Path, now: datetime) -> None:
    """Raise ConfigurationError for an exercise that ends after `now`: ingest refuses readings of the future, and it would never end."""
    if exercise.ends > now:
        raise ConfigurationError(
            place=str(config_dir / FOLDER / f"{exercise.name}.toml"),
            key="ends",
            value=exercise.ends.isoformat(),
            remedy=f"lies in the future, whose readings ingest refuses: --until {local(now):%Y-%m-%dT%H:%M} or earlier, "
            "or other dates in a copy of the file",
        )


def _check_playable(exercise: Exercise, config_dir: Path) -> None:
    """What its processes would refuse once they are started. Raises ConfigurationError."""
    stations = list(load_network(config_dir).stations.values())
    nature_of(exercise, stations, config_dir)
    load_sources(config_dir / FOLDER)
    speakers_of(stations, config_dir / FOLDER / SOURCES, exercise.seed)


def _forget_the_house(folder: ExerciseFolder) -> None:
    """No setting of the installation reaches the exercise: neither its database nor its broker, keys or addresses."""
    for name in [name for name in os.environ if name.startswith("EWS_") and name not in _KEPT]:
        del os.environ[name]
    os.chdir(folder.path)  # where no ews.toml is
