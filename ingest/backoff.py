"""How long to wait before the next attempt."""

from __future__ import annotations

import random


class Backoff:
    """Waits that double up to a cap, each shortened at random so that a fleet does not come back all at once."""

    def __init__(self, *, first_s: float, longest_s: float) -> None:
        self._first_s, self._longest_s = first_s, longest_s
        self._next_s = first_s

    def next_s(self) -> float:
        """Seconds to wait now: between half and the whole of the present step."""
        step = self._next_s
        self._next_s = min(step * 2, self._longest_s)
        return step * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret

    def reset(self) -> None:
        """An attempt succeeded."""
        self._next_s = self._first_s


class TakeOvers:
    """When to come back to a session that another process has taken over, and when to leave it to that process."""

    #: After so many in a row the session is the other's. One in a row is an operator who tried something.
    MOST = 4
    #: Who has kept the session for so long has it.
    KEPT_S = 600.0

    def __init__(self) -> None:
        self._backoff = Backoff(first_s=10.0, longest_s=300.0)
        self._taken, self._since_s = 0, 0.0

    def connected(self, now_s: float) -> None:
        """We have the session."""
        self._since_s = now_s

    def taken(self, now_s: float) -> float | None:
        """It was taken from us: seconds until we look again; None when we are not to."""
        if now_s - self._since_s >= self.KEPT_S:
            self._taken = 0
            self._backoff.reset()
        self._taken += 1
        return None if self._taken >= self.MOST else self._backoff.next_s()
