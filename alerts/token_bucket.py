"""No faster than a provider allows: a bucket of tokens for each channel. Pure but for what it remembers."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class TokenBucket:
    """Holds at most `burst` tokens and gains `per_minute`; None: never empty. Times are seconds of one steady clock."""

    per_minute: float | None
    burst: int
    _tokens: float = field(init=False)
    _at_s: float | None = None

    def __post_init__(self) -> None:
        self._tokens = float(self.burst)

    def available(self, now_s: float) -> int | None:
        """How many may be taken now; None: any number."""
        if self.per_minute is None:
            return None
        if self._at_s is not None:
            gained = max(0.0, now_s - self._at_s) * self.per_minute / 60
            self._tokens = min(float(self.burst), self._tokens + gained)
        self._at_s = now_s if self._at_s is None else max(self._at_s, now_s)
        return int(self._tokens)

    def take(self, count: int) -> None:
        """Take tokens; call `available` before."""
        if self.per_minute is not None:
            self._tokens -= count
