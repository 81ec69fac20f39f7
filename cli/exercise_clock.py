"""The clock of an exercise beside the wall's, and the address that shows the screen of any of its minutes again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

import numpy as np

from cli.exercise_folder import ExerciseFolder, Moment
from domain.errors import ConfigurationError
from domain.times import local


class WallClock:
    """Which moment of the exercise was which of the wall clock, between the moments on record."""

    def __init__(self, moments: Sequence[Moment]) -> None:
        self._at_s = np.array([m.at.timestamp() for m in moments])
        self._wall_s = np.array([m.wall.timestamp() for m in moments])

    def exercise(self, wall: datetime) -> datetime:
        """What the exercise's clock showed at a moment of the wall's."""
        return datetime.fromtimestamp(float(np.interp(wall.timestamp(), self._wall_s, self._at_s)), UTC)

    def wall(self, at: datetime) -> datetime:
        """When the exercise's clock showed `at`."""
        return datetime.fromtimestamp(float(np.interp(at.timestamp(), self._at_s, self._wall_s)), UTC)

    def screen(self, at: datetime) -> str:
        """Path and query of the map as it stood when the exercise's clock showed `at`."""
        moment = local(self.wall(at)).isoformat(timespec="seconds")  # the pages know offsets with a colon alone
        return f"/?luc={quote(moment, safe=':')}"


def screen_of(folder: ExerciseFolder, at: datetime) -> str:
    """Path and query of the map at a time of the exercise that was played here.

    Raises EwsError without an exercise of which something was played, ConfigurationError for a time that was not played.
    """
    run = folder.run()
    folder.check_played()
    if not run.begins <= at <= run.ends:
        raise ConfigurationError(
            place="command line",
            key="--at",
            value=f"{local(at):%Y-%m-%dT%H:%M}",
            remedy=f"name a time from {local(run.begins):%Y-%m-%dT%H:%M} to {local(run.ends):%Y-%m-%dT%H:%M}, which was played",
        )
    return WallClock(folder.moments()).screen(at)
