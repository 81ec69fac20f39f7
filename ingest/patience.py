"""Waiting for a database that is away, full or read-only: nothing is acknowledged meanwhile, and it is said once."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TypeVar

import structlog

from domain.errors import DatabaseUnavailableError, SchemaOutdatedError
from ingest import metrics
from ingest.backoff import Backoff

#: What passes by itself or by an operator's hand.
AWAY = (DatabaseUnavailableError, SchemaOutdatedError)

_T = TypeVar("_T")

_log = structlog.get_logger(__name__)


class Patience:
    """Repeats what the database could not do, until it can or we are stopped."""

    def __init__(self, stop: Event, waiting: Callable[[], int]) -> None:
        self._stop, self._waiting = stop, waiting
        self._backoff = Backoff(first_s=0.1, longest_s=5.0)
        self._why: str | None = None

    def until_done(self, action: Callable[[], _T]) -> _T | None:
        """What `action` gives; None when we were stopped first. DatabaseRefusedError passes."""
        while not self._stop.is_set():
            try:
                done = action()
            except AWAY as error:
                self._away(error)
            else:
                self._there()
                return done
        return None

    def _away(self, error: DatabaseUnavailableError | SchemaOutdatedError) -> None:
        if self._why != error.why:
            _log.warning("database_away", why=error.why, error=str(error), waiting=self._waiting())
            metrics.DATABASE_AWAY.set(1)
        self._why = error.why
        self._stop.wait(self._backoff.next_s())

    def _there(self) -> None:
        if self._why is not None:
            _log.info("database_back", waiting=self._waiting())
            metrics.DATABASE_AWAY.set(0)
        self._why = None
        self._backoff.reset()
