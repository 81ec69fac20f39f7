"""Who took what: noted in memory, stored every few seconds, written into the audit by the hour."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import structlog

from domain.errors import EwsError
from domain.times import floor
from storage.database import Database
from storage.takings import Amount, Taken, add_taken, close_hours

_HOUR = timedelta(hours=1)
#: What is noted is stored after so long; so much of it a killed process forgets.
_STORED_EVERY_S = 10.0
#: An hour is closed when whatever was noted in it has been stored by every process.
_GRACE = timedelta(minutes=2)

_log = structlog.get_logger(__name__)


class Takings:
    """What partners took of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._noted: dict[Taken, Amount] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="open-data-takings", daemon=True)

    def note(self, actor: str, what: str, station: str, rows: int) -> None:
        """One request and the rows it was given. `station`: '' for many at once."""
        key = Taken(actor, floor(datetime.now(UTC), _HOUR), what, station)
        with self._lock:
            before = self._noted.get(key, Amount(0, 0))
            self._noted[key] = Amount(before.requests + 1, before.rows + rows)

    def start(self) -> None:
        """Begin to store."""
        self._thread.start()

    def stop(self) -> None:
        """Store what is left, and end."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.store(datetime.now(UTC))

    def store(self, now: datetime) -> None:
        """Store what was noted and close the hours that are over; while the database is away it stays noted."""
        with self._lock:
            noted, self._noted = self._noted, {}
        try:
            with self._database.transaction() as connection:
                if noted:
                    add_taken(connection, noted)
                close_hours(connection, floor(now - _GRACE, _HOUR))
        except EwsError as error:
            _log.warning("takings_not_stored", error=str(error), waiting=len(noted))
            self._note_again(noted)

    def _note_again(self, noted: dict[Taken, Amount]) -> None:
        with self._lock:
            for key, amount in noted.items():
                since = self._noted.get(key, Amount(0, 0))
                self._noted[key] = Amount(since.requests + amount.requests, since.rows + amount.rows)

    def _keep(self) -> None:
        while not self._stop.wait(_STORED_EVERY_S):
            self.store(datetime.now(UTC))
