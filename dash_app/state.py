"""What state a station is in: how fresh its number is, which level the water has reached, which way it goes.

Pure functions of readings and thresholds; `now` is the station's own clock.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.stations import StageThresholds


class Freshness(StrEnum):
    """How much a number still says about now."""

    CURRENT = "current"  # within the expected interval
    STALE = "stale"  # older than the expected interval
    SILENT = "silent"  # older than three
    NEVER = "never"  # no reading at all


#: So fresh a number says something of now.
HEARD = (Freshness.CURRENT, Freshness.STALE)


class Trend(StrEnum):
    """Trend words of bulletins."""

    RISING_FAST = "rising_fast"
    RISING = "rising_slowly"
    STEADY = "varying"
    FALLING = "falling_slowly"
    FALLING_FAST = "falling_fast"


#: A reading needs time to travel: one that is this much over its interval is not yet late.
_TRAVEL = timedelta(minutes=2)
#: Below this the water "varies", in m/h; about the resolution of an hourly reading of a gauge read to 1 cm.
STEADY_M_PER_H = 0.02
#: From this on it rises or falls "fast", in m/h; half of the lowland rate that warns (config/rules.toml, rate_of_rise).
FAST_M_PER_H = 0.12


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One value at one time (UTC)."""

    at: datetime
    value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """Values over time, oldest first: thousands of gauges have one, and most are never drawn."""

    at_s: tuple[float, ...] = ()  # seconds since 1970 UTC
    values: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.at_s)

    def since(self, start: datetime) -> Course:
        """The values at or after `start`."""
        first = bisect_left(self.at_s, start.timestamp())
        return self if first == 0 else Course(at_s=self.at_s[first:], values=self.values[first:])


@dataclass(frozen=True, kw_only=True, slots=True)
class Distance:
    """How far the water stands from an alarm level: above the highest it has reached, or below BĐ1 (or the lowest known)."""

    level: int  # 1-3 BĐ1-BĐ3, 4 the record
    threshold_m: float
    above: bool
    by_m: float  # never negative


def freshness(observed_at: datetime | None, now: datetime, cadence: timedelta) -> Freshness:
    """How fresh a reading is on its station's clock."""
    if observed_at is None:
        return Freshness.NEVER
    age = now - observed_at
    if age > silent_after(cadence):
        return Freshness.SILENT
    return Freshness.STALE if age > late_after(cadence) else Freshness.CURRENT


def late_after(cadence: timedelta) -> timedelta:
    """From which age on a reading is stale."""
    return cadence + max(_TRAVEL, cadence / 4)


def silent_after(cadence: timedelta) -> timedelta:
    """From which age on a station has gone silent."""
    return 3 * cadence + _TRAVEL


def stage_level(value_m: float, thresholds: StageThresholds | None) -> int | None:
    """The highest level reached, 0-4; None when the gauge has no alarm levels. A level that is not known is skipped."""
    if thresholds is None or all(level_m is None for level_m in thresholds.levels_m):
        return None
    reached = [
        k for k, level_m in enumerate(thresholds.levels_m, start=1) if level_m is not None and value_m >= level_m
    ]
    return max(reached, default=0)


def distance(value_m: float, thresholds: StageThresholds | None) -> Distance | None:
    """The way bulletins say a level: above the highest alarm level reached, or below the lowest."""
    if thresholds is None:
        return None
    known = [(k, level_m) for k, level_m in enumerate(thresholds.levels_m, start=1) if level_m is not None]
    if not known:
        return None
    reached = [(k, level_m) for k, level_m in known if value_m >= level_m]
    level, threshold_m = reached[-1] if reached else known[0]
    return Distance(level=level, threshold_m=threshold_m, above=bool(reached), by_m=abs(value_m - threshold_m))


def rate_m_per_h(course: Course, window: timedelta = timedelta(hours=1)) -> float | None:
    """The rise from the value nearest to one `window` before the newest, m/h; None without one between half and two windows."""
    if not course.at_s:
        return None
    last_s, window_s = course.at_s[-1], window.total_seconds()
    first = bisect_left(course.at_s, last_s - 2 * window_s)
    earlier = [k for k in range(first, len(course)) if last_s - course.at_s[k] >= window_s / 2]
    if not earlier:
        return None
    start = min(earlier, key=lambda k: abs(last_s - course.at_s[k] - window_s))
    return (course.values[-1] - course.values[start]) / ((last_s - course.at_s[start]) / 3600)


def trend(rate: float | None) -> Trend | None:
    """The word for a rate in m/h."""
    if rate is None:
        return None
    if abs(rate) < STEADY_M_PER_H:
        return Trend.STEADY
    if rate > 0:
        return Trend.RISING_FAST if rate >= FAST_M_PER_H else Trend.RISING
    return Trend.FALLING_FAST if rate <= -FAST_M_PER_H else Trend.FALLING
