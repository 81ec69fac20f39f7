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
