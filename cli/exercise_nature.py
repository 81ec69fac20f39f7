"""What the world does in an exercise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from domain.errors import ConfigurationError
from domain.exercise import FOLDER, Exercise
from domain.reported import load_reported
from domain.stations import Station
from simulators.nature import NAMES, EpisodeNature, nature

#: Natures that are real readings of another place, drawn under the names of stations in Huế: whose.
BORROWED = {
    "typhoon-record": ("Đài Loan (bão Atsani, 2020)", "Taiwan (typhoon Atsani, 2020)"),
    "bad-air": ("Bắc Kinh (2017)", "Beijing (2017)"),
}


def nature_of(exercise: Exercise, stations: Sequence[Station], config_dir: Path) -> EpisodeNature:
    """The nature that the exercise names. Raises ConfigurationError when there is none, or when it is shorter than asked."""
    place = str(config_dir / FOLDER / f"{exercise.name}.toml")
    if exercise.nature not in NAMES:
        remedy = f"no such nature; known are {', '.join(NAMES)}"
        raise ConfigurationError(place=place, key="nature", value=exercise.nature, remedy=remedy)
    found = nature(exercise.nature, stations, exercise.seed, config_dir)
    first = exercise.begins - timedelta(hours=exercise.warm_up_h)
    for key, at in (("begins", first), ("ends", exercise.ends)):
        if not found.begins <= at <= found.ends:
            remedy = f"{exercise.nature} knows {found.begins.isoformat()} to {found.ends.isoformat()}, warm-up included"
            raise ConfigurationError(place=place, key=key, value=at.isoformat(), remedy=remedy)
    return found


def official_issues(exercise: Exercise, config_dir: Path) -> list[datetime]:
    """When official forecasts of the exercise's flood were issued; none where nothing was reported. Raises ConfigurationError."""
    folder = config_dir / FOLDER / exercise.name
    return [each.issued_at for each in load_reported(folder).forecasts] if (folder / "levels.csv").exists() else []
