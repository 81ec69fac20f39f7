"""The way from the devices to the broker: loss, delay, duplicates, disorder, and times when nobody is reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: A device that hears no acknowledgement says it again after so many seconds, at most so often.
_AGAIN_S = 15.0
_MOST_TRIES = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkDown:
    """Nobody of `stations` (None: nobody at all) reaches the broker from `starts_s` until `ends_s`, seconds since 1970.

    `storm_s`: within how many seconds of the end all of them are back.
    """

    starts_s: float
    ends_s: float
    stations: frozenset[str] | None = None
    storm_s: float = 30.0

    def holds(self, station: str, at_s: float) -> bool:
        """Whether the station is cut off then."""
        return self.starts_s <= at_s < self.ends_s and (self.stations is None or station in self.stations)


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """Chances are of each message. Times in seconds; the delay lies evenly between `least_delay_s` and `spread_delay_s` more."""

    loss: float = 0.01  # said again where the dialect is acknowledged, else lost
    duplicates: float = 0.005
    disorder: float = 0.01  # held back by one to three minutes
    least_delay_s: float = 3.0
    spread_delay_s: float = 12.0
    down: tuple[LinkDown, ...] = ()

    def down_until(self, station: str, at_s: float) -> LinkDown | None:
        """The outage that holds the station then; of several the one that ends last."""
        holding = [one for one in self.down if one.holds(station, at_s)]
        return max(holding, key=lambda one: one.ends_s, default=None)

    def journey(self, dice: Sequence[float], *, acknowledged: bool) -> list[float]:
        """Seconds after which copies of one message arrive; empty when it is lost. `dice`: twelve numbers in [0, 1)."""
        tries = next((n for n in range(_MOST_TRIES) if dice[n] >= self.loss), None)
        if tries is None or (tries and not acknowledged):
            return []
        late = self.least_delay_s + self.spread_delay_s * dice[6] + tries * _AGAIN_S
        if dice[7] < self.disorder:
            late += 60.0 + 120.0 * dice[8]
        return [late, late + _AGAIN_S * (1.0 + dice[10])] if dice[9] < self.duplicates else [late]


PERFECT = Network(loss=0.0, duplicates=0.0, disorder=0.0, least_delay_s=0.0, spread_delay_s=0.0)
