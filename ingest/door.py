"""How many messages wait at a worker's door, and of which sources, told to whoever looks at the accounts."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime

import structlog

from domain.errors import DatabaseUnavailableError, SchemaOutdatedError
from ingest.inbox import Inbox
from ingest.routing import Sources
from storage.database import Database
from storage.network_report import Waiting, save_waiting

_EVERY_S = 5.0

_log = structlog.get_logger(__name__)


class Door:
    """Tells the database every few seconds, and at once when the door was empty and is not any more or the other way."""

    def __init__(self, database: Database, worker: str, sources: Sources, inbox: Inbox) -> None:
        self._database, self._worker, self._sources, self._inbox = database, worker, sources, inbox
        self._told: int | None = None
        self._due = 0.0

    def tell(self) -> None:
        """Of the messages taken from the broker and not in a batch yet. A database that is away is told later."""
        now, waiting = time.monotonic(), len(self._inbox)
        if now < self._due and (self._told is None or (self._told == 0) == (waiting == 0)):
            return
        if now < self._due - _EVERY_S + 1.0:
            return  # at most once a second
        self._due, self._told = now + _EVERY_S, waiting
        try:
            with self._database.transaction() as connection:
                save_waiting(connection, self._waiting())
        except (DatabaseUnavailableError, SchemaOutdatedError) as error:
            _log.debug("waiting_not_told", error=str(error))  # told again in a few seconds

    def _waiting(self) -> Waiting:
        topics = self._inbox.topics()
        found = Counter(self._sources.name_of(topic) for topic in topics)
        by_source = {name: found[name] for name in {*self._sources.served, *found}}
        return Waiting(source=self._worker, messages=len(topics), at=datetime.now(UTC), by_source=by_source)
