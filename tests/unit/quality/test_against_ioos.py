"""Our verdicts beside those of ioos_qc's qartod module on regular series. Where they differ on purpose a test says how."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.readings import QualityFlag
from domain.stations import QualityLimits
from quality.attenuated import attenuated, gaps
from quality.climatology import MonthClimate, climatology
from quality.flags import roll_up
from quality.limits import SeriesTests
from quality.streaming import gross_range
from tests.unit.quality.levels import HOUR, T0, of_test, series

qartod = pytest.importorskip("ioos_qc.qartod")

#: Whole numbers over 64: sums and differences are exact, so that no verdict hangs on a rounding.
level = st.integers(-64, 640).map(lambda n: n / 64)
levels = st.lists(level, min_size=3, max_size=40)
size = st.integers(1, 128).map(lambda n: (n + 0.5) / 64)


def times(count: int) -> np.ndarray:
    return np.datetime64(T0.replace(tzinfo=None), "s") + np.arange(count) * np.timedelta64(3600, "s")


def theirs(found: object) -> list[int]:
    return [int(flag) for flag in np.ma.filled(np.ma.asarray(found), 9)]


@given(levels, size, size)
def test_gross_range(found: list[float], low: float, high: float) -> None:
    limits = QualityLimits(fail_low=-low, fail_high=low + high, suspect_low=0.0, suspect_high=low)
    tests = SeriesTests(series(limits))
    expected = qartod.gross_range_test(found, fail_span=(-low, low + high), suspect_span=(0.0, low))
    assert [int(gross_range(tests, v)) for v in found] == theirs(expected)


@given(levels, size, size)
def test_spike_is_their_differential_method(found: list[float], a: float, b: float) -> None:
    suspect, fail = sorted((a, b))
    expected = theirs(qartod.spike_test(found, suspect, fail, method="differential"))
    expected[0] = expected[-1] = 1  # nothing is held against the first and the last: they have one neighbour
    assert of_test(series(QualityLimits(spike_suspect=suspect, spike_fail=fail)), found, "spike") == expected


def test_their_average_method_doubts_a_real_flood() -> None:
    """Kiến Giang, 16 October 2010, confirmed by its neighbours: why the manual's own form of the test is not used."""
    flood = [9.09, 11.44, 12.90, 12.95]
    assert theirs(qartod.spike_test(flood, 0.4, 1.0))[1:3] == [3, 3]
    assert of_test(series(QualityLimits(spike_suspect=0.4, spike_fail=1.0)), flood, "spike") == [1, 1, 1, 1]


@given(levels, size, size)
def test_rate_of_change_where_no_jump_came_before(found: list[float], a: float, b: float) -> None:
    suspect, fail = sorted((a, b))
    ours = of_test(series(QualityLimits(rate_suspect_per_h=suspect, rate_fail_per_h=fail)), found, "rate_of_change")
    expected = theirs(qartod.rate_of_change_test(found, times(len(found)), suspect / 3600, fail / 3600))
    steps = np.abs(np.diff(found))
    for place in range(1, len(found)):
        calm_before = (steps[max(0, place - 4) : place - 1] <= suspect).all()
        if calm_before and place >= 4:
            assert ours[place] == expected[place]
        else:
            assert ours[place] <= expected[place]  # a jump before, or a short past: milder, never harsher


def test_their_rate_fails_the_good_reading_after_a_spike() -> None:
    found = [1.0, 1.0, 1.0, 1.0, 5.0, 1.0, 1.0]
    assert theirs(qartod.rate_of_change_test(found, times(7), 1 / 3600, 2 / 3600)) == [1, 1, 1, 1, 4, 4, 1]
    limits = QualityLimits(rate_suspect_per_h=1.0, rate_fail_per_h=2.0)
    assert of_test(series(limits), found, "rate_of_change") == [1, 1, 1, 1, 4, 1, 1]


@given(
    st.lists(st.sampled_from([1.0, 1.0, 1.0, 1.25, 3.0]), min_size=3, max_size=40), st.integers(2, 5), st.integers(0, 5)
)
def test_flat_line(found: list[float], hours: int, more: int) -> None:
    """Theirs asks for less than the tolerance, ours for no more than it: between the values there are, both are the same."""
    limits = QualityLimits(flat_tolerance=0.5, flat_suspect=hours * HOUR, flat_fail=(hours + more) * HOUR)
    expected = qartod.flat_line_test(found, times(len(found)), hours * 3600, (hours + more) * 3600, tolerance=0.5)
    assert of_test(series(limits), found, "flat_line") == theirs(expected)


@given(levels, st.integers(2, 12), size, size)
@settings(deadline=None)
def test_attenuated_signal(found: list[float], hours: int, a: float, b: float) -> None:
    fail, suspect = sorted((a, b))
    at_s = np.arange(len(found)) * 3600.0
    ours = attenuated(at_s, np.array(found), window_s=hours * 3600, cadence_s=3600, suspect=suspect, fail=fail)
    expected = qartod.attenuated_signal_test(
        found,
        times(len(found)),
        suspect,
        fail,
        test_period=hours * 3600,
        min_obs=max(2, int(0.8 * hours)),
        check_type="range",
    )
    assert ours.tolist() == theirs(expected)


@given(levels, level, size, st.integers(0, 4).map(lambda n: n / 4))
@settings(deadline=None)
def test_climatology(found: list[float], low: float, span: float, margin: float) -> None:
    config = qartod.ClimatologyConfig()
    room = margin * span
    config.add(tspan=(1, 12), vspan=(low - room, low + span + room), period="month")
    expected = qartod.climatology_test(config, found, times(len(found)), np.zeros(len(found)))
    ours = climatology(np.array(found), MonthClimate(5, low, low + span), years=3, margin=margin)
    assert ours.tolist() == theirs(expected)


@given(st.lists(st.lists(st.sampled_from([1, 2, 3, 4, 9]), min_size=4, max_size=4), min_size=1, max_size=5))
def test_the_roll_up_of_several_tests(found: list[list[int]]) -> None:
    """Ours ranks "missing" below all: it is said of a reading that is not there, so nothing else is ever said of it."""
    ours = [int(roll_up(QualityFlag(test[place]) for test in found)) for place in range(4)]
    expected = theirs(qartod.qartod_compare([np.array(test) for test in found]))
    present = [all(test[place] != 9 for test in found) for place in range(4)]
    assert [o for o, here in zip(ours, present, strict=True) if here] == [
        e for e, here in zip(expected, present, strict=True) if here
    ]


@given(st.lists(st.integers(1, 6), min_size=2, max_size=20))
def test_gaps_lie_before_the_readings_that_their_test_fails(hours: list[int]) -> None:
    at_s = np.cumsum([0, *hours]) * 3600.0
    stamps = np.datetime64("2020-01-01", "s") + at_s.astype("m8[s]")
    failed = [i for i, flag in enumerate(theirs(qartod.time_gap_test(stamps, fail_span=1.5))) if flag == 4 and i > 0]
    assert [due for due, _ in gaps(at_s, 3600.0)] == [at_s[i - 1] + 3600.0 for i in failed if hours[i - 1] > 1]
    assert sum(count for _, count in gaps(at_s, 3600.0)) == sum(h - 1 for h in hours)
