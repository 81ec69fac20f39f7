"""How many messages wait at a worker's door, told to whoever looks at the accounts."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import structlog

from domain.errors import DatabaseUnavailableError, SchemaOutdatedError
from storage.database import Database
from storage.network_report import Waiting, save_waiting

_EVERY_S = 5.0

_log = structlog.get_logger(__name__)


class Door:
    """Tells the database every few seconds, and at once when the door was empty and is not any more or the other way."""

    def __init__(self, database: Database, source: str) -> None:
        self._database, self._source = database, source
        self._told: int | None = None
        self._due = 0.0

    def tell(self, waiting: int) -> None:
        """`waiting`: messages taken from the broker and not committed. A database that is away is told later."""
        now = time.monotonic()
        if now < self._due and (self._told is None or (self._told == 0) == (waiting == 0)):
            return
        if now < self._due - _EVERY_S + 1.0:
            return  # at most once a second
        self._due, self._told = now + _EVERY_S, waiting
        try:
            with self._database.transaction() as connection:
                save_waiting(connection, Waiting(source=self._source, messages=waiting, at=datetime.now(UTC)))
        except (DatabaseUnavailableError, SchemaOutdatedError) as error:
            _log.debug("waiting_not_told", error=str(error))  # told again in a few seconds
