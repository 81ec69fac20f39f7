"""The laws of the tests of arriving values."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.possible import possible_range
from domain.quantities import QUANTITIES
from domain.readings import QualityFlag
from domain.stations import QualityLimits
from quality.flags import FAIL, NOT_EVALUATED, PASS, SUSPECT, device_status, roll_up
from quality.limits import SeriesTests, needs_history
from quality.streaming import Seen, flat_line, gross_range, rate_of_change, spikes
from tests.unit.quality.levels import HOUR, T0, TEN_MINUTES, flags, judged, of_test, series

LEVEL = QUANTITIES["water_level"]
values = st.floats(-5, 20).map(lambda v: round(v, 2))


def _tests(limits: QualityLimits, cadence: timedelta = HOUR) -> SeriesTests:
    return SeriesTests(series(limits, cadence))


def _seen(hour: float, value: float) -> Seen:
    at = T0 + hour * HOUR
    return Seen(at.timestamp(), value, at)


def test_after_a_spike_the_good_reading_passes() -> None:
    limits = QualityLimits(rate_suspect_per_h=1.0, rate_fail_per_h=4.0)
    assert flags(series(limits), [1.0, 1.0, 1.1, 1.2, 9.0, 1.3, 1.3]) == [PASS] * 4 + [FAIL] + [PASS] * 2


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_spike_of_up_to_half_an_hour_is_doubted_whole_and_nothing_else(width: int) -> None:
    limits = QualityLimits(rate_suspect_per_h=1.0, spike_suspect=0.2)
    found = flags(series(limits, TEN_MINUTES), [1.0] * 5 + [1.5] * width + [1.0] * 5)
    assert found == [PASS] * 5 + [SUSPECT] * width + [PASS] * 5


def test_a_real_step_is_doubted_once_and_not_for_ever() -> None:
    """A dam opens, or the datum of a gauge was moved."""
    limits = QualityLimits(rate_suspect_per_h=1.0, rate_fail_per_h=4.0, spike_suspect=0.2)
    found = flags(series(limits, TEN_MINUTES), [1.0] * 6 + [3.0] * 6)
    assert found == [PASS] * 6 + [FAIL] + [PASS] * 5


@given(st.lists(values, min_size=1, max_size=8), values)
def test_whatever_came_before_four_equal_readings_end_every_doubt_of_change(before: list[float], level: float) -> None:
    limits = QualityLimits(rate_suspect_per_h=0.5, rate_fail_per_h=1.0, spike_suspect=0.1)
    found = flags(series(limits, TEN_MINUTES), [*before, *[level] * 4])
    assert found[-3:] == [PASS] * 3


def test_a_glitch_fails_alone() -> None:
    """A value that no river reaches; its neighbours are good and stay so."""
    limits = QualityLimits(fail_high=10.0, rate_suspect_per_h=1.0, spike_suspect=0.2)
    assert flags(series(limits), [1.0, 1.0, 999.0, 1.0, 1.1]) == [PASS, PASS, FAIL, PASS, PASS]


def test_a_stuck_sensor_is_found_by_time_not_by_count_and_glitches_do_not_hide_it() -> None:
    limits = QualityLimits(flat_tolerance=0.0, flat_suspect=HOUR, flat_fail=2 * HOUR)
    assert flags(series(limits, TEN_MINUTES), [1.0] * 14) == [PASS] * 6 + [SUSPECT] * 6 + [FAIL] * 2
    assert flags(series(limits), [1.0] * 4) == [PASS, SUSPECT, FAIL, FAIL]
    assert flags(series(limits, TEN_MINUTES), [1.0] * 3 + [999.0] + [1.0] * 3) == [PASS] * 3 + [FAIL] + [PASS] * 2 + [
        SUSPECT
    ]


@pytest.mark.parametrize(
    ("name", "value", "flag"),
    [
        ("fail_high", 0.1, FAIL),
        ("fail_low", -0.1, FAIL),
        ("suspect_high", 0.1, SUSPECT),
        ("suspect_low", -0.1, SUSPECT),
    ],
)
def test_a_range_limit_of_zero_is_a_limit(name: str, value: float, flag: QualityFlag) -> None:
    limits = QualityLimits(**{name: 0.0})
    assert gross_range(_tests(limits), value) is flag
    assert gross_range(_tests(limits), 0.0) is PASS
    assert gross_range(_tests(QualityLimits()), value) is PASS


@pytest.mark.parametrize(("kind", "flag"), [("suspect", SUSPECT), ("fail", FAIL)])
def test_other_limits_of_zero_are_limits(kind: str, flag: QualityFlag) -> None:
    rate = QualityLimits(**{f"rate_{kind}_per_h": 0.0})
    past = [_seen(2, 1.0), _seen(1, 1.0), _seen(0, 1.0), _seen(-1, 1.0)]
    assert rate_of_change(_tests(rate), past, _seen(3, 0).at_s, 1.01) is flag
    assert rate_of_change(_tests(rate), past, _seen(3, 0).at_s, 1.0) is PASS
    peak = QualityLimits(**{f"spike_{kind}": 0.0})
    assert spikes(_tests(peak), [_seen(1, 1.01), _seen(0, 1.0)], 1.0) == [(0, flag)]
    assert spikes(_tests(peak), [_seen(1, 1.01), _seen(0, 1.0)], 1.02) == []
    flat = QualityLimits(flat_tolerance=0.0, **{f"flat_{kind}": HOUR})
    assert flat_line(3600.0, _tests(flat)) is flag
    assert flat_line(1800.0, _tests(flat)) is PASS
    assert all(needs_history(limits) for limits in (rate, peak, flat))


def test_without_limits_only_the_range_of_the_quantity_is_tested() -> None:
    off = _tests(QualityLimits())
    assert not off.remembers
    assert rate_of_change(off, [_seen(0, 0.0)], _seen(1, 0).at_s, 99.0) is NOT_EVALUATED
    assert spikes(off, [_seen(1, 99.0), _seen(0, 0.0)], 0.0) == []
    assert flat_line(1e9, off) is NOT_EVALUATED
    assert [gross_range(off, v) for v in (LEVEL.low, LEVEL.high)] == [PASS, PASS]
    assert [gross_range(off, v) for v in (LEVEL.low - 0.01, LEVEL.high + 0.01)] == [FAIL, FAIL]


def test_a_short_past_fails_nothing_by_its_rate() -> None:
    """After a gap nobody knows whether the first reading was the spike."""
    limits = QualityLimits(rate_suspect_per_h=1.0, rate_fail_per_h=2.0)
    assert flags(series(limits), [9.0, 1.0, 1.0]) == [PASS, SUSPECT, PASS]
    assert flags(series(limits), [1.0, 1.0, 1.0, 9.0]) == [PASS, PASS, PASS, SUSPECT]
    assert flags(series(limits), [1.0, 1.0, 1.0, 1.0, 9.0]) == [PASS, PASS, PASS, PASS, FAIL]


@given(values, values, st.floats(0.01, 1.0))
def test_readings_closer_than_the_cadence_are_judged_as_one_cadence_apart(a: float, b: float, hours: float) -> None:
    tests = _tests(QualityLimits(rate_suspect_per_h=1.0, rate_fail_per_h=4.0))
    near, far = _seen(hours, 0).at_s, _seen(1, 0).at_s
    assert rate_of_change(tests, [_seen(0, a)], near, b) is rate_of_change(tests, [_seen(0, a)], far, b)


@given(st.lists(st.integers(-500, 2000), min_size=2, max_size=12), st.integers(-500, 2000))
def test_tests_of_change_do_not_depend_on_the_datum_or_the_direction(levels: list[int], shift: int) -> None:
    limits = QualityLimits(spike_suspect=1.0, rate_suspect_per_h=1.0, flat_tolerance=1.0, flat_suspect=2 * HOUR)
    of = series(limits, quantity="discharge")
    up = [(t.at - T0, t.test, t.flag) for t in judged(of, [(T0 + n * HOUR, v + 5000) for n, v in enumerate(levels)])]
    down = [
        (t.at - T0, t.test, t.flag)
        for t in judged(of, [(T0 + n * HOUR, shift + 5000 - v) for n, v in enumerate(levels)])
    ]
    assert up == down


@given(st.lists(values, min_size=3, max_size=9, unique=True).map(sorted))
def test_a_steady_rise_is_never_a_spike(levels: list[float]) -> None:
    assert of_test(series(QualityLimits(spike_suspect=0.0), TEN_MINUTES), levels, "spike") == [1] * len(levels)


@given(st.lists(st.sampled_from(list(QualityFlag)[:4])))
def test_the_roll_up_is_the_worst(found: list[QualityFlag]) -> None:
    rolled = roll_up(found)
    assert (rolled is FAIL) == (FAIL in found)
    assert rolled in found or not found
    assert roll_up([*found, PASS]) is not NOT_EVALUATED


def test_what_the_device_says() -> None:
    said = [device_status(s) for s in (None, "00", "01", "02", "77")]
    assert said == [NOT_EVALUATED, PASS, FAIL, FAIL, NOT_EVALUATED]


def test_across_a_gap_nothing_is_said() -> None:
    limits = QualityLimits(rate_suspect_per_h=0.1, spike_suspect=0.1, flat_tolerance=1.0, flat_suspect=2 * HOUR)
    assert judged(series(limits), [(T0, 1.0), (T0 + HOUR, 1.0), (T0 + 4 * HOUR, 9.0), (T0 + 5 * HOUR, 9.0)]) == []


@given(st.floats(1 / 60, 24))
def test_what_rain_is_possible_grows_with_the_time_it_is_collected_in(hours: float) -> None:
    rain = [possible_range(series(QualityLimits(), timedelta(hours=h), "rainfall"))[1] for h in (hours, 2 * hours)]
    assert rain[0] < rain[1] < 2 * rain[0]


@pytest.mark.parametrize(
    ("mm", "hours", "where"),
    [
        (38.0, 1 / 60, "Barot, Guadeloupe 1970"),
        (126.0, 8 / 60, "Füssen 1920"),
        (305.0, 42 / 60, "Holt 1947"),
        (1739.6, 24, "Bạch Mã 2025"),
        (1825.0, 24, "Foc-Foc, Réunion 1966"),
    ],
)
def test_the_greatest_rains_ever_measured_are_possible(mm: float, hours: float, where: str) -> None:
    assert possible_range(series(QualityLimits(), timedelta(hours=hours), "rainfall"))[1] > mm, where
