"""How long things took: counted in buckets, so that a day of them needs no more room than a minute."""

from __future__ import annotations

import numpy as np

_BUCKET_S = 0.001
_BUCKETS = 60_000


class Latencies:
    """Times in seconds, to the millisecond; those above a minute count as a minute, the longest is kept exactly."""

    def __init__(self) -> None:
        self._counts = np.zeros(_BUCKETS, dtype=np.int64)
        self._told = np.zeros(_BUCKETS, dtype=np.int64)
        self.longest_s = self._longest_since_s = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self._counts[min(int(seconds / _BUCKET_S), _BUCKETS - 1)] += 1
        self.longest_s = max(self.longest_s, seconds)
        self._longest_since_s = max(self._longest_since_s, seconds)

    def since_asked(self) -> Latencies:
        """Those that came since this was asked last."""
        counts, part = self._counts.copy(), Latencies()
        part._counts, part.longest_s = counts - self._told, self._longest_since_s
        self._told, self._longest_since_s = counts, 0.0
        return part

    @property
    def count(self) -> int:
        """How many."""
        return int(self._counts.sum())

    def quantile_s(self, share: float) -> float:
        """The time that this share of all does not exceed; NaN without any."""
        count = self.count
        if count == 0:
            return float("nan")
        place = int(np.searchsorted(np.cumsum(self._counts), share * count))
        return min((place + 1) * _BUCKET_S, self.longest_s)
