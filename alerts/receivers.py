"""Receivers that fail rest, so that one that hangs costs nobody else's time."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from alerts.channels.message import Outcome, Retry, Sent
from alerts.escalation import next_due

#: One failure may be the message's own; two in a row are the receiver's.
_FAILURES_TO_REST = 2


@dataclass(slots=True)
class _Trouble:
    failures: int
    rests: int
    error: str
    until: datetime | None


class Receivers:
    """Who is in trouble, since how many attempts, and until when it rests. For any number of threads."""

    def __init__(self) -> None:
        self._troubles: dict[str, _Trouble] = {}
        self._lock = threading.Lock()

    def note(self, receiver: str, outcome: Outcome, now: datetime) -> None:
        """An attempt ended so. Whoever answers at all, even with a refusal, is well.

        A rest is longer than the one before it only when the receiver failed after that: of thirty messages that were under way
        when it stumbled, each would else double the rest, and a second of trouble cost ten minutes.
        """
        with self._lock:
            if isinstance(outcome, Sent):
                self._troubles.pop(receiver, None)
            elif isinstance(outcome, Retry):
                self._troubles[receiver] = _worse(self._troubles.get(receiver), outcome.error, now)

    def rests_until(self, receiver: str, now: datetime) -> datetime | None:
        """The end of its rest; None when it may be tried."""
        known = self._troubles.get(receiver)
        return known.until if known is not None and known.until is not None and known.until > now else None

    def resting(self, now: datetime) -> list[str]:
        """All that rest now."""
        with self._lock:
            names = list(self._troubles)
        return [name for name in names if self.rests_until(name, now) is not None]

    def failing(self) -> dict[str, str]:
        """Those that have rested and not answered since, with what went wrong last."""
        with self._lock:
            return {name: known.error for name, known in self._troubles.items() if known.rests}

    def failures(self, receiver: str) -> int:
        """Failed attempts in a row."""
        known = self._troubles.get(receiver)
        return 0 if known is None else known.failures

    def error(self, receiver: str) -> str:
        """What went wrong last."""
        known = self._troubles.get(receiver)
        return "" if known is None else known.error


def _worse(known: _Trouble | None, error: str, now: datetime) -> _Trouble:
    """After one more failed attempt."""
    if known is None:
        return _Trouble(failures=1, rests=0, error=error, until=None)
    failures = known.failures + 1
    if failures < _FAILURES_TO_REST or (known.until is not None and known.until > now):
        return _Trouble(failures, known.rests, error, known.until)
    rests = known.rests + 1
    return _Trouble(failures, rests, error, next_due(min(rests, 10), now))
