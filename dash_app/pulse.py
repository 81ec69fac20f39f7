"""The pulse of the database: asked in a thread of its own, so that one that hangs is noticed like one that is gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

EVERY_S = 2.0
#: A question that has had no answer for so long counts as refused.
PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the database answers, and since when it is so."""

    database: bool
    since: datetime


class Pulse:
    """Calls `ask` again and again; `ask` returns whether the database answered, and may block for ever."""

    def __init__(self, ask: Callable[[], bool], told: Callable[[Health], None] = lambda _: None) -> None:
        self._ask, self._told = ask, told
        self._lock = threading.Lock()
        self._health = Health(database=False, since=datetime.now(UTC))  # until it has answered once
        self._asked_at: float | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dash-pulse", daemon=True)

    def start(self) -> None:
        """Begin asking."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more. A question that hangs is left behind in its daemon thread."""
        self._stop.set()

    @property
    def health(self) -> Health:
        """What is known now, without waiting."""
        asked_at = self._asked_at
        if asked_at is not None and time.monotonic() - asked_at > PATIENCE_S:
            self.note(database=False)
        return self._health

    def note(self, *, database: bool) -> None:
        """Whether the database answered, as somebody else has just seen."""
        with self._lock:
            if self._health.database is database:
                return
            self._health = Health(database=database, since=datetime.now(UTC))
        self._told(self._health)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._asked_at = time.monotonic()
            answered = self._ask()
            self._asked_at = None
            self.note(database=answered)
            self._stop.wait(EVERY_S)
