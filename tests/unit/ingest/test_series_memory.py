"""The laws of the quality tests, and the real floods they must let through."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest.quality import (
    Point,
    Trace,
    device_status,
    flat_line,
    gross_range,
    judge,
    needs_history,
    rate_of_change,
    roll_up,
    spike,
)

from domain.quantities import QUANTITIES
from domain.readings import QualityFlag
from domain.stations import QualityLimits, Series
from ingest.series_memory import Judgement, SeriesMemory, history_length, judge_again, neighbourhood

T0 = datetime(2020, 10, 19, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEVEL = QUANTITIES["water_level"]
PASS, NOT_EVALUATED, SUSPECT, FAIL = (
    QualityFlag.PASS,
    QualityFlag.NOT_EVALUATED,
    QualityFlag.SUSPECT,
    QualityFlag.FAIL,
)
values = st.floats(-5, 20).map(lambda v: round(v, 2))
limit = st.none() | st.floats(0, 5).map(lambda v: round(v, 2))
span = st.none() | st.integers(1, 12).map(lambda h: h * HOUR)
limits_of_any_kind = st.builds(
    QualityLimits,
    suspect_low=limit,
    fail_high=st.none() | st.floats(0, 20),
    rate_suspect_per_h=limit,
    rate_fail_per_h=limit,
    spike_suspect=limit,
    spike_fail=limit,
    flat_tolerance=limit,
    flat_suspect=span,
    flat_fail=span,
)


def _p(hour: float, value: float) -> Point:
    return Point(T0 + hour * HOUR, value)


def _series(limits: QualityLimits, quantity: str = "water_level") -> Series:
    return Series(quantity=quantity, cadence=HOUR, limits=limits)


def _flags(limits: QualityLimits, levels: list[float], cadence: timedelta = HOUR) -> list[QualityFlag]:
    """The flag of each value after all have come, `cadence` apart."""
    series = Series(quantity="water_level", cadence=cadence, limits=limits)
    points = [(T0 + n * cadence, v) for n, v in enumerate(levels)]
    worst = dict.fromkeys((at for at, _ in points), PASS)
    for e in judge_again(1, series, points):
        worst[e.observed_at] = roll_up((worst[e.observed_at], e.flag))
    return list(worst.values())


#: The limits of the network's mountain and lowland gauges are checked where they are configured; these are theirs.
MOUNTAIN = QualityLimits(rate_suspect_per_h=3.0, rate_fail_per_h=10.0, spike_suspect=1.0, spike_fail=3.0)
LOWLAND = QualityLimits(
    rate_suspect_per_h=1.0,
    rate_fail_per_h=4.0,
    spike_suspect=0.3,
    spike_fail=1.0,
    flat_tolerance=0.001,
    flat_suspect=12 * HOUR,
    flat_fail=48 * HOUR,
)


def test_the_flash_flood_of_kien_giang_2010_passes() -> None:
    assert _flags(MOUNTAIN, [7.2, 9.09, 11.44, 12.90, 13.4, 13.2]) == [PASS] * 6


def test_the_flat_record_peak_of_le_thuy_2020_passes() -> None:
    assert _flags(LOWLAND, [4.70, 4.80, 4.86, 4.88, 4.88, 4.88, 4.87, 4.82]) == [PASS] * 8


def test_the_plateau_of_kim_long_2025_passes() -> None:
    assert _flags(LOWLAND, [4.5, 4.61, 4.62, 4.62, 4.62, 4.61, 4.62, 4.5]) == [PASS] * 8


def test_a_glitch_fails_alone() -> None:
    """A value that no river reaches; its neighbours are good and stay so."""
    assert _flags(LOWLAND, [1.0, 1.0, 999.0, 1.0, 1.1]) == [PASS, PASS, FAIL, PASS, PASS]


def test_a_stuck_sensor_is_found_by_time_not_by_count() -> None:
    ten_minutes = timedelta(minutes=10)
    limits = QualityLimits(flat_tolerance=0.0, flat_suspect=HOUR, flat_fail=2 * HOUR)
    assert _flags(limits, [1.0] * 14, ten_minutes) == [PASS] * 6 + [SUSPECT] * 6 + [FAIL] * 2
    assert _flags(limits, [1.0] * 4, HOUR) == [PASS, SUSPECT, FAIL, FAIL]


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
    assert gross_range(value, LEVEL, limits) is flag
    assert gross_range(0.0, LEVEL, limits) is PASS
    assert gross_range(value, LEVEL, QualityLimits()) is PASS


@pytest.mark.parametrize(("kind", "flag"), [("suspect", SUSPECT), ("fail", FAIL)])
def test_other_limits_of_zero_are_limits(kind: str, flag: QualityFlag) -> None:
    rate = QualityLimits(**{f"rate_{kind}_per_h": 0.0})
    assert rate_of_change(_p(0, 1.0), _p(1, 1.01), rate, HOUR) is flag
    assert rate_of_change(_p(0, 1.0), _p(1, 1.0), rate, HOUR) is PASS
    peak = QualityLimits(**{f"spike_{kind}": 0.0})
    assert spike(_p(0, 1.0), _p(1, 1.01), _p(2, 1.0), peak) is flag
    assert spike(_p(0, 1.0), _p(1, 1.01), _p(2, 1.02), peak) is PASS
    flat = QualityLimits(flat_tolerance=0.0, **{f"flat_{kind}": HOUR})
    assert flat_line([_p(0, 1.0)], T0 + HOUR, flat) is flag
    assert flat_line([_p(0, 1.0)], T0 + HOUR / 2, flat) is PASS
    assert needs_history(rate)
    assert needs_history(peak)
    assert needs_history(flat)


def test_without_limits_only_the_range_of_the_quantity_is_tested() -> None:
    off = QualityLimits()
    assert not needs_history(off)
    assert rate_of_change(_p(0, 0.0), _p(1, 99.0), off, HOUR) is NOT_EVALUATED
    assert spike(_p(0, 0.0), _p(1, 99.0), _p(2, 0.0), off) is NOT_EVALUATED
    assert flat_line([], T0, off) is NOT_EVALUATED
    assert [gross_range(v, LEVEL, off) for v in (LEVEL.low, LEVEL.high)] == [PASS, PASS]
    assert [gross_range(v, LEVEL, off) for v in (LEVEL.low - 0.01, LEVEL.high + 0.01)] == [FAIL, FAIL]


@given(values, values, st.floats(0.01, 1.0))
def test_readings_closer_than_the_cadence_are_judged_as_one_cadence_apart(a: float, b: float, hours: float) -> None:
    limits = QualityLimits(rate_suspect_per_h=1.0, rate_fail_per_h=4.0)
    assert rate_of_change(_p(0, a), _p(hours, b), limits, HOUR) is rate_of_change(_p(0, a), _p(1, b), limits, HOUR)


@given(values, values, values, values)
def test_tests_do_not_depend_on_the_datum_or_the_direction(a: float, b: float, c: float, shift: float) -> None:
    one = QualityLimits(spike_suspect=1.0, rate_suspect_per_h=1.0)
    up = [Point(p.at, round((p.value) * 100)) for p in (_p(0, a), _p(1, b), _p(2, c))]
    down = [Point(p.at, round(shift * 100) - p.value) for p in up]
    assert spike(*up, one) is spike(*down, one)
    assert rate_of_change(up[0], up[1], one, HOUR) is rate_of_change(down[0], down[1], one, HOUR)


@given(st.lists(values, min_size=3, max_size=3, unique=True).map(sorted))
def test_a_steady_rise_is_never_a_spike(levels: list[float]) -> None:
    limits = QualityLimits(spike_suspect=0.0)
    assert spike(_p(0, levels[0]), _p(1, levels[1]), _p(2, levels[2]), limits) is PASS


@given(st.lists(st.sampled_from(list(QualityFlag)[:4])))
def test_the_roll_up_is_the_worst(flags: list[QualityFlag]) -> None:
    rolled = roll_up(flags)
    assert (rolled is FAIL) == (FAIL in flags)
    assert rolled in flags or not flags
    assert roll_up([*flags, PASS]) is not NOT_EVALUATED


def test_what_the_device_says() -> None:
    said = [device_status(s) for s in (None, "00", "01", "02", "77")]
    assert said == [NOT_EVALUATED, PASS, FAIL, FAIL, NOT_EVALUATED]


def test_across_a_gap_nothing_is_said() -> None:
    limits = QualityLimits(rate_fail_per_h=0.1, spike_fail=0.1, flat_tolerance=1.0, flat_fail=2 * HOUR)
    trace = Trace()
    for point in (_p(0, 1.0), _p(1, 1.0), _p(4, 9.0)):
        verdict = judge(trace, point, LEVEL, limits, HOUR)
        trace = verdict.trace
    assert verdict.tests["rate_of_change"] is NOT_EVALUATED
    assert verdict.tests["flat_line"] is PASS
    assert verdict.spike_of_last is NOT_EVALUATED


@given(
    st.lists(st.tuples(st.integers(0, 30), values), min_size=1, max_size=25, unique_by=lambda p: p[0]),
    limits_of_any_kind,
)
def test_judging_one_by_one_and_judging_a_stretch_say_the_same(
    points: list[tuple[int, float]], limits: QualityLimits
) -> None:
    series, judgement = _series(limits), Judgement(SeriesMemory(), {})
    ordered = [_p(hour, value) for hour, value in sorted(points)]
    found = [e for p in ordered for e in judgement.judge(1, series, p, None).evidence]
    if needs_history(limits):
        assert set(found) == set(judge_again(1, series, ordered))
    else:
        assert {e.test for e in found} <= {"gross_range"}


@given(st.data(), st.lists(values, min_size=2, max_size=14), limits_of_any_kind)
def test_evidence_does_not_depend_on_the_order_of_arrival(
    data: st.DataObject, levels: list[float], limits: QualityLimits
) -> None:
    """Readings come in any order; after each late one its neighbourhood is judged again. Evidence is only ever added."""
    series = _series(limits)
    points = [_p(n, v) for n, v in enumerate(levels)]
    arrival = data.draw(st.permutations(points))
    memory, stored, found = SeriesMemory(), {}, set()
    for point in arrival:
        history = sorted(stored.items())[-history_length(series) :]
        judgement = Judgement(memory, {1: history} if memory.missing({1: series}) else {})
        judged = judgement.judge(1, series, point, None)
        stored[point.at] = point.value
        found |= set(judged.evidence)
        if judged.late:
            first, last = neighbourhood(series, [point.at])
            found |= set(judge_again(1, series, [(at, v) for at, v in sorted(stored.items()) if first <= at <= last]))
        memory.keep(judgement.traces, [1] if judged.late else [])
    if needs_history(limits):
        assert found == set(judge_again(1, series, points))


def test_a_value_that_comes_after_a_newer_impossible_one_is_late() -> None:
    series = _series(QualityLimits(fail_high=10.0, spike_fail=1.0))
    judgement = Judgement(SeriesMemory(), {1: [_p(4, 1.0), _p(6, 99.0), _p(7, 99.0)]})
    assert judgement.judge(1, series, _p(5, 1.0), None).late
    assert not judgement.judge(1, series, _p(8, 1.0), None).late


@given(st.lists(values, min_size=1, max_size=20), limits_of_any_kind)
def test_nothing_is_dropped_and_every_flag_is_one_of_the_four(levels: list[float], limits: QualityLimits) -> None:
    judgement = Judgement(SeriesMemory(), {})
    flags = [judgement.judge(1, _series(limits), _p(n, v), None).flag for n, v in enumerate(levels)]
    assert len(flags) == len(levels)
    assert set(flags) <= {PASS, SUSPECT, FAIL}


def test_the_memory_is_untouched_until_the_commit() -> None:
    memory, series = SeriesMemory(), _series(QualityLimits(rate_fail_per_h=1.0))
    judgement = Judgement(memory, {})
    judgement.judge(1, series, _p(0, 1.0), None)
    assert memory.trace(1) == Trace()
    assert memory.missing({1: series}) == {1: 3}
    memory.keep(judgement.traces, [])
    assert memory.trace(1).last == _p(0, 1.0)
    assert memory.missing({1: series}) == {}
    memory.keep({}, [1])
    assert memory.trace(1) == Trace()


def test_the_tests_look_at_every_limit_there_is() -> None:
    """A limit that no test reads would be a promise that nobody keeps."""
    import inspect

    import ingest.quality

    source = inspect.getsource(ingest.quality)
    assert [f.name for f in fields(QualityLimits) if f"limits.{f.name}" not in source] == []
