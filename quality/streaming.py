"""Tests of a new value by what came before it: gross range, rate of change, spike, flat line. Pure; they flag and never drop.

Flags and tests follow the Manual for Real-Time Quality Control of Water Level Data, v2.1 (QARTOD, 2021). Four of its
examples would flag real floods on this network, or good readings, so the tests differ (docs/quality.md):

- Rates are per hour, and compare neighbours of the series' own cadence: a limit means the same at any cadence.
- A reading that follows a jump may agree with the level before the jump: after a spike the next good one is not at fault.
  A real step is doubted once, when it comes.
- A spike must stand out from both neighbours on the same side. The manual compares with their mean, which also flags a
  steady steep rise: 9.09, 11.44, 12.90 m in three hours (Kiến Giang, 16 October 2010) was real.
- A flat line is a duration, not a number of equal values: three equal hourly values stood at the peak of the record
  flood at Lệ Thủy (4.88 m, 19 October 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

from domain.readings import QualityFlag
from quality.flags import FAIL, NOT_EVALUATED, PASS, SUSPECT
from quality.limits import SeriesTests

#: So many readings before a new one are remembered. With fewer, nobody fails by its rate: what came before may excuse it.
LOOK_BACK = 4


class Point(NamedTuple):
    """One value of a series, in the quantity's unit."""

    at: datetime
    value: float


class Seen(NamedTuple):
    """A reading as the tests remember it; `at_s`: seconds since 1970."""

    at_s: float
    value: float
    at: datetime


class Flagged(NamedTuple):
    """What one test holds against one reading."""

    at: datetime
    value: float
    test: str
    flag: QualityFlag


class Trace(NamedTuple):
    """What the tests need to know of a series before its next value.

    `recent`: the last readings without a gap between them, newest first. `plateaus`: where each run of equal values in
    the present flat stretch began, oldest first; together they span no more than the flat tolerance. `newest_s`: when
    the newest value was measured, one that is nobody's neighbour included.
    """

    recent: tuple[Seen, ...] = ()
    plateaus: tuple[Seen, ...] = ()
    newest_s: float = float("-inf")

    @property
    def newest(self) -> datetime | None:
        """When the newest value was measured; None before the first."""
        return None if self.newest_s == float("-inf") else datetime.fromtimestamp(self.newest_s, UTC)


START = Trace()
_NOTHING: tuple[Flagged, ...] = ()


def judge(
    tests: SeriesTests, trace: Trace, at_s: float, at: datetime, value: float
) -> tuple[tuple[Flagged, ...], Trace]:
    """All tests of one value that is later than everything in `trace`: what they hold against it or those before it.

    A value outside the possible range is no neighbour to anybody: the good value after a glitch must not fail by it.
    """
    gap = at_s - trace.newest_s > tests.reach_s
    if not tests.possible_low <= value <= tests.possible_high:
        return (Flagged(at, value, "gross_range", FAIL),), (START if gap else trace)._replace(newest_s=at_s)
    recent = () if gap else trace.recent
    found = _NOTHING
    if not tests.expected_low <= value <= tests.expected_high:
        found = (Flagged(at, value, "gross_range", SUSPECT),)
    if recent and abs(value - recent[0].value) > tests.step:
        found += _changes(tests, recent, at_s, at, value)
    now = Seen(at_s, value, at)
    plateaus = trace.plateaus
    if tests.flat_tolerance is not None:
        plateaus = _flat_stretch(() if gap else plateaus, now, tests.flat_tolerance, tests.flat_span_s)
        if at_s - plateaus[0].at_s >= tests.flat_first_s:
            found += (Flagged(at, value, "flat_line", flat_line(at_s - plateaus[0].at_s, tests)),)
    return found, Trace((now, *recent[: LOOK_BACK - 1]), plateaus, at_s)


def _changes(
    tests: SeriesTests, recent: Sequence[Seen], at_s: float, at: datetime, value: float
) -> tuple[Flagged, ...]:
    found = [
        Flagged(recent[place].at, recent[place].value, "spike", flag) for place, flag in spikes(tests, recent, value)
    ]
    rate = rate_of_change(tests, recent, at_s, value)
    if rate in (SUSPECT, FAIL):
        found.append(Flagged(at, value, "rate_of_change", rate))
    return tuple(found)


def gross_range(tests: SeriesTests, value: float) -> QualityFlag:
    """FAIL outside what the sensor or the place can report, SUSPECT outside the expected. A limit itself passes."""
    if not tests.possible_low <= value <= tests.possible_high:
        return FAIL
    return PASS if tests.expected_low <= value <= tests.expected_high else SUSPECT


def rate_of_change(tests: SeriesTests, recent: Sequence[Seen], at_s: float, value: float) -> QualityFlag:
    """|Δvalue| / Δt against the limits, from the last reading, or from the one before a jump that led to it.

    `recent`: newest first. Readings closer than the cadence count as one cadence apart: between readings seconds apart, a
    centimetre of waves would be metres an hour. A reading with a short past is at most SUSPECT.
    """
    if not recent or min(tests.rate_suspect, tests.rate_fail) == float("inf"):
        return NOT_EVALUATED
    least = _rate(tests, recent[0], at_s, value)
    for later, earlier in pairwise(recent):
        if _rate(tests, earlier, later.at_s, later.value) > min(tests.rate_suspect, tests.rate_fail):
            least = min(least, _rate(tests, earlier, at_s, value))
    if least > tests.rate_fail:
        return FAIL if len(recent) >= LOOK_BACK else SUSPECT
    return SUSPECT if least > tests.rate_suspect else PASS


def _rate(tests: SeriesTests, earlier: Seen, at_s: float, value: float) -> float:
    return abs(value - earlier.value) / max(at_s - earlier.at_s, tests.cadence_s)


def spikes(tests: SeriesTests, recent: Sequence[Seen], value: float) -> list[tuple[int, QualityFlag]]:
    """Which readings before `value` it shows to have been a spike, by their places in `recent` (newest first).

    One reading stands out by the lesser of its differences from both neighbours, if on the same side (the "differential"
    method of ioos_qc); up to `spike_width` of them by how far all stand above, or below, the reading before and `value`.
    """
    found: dict[int, QualityFlag] = {}
    for width in range(1, min(tests.spike_width, len(recent) - 1) + 1):
        before, inside = recent[width].value, [seen.value for seen in recent[:width]]
        height = max(min(inside) - max(before, value), min(before, value) - max(inside))
        if height > tests.spike_fail:
            found |= dict.fromkeys(range(width), FAIL)
        elif height > tests.spike_suspect:
            found = dict.fromkeys(range(width), SUSPECT) | found
    return list(found.items())


def flat_line(lasted_s: float, tests: SeriesTests) -> QualityFlag:
    """For how long the values have spanned no more than the tolerance; a duration equal to a limit is flagged."""
    if tests.flat_tolerance is None:
        return NOT_EVALUATED
    if lasted_s >= tests.flat_fail_s:
        return FAIL
    return SUSPECT if lasted_s >= tests.flat_suspect_s else PASS


def _flat_stretch(plateaus: tuple[Seen, ...], now: Seen, tolerance: float, span_s: float) -> tuple[Seen, ...]:
    """The longest stretch up to `now` whose values span no more than the tolerance."""
    value = now.value
    if not plateaus or abs(value - plateaus[-1].value) > tolerance:
        return (now,)
    if value == plateaus[-1].value:
        return _trimmed(plateaus, now.at_s - span_s)
    low = high = value
    for place in range(len(plateaus) - 1, -1, -1):
        low, high = min(low, plateaus[place].value), max(high, plateaus[place].value)
        if high - low > tolerance:
            return (*plateaus[place + 1 :], now)
    return _trimmed((*plateaus, now), now.at_s - span_s)


def _trimmed(plateaus: tuple[Seen, ...], oldest_s: float) -> tuple[Seen, ...]:
    """Without what began so long ago that it cannot change the answer; the first still covers `oldest_s`."""
    keep = 0
    while keep + 1 < len(plateaus) and plateaus[keep + 1].at_s <= oldest_s:
        keep += 1
    return plateaus[keep:] if keep else plateaus
