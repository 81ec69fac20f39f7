"""Series of values made small, and what the tests of arriving values say of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from domain.readings import QualityFlag
from domain.stations import QualityLimits, Series
from quality.flags import PASS, roll_up
from quality.limits import SeriesTests
from quality.streaming import START, Flagged, judge

T0 = datetime(2020, 10, 19, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEN_MINUTES = timedelta(minutes=10)


def series(limits: QualityLimits, cadence: timedelta = HOUR, quantity: str = "water_level") -> Series:
    return Series(quantity=quantity, cadence=cadence, limits=limits)


def judged(of: Series, points: Sequence[tuple[datetime, float]]) -> list[Flagged]:
    """Everything that is held against these values as they come, one after the other."""
    tests, trace, found = SeriesTests(of), START, []
    for at, value in points:
        flagged, trace = judge(tests, trace, at.timestamp(), at, value)
        found += flagged
    return found


def flags(of: Series, values: Sequence[float]) -> list[QualityFlag]:
    """The flag of each value after all have come, one cadence apart."""
    points = [(T0 + n * of.cadence, value) for n, value in enumerate(values)]
    worst = dict.fromkeys((at for at, _ in points), PASS)
    for one in judged(of, points):
        worst[one.at] = roll_up((worst[one.at], one.flag))
    return list(worst.values())


def of_test(of: Series, values: Sequence[float], test: str) -> list[int]:
    """What one test says of each value, one cadence apart, as a number; 1 where it holds nothing against it."""
    points = [(T0 + n * of.cadence, value) for n, value in enumerate(values)]
    worst = dict.fromkeys((at for at, _ in points), 1)
    for one in judged(of, points):
        if one.test == test:
            worst[one.at] = max(worst[one.at], int(one.flag))
    return list(worst.values())
