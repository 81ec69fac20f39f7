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
        self._stop, self._answered = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="dash-pulse", daemon=True)

    def start(self) -> None:
        """Begin asking."""
        self._thread.start()

    def wait_for_first_answer(self, seconds: float) -> None:
        """Until it is known whether the database answers, or so long: before that nobody can be told that it does."""
        self._answered.wait(seconds)

    def stop(self) -> None:
        """Ask no more. A question that hangs is left behind in its daemon thread."""
        self._stop.set()

    @property
    def health(self) -> Health:
        """What is known now, without waiting."""
        # Under one lock: an answer that comes while somebody finds it late is not overlooked.
        with self._lock:
            lost = self._hangs() and self._set(database=False)
        if lost:
            self._told(self._health)
        return self._health

    def note(self, *, database: bool) -> None:
        """Whether the database answered, as somebody else has just seen."""
        with self._lock:
            changed = self._set(database=database)
        if changed:
            self._told(self._health)

    def _hangs(self) -> bool:
        return self._asked_at is not None and time.monotonic() - self._asked_at > PATIENCE_S

    def _set(self, *, database: bool) -> bool:
        """Whether that is news."""
        news = self._health.database is not database
        if news:
            self._health = Health(database=database, since=datetime.now(UTC))
        return news

    def _run(self) -> None:
        while not self._stop.is_set():
            self._asked_at = time.monotonic()
            answered = self._ask()
            with self._lock:
                self._asked_at = None
            self.note(database=answered)
            self._answered.set()
            self._stop.wait(EVERY_S)
