"""First quality tests after QARTOD: pure functions that flag and never drop.

Flags and tests follow the Manual for Real-Time Quality Control of Water Level Data, v2.1 (QARTOD, 2021): gross range,
rate of change, spike, flat line. Three of its examples would flag real floods on this network, so the tests differ:

- Rates are per hour, and compare neighbours of the series' own cadence: a limit means the same at any cadence.
- A spike must stand out from both neighbours on the same side. The manual compares with their mean, which also flags a
  steady steep rise: 9.09, 11.44, 12.90 m in three hours (Kiến Giang, 16 October 2010) was real.
- A flat line is a duration, not a number of equal values: three equal hourly values stood at the peak of the record
  flood at Lệ Thủy (4.88 m, 19 October 2020).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.quantities import Quantity
from domain.readings import QualityFlag
from domain.stations import QualityLimits

PASS, NOT_EVALUATED = QualityFlag.PASS, QualityFlag.NOT_EVALUATED
SUSPECT, FAIL = QualityFlag.SUSPECT, QualityFlag.FAIL

#: Neighbours are readings at most so many cadences apart. Across a larger gap nothing is said, and when the missing
#: reading arrives late the test is made then: the order of arrival does not matter.
NEIGHBOUR_CADENCES = 1.5
#: The manual's roll-up: one failed test fails the reading; one passed test is enough to pass what was evaluated.
_SEVERITY: Mapping[QualityFlag, int] = {NOT_EVALUATED: 0, PASS: 1, SUSPECT: 2, FAIL: 3}
#: Thông tư 10/2021/TT-BTNMT, status of a value: 01 the device is being calibrated, 02 it reports an error.
_DEVICE_STATUS: Mapping[str, QualityFlag] = {"00": PASS, "01": FAIL, "02": FAIL}


class Point(NamedTuple):
    """One value of a series, in the quantity's unit."""

    at: datetime
    value: float


class Trace(NamedTuple):
    """What the tests need to know of a series before its next value.

    `plateaus`: where each run of equal values in the present flat stretch began, oldest first; together they span no
    more than the flat tolerance. `newest`: the time of the newest value, one that is nobody's neighbour included.
    """

    before: Point | None = None
    last: Point | None = None
    plateaus: tuple[Point, ...] = ()
    newest: datetime | None = None


class Verdict(NamedTuple):
    """What the tests say of a new value, and of the one before it now that its successor is known."""

    tests: dict[str, QualityFlag]
    spike_of_last: QualityFlag
    trace: Trace


def roll_up(flags: Iterable[QualityFlag]) -> QualityFlag:
    """The flag of a reading from those of its tests: the worst; a pass counts for more than "not evaluated"."""
    return max(flags, key=_SEVERITY.__getitem__, default=NOT_EVALUATED)


def gross_range(value: float, quantity: Quantity, limits: QualityLimits) -> QualityFlag:
    """FAIL outside what the sensor or the place can report, SUSPECT outside the expected. A limit itself passes."""
    if _outside(value, quantity.low, quantity.high) or _outside(value, limits.fail_low, limits.fail_high):
        return FAIL
    return SUSPECT if _outside(value, limits.suspect_low, limits.suspect_high) else PASS


def _outside(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def rate_of_change(previous: Point, point: Point, limits: QualityLimits, cadence: timedelta) -> QualityFlag:
    """|Δvalue| / Δt per hour against the limits; readings closer than the cadence count as one cadence apart.

    Between readings seconds apart, a centimetre of waves would be metres an hour.
    """
    if limits.rate_suspect_per_h is None and limits.rate_fail_per_h is None:
        return NOT_EVALUATED
    hours = max(point.at - previous.at, cadence) / timedelta(hours=1)
    return _above(abs(point.value - previous.value) / hours, limits.rate_suspect_per_h, limits.rate_fail_per_h)


def spike(before: Point, point: Point, after: Point, limits: QualityLimits) -> QualityFlag:
    """How far `point` stands out from both neighbours on the same side: min(|v-before|, |v-after|), else 0."""
    if limits.spike_suspect is None and limits.spike_fail is None:
        return NOT_EVALUATED
    rise, fall = point.value - before.value, point.value - after.value
    height = min(abs(rise), abs(fall)) if rise * fall > 0 else 0.0
    return _above(height, limits.spike_suspect, limits.spike_fail)


def flat_line(plateaus: Sequence[Point], at: datetime, limits: QualityLimits) -> QualityFlag:
    """For how long up to `at` the values have spanned no more than the tolerance; a duration equal to a limit is flagged."""
    if not plateaus:
        return NOT_EVALUATED
    lasted = at - plateaus[0].at
    if limits.flat_fail is not None and lasted >= limits.flat_fail:
        return FAIL
    return SUSPECT if limits.flat_suspect is not None and lasted >= limits.flat_suspect else PASS


def _above(size: float, suspect: float | None, fail: float | None) -> QualityFlag:
    if fail is not None and size > fail:
        return FAIL
    return SUSPECT if suspect is not None and size > suspect else PASS


def device_status(status: str | None) -> QualityFlag:
    """What the device says of its own value. A word that the circular does not know says nothing."""
    return NOT_EVALUATED if status is None else _DEVICE_STATUS.get(status, NOT_EVALUATED)


def needs_history(limits: QualityLimits) -> bool:
    """Whether any test looks at more than one value."""
    rates = (limits.rate_suspect_per_h, limits.rate_fail_per_h, limits.spike_suspect, limits.spike_fail)
    return any(limit is not None for limit in rates) or flat_span(limits) is not None


def flat_span(limits: QualityLimits) -> timedelta | None:
    """The longest duration the flat-line test asks about; None when it is switched off."""
    durations = [d for d in (limits.flat_suspect, limits.flat_fail) if d is not None]
    return max(durations) if durations and limits.flat_tolerance is not None else None


def judge(trace: Trace, point: Point, quantity: Quantity, limits: QualityLimits, cadence: timedelta) -> Verdict:
    """All tests of one value that is later than everything in `trace`.

    A value outside the possible range is no neighbour to anybody: the good value after a glitch must not fail by it.
    """
    gross = gross_range(point.value, quantity, limits)
    if gross is FAIL:
        return Verdict({"gross_range": FAIL}, NOT_EVALUATED, trace._replace(newest=point.at))
    reach = cadence * NEIGHBOUR_CADENCES
    last = trace.last if trace.last is not None and point.at - trace.last.at <= reach else None
    before = trace.before if last and trace.before is not None and last.at - trace.before.at <= reach else None
    plateaus = _flat_stretch(trace.plateaus if last else (), point, limits)
    tests = {
        "gross_range": gross,
        "rate_of_change": NOT_EVALUATED if last is None else rate_of_change(last, point, limits, cadence),
        "flat_line": flat_line(plateaus, point.at, limits),
    }
    spiked = NOT_EVALUATED if before is None or last is None else spike(before, last, point, limits)
    return Verdict(tests, spiked, Trace(trace.last, point, plateaus, point.at))


def _flat_stretch(plateaus: tuple[Point, ...], point: Point, limits: QualityLimits) -> tuple[Point, ...]:
    """The longest stretch up to `point` whose values span no more than the tolerance."""
    span, tolerance = flat_span(limits), limits.flat_tolerance
    if span is None or tolerance is None:
        return ()
    if plateaus and plateaus[-1].value == point.value:
        return _trimmed(plateaus, point.at - span)
    low = high = point.value
    for place in range(len(plateaus) - 1, -1, -1):
        low, high = min(low, plateaus[place].value), max(high, plateaus[place].value)
        if high - low > tolerance:
            return (*plateaus[place + 1 :], point)
    return _trimmed((*plateaus, point), point.at - span)


def _trimmed(plateaus: tuple[Point, ...], oldest: datetime) -> tuple[Point, ...]:
    """Without what began so long ago that it cannot change the answer; the first still covers `oldest`."""
    keep = 0
    while keep + 1 < len(plateaus) and plateaus[keep + 1].at <= oldest:
        keep += 1
    return plateaus[keep:]
