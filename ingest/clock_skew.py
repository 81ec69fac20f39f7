"""A running estimate, for each station, of how far the clock of its device is off.

arrival - observed_at is transmission time plus the error of the device's clock. Its median over the newest readings that
came alone is robust: a few that waited for a connection change nothing. Seconds are transmission; minutes are a clock that
nobody sets; seven hours are a device that calls Vietnam's time UTC.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from statistics import median

from ingest.metrics import CLOCK_SKEW
from storage.station_clocks import StationClock

#: Readings of a station that are looked at.
_WINDOW = 61
#: Fewer say nothing about a clock.
_FEWEST = 5
#: What is older was stored and forwarded, one by one.
_LONGEST_DELAY = timedelta(days=1)


class ClockSkews:
    """The newest delays of every station, and which estimates have changed since they were last taken."""

    def __init__(self) -> None:
        self._delays: dict[str, deque[float]] = {}
        self._changed: set[str] = set()

    def note(self, delays: Mapping[str, timedelta]) -> None:
        """One delay for each of these stations."""
        for station, delay in delays.items():
            if abs(delay) <= _LONGEST_DELAY:
                self._delays.setdefault(station, deque(maxlen=_WINDOW)).append(delay.total_seconds())
                self._changed.add(station)

    def take(self, now: datetime) -> list[StationClock]:
        """The estimates that have changed since this was last asked."""
        changed = sorted(station for station in self._changed if len(self._delays[station]) >= _FEWEST)
        self._changed.clear()
        return [_estimate(station, self._delays[station], now) for station in changed]


def _estimate(station: str, delays: deque[float], now: datetime) -> StationClock:
    skew = median(delays)
    spread = median(abs(delay - skew) for delay in delays)
    CLOCK_SKEW.labels(station).set(skew)
    return StationClock(station=station, skew_s=skew, spread_s=spread, samples=len(delays), updated_at=now)
