"""What an exercise's player asks of the services around it: the broker's switch, and what came of the messages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from cli.broker import is_taken
from cli.exercise_folder import ExerciseFolder
from cli.exercise_following import Following
from domain.broker_address import broker_address
from domain.readings import QualityFlag
from storage import forecasts, history
from storage.accounts import NOTHING, accounts
from storage.database import Database

_LOOK_S = 0.1


class Services:
    """The broker's switch, which is a file that the supervisor looks at; and what ingest has made of the messages."""

    def __init__(
        self,
        folder: ExerciseFolder,
        database: Database,
        mqtt_url: str,
        *,
        watched: Sequence[str],
        gauges: Sequence[str],
        stop: threading.Event,
    ) -> None:
        self._following, self._gauges = Following(watched), gauges
        self._folder, self._database, self._stop = folder, database, stop
        self._port = broker_address(mqtt_url).port

    def take_away(self) -> None:
        """Stop the broker, and return when it is gone."""
        self._folder.broker_away.touch()
        self._until(lambda: not is_taken(self._port))
        print("the broker is away", flush=True)

    def bring_back(self) -> None:
        """Start the broker, and return when it answers."""
        self._folder.broker_away.unlink(missing_ok=True)
        self._until(lambda: is_taken(self._port))
        print("the broker is back", flush=True)

    def taken(self) -> int:
        """How many readings ingest has taken, those left out that it refused."""
        with self._database.transaction() as connection:
            counts = sum((account.counts for account in accounts(connection)), NOTHING)
        return counts.received - counts.rejected

    def stored(self, station: str, quantity: str, at_s: float) -> bool:
        """Whether a reading of this time, or a later one of its series, lies in the database."""
        with self._database.transaction() as connection:
            newest = history.latest(connection, [station])
        return any(r.quantity == quantity and r.observed_at.timestamp() >= at_s for r in newest)

    def forecast(self, at_s: float) -> bool:
        """Whether forecasts have come for what was measured at `at_s`, or later (`exercise_following.Following`)."""
        return self._following.all_here(*self._issued_and_read(at_s), at_s)

    def leave_behind(self, at_s: float) -> None:
        """Wait for no gauge whose forecasts have stayed away, until they are back."""
        self._following.leave_behind(*self._issued_and_read(at_s), at_s)

    def calibrated(self, at_s: float) -> bool:
        """Whether every gauge that was read at `at_s` or later has a forecast of it."""
        issued, read = self._issued_and_read(at_s)
        return all(name in issued and issued[name].timestamp() >= at_s for name in read)

    def _issued_and_read(self, at_s: float) -> tuple[dict[str, datetime], set[str]]:
        """When each gauge's newest forecast was issued; the gauges that were read at `at_s` or later, and not wrongly: that gives none."""
        with self._database.transaction() as connection:
            issued = forecasts.last_issued(connection)
            newest = history.latest(connection, self._gauges)
        levels = (r for r in newest if r.quantity == "water_level" and r.flag is not QualityFlag.FAIL)
        return issued, {r.station for r in levels if r.observed_at.timestamp() >= at_s}

    def _until(self, done: Callable[[], bool]) -> None:
        while not done() and not self._stop.is_set():
            self._stop.wait(_LOOK_S)
