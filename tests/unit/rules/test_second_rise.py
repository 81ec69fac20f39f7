from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.alerts import Phase
from rules.re_rise import re_rise_finding

#: Kim Long from the evening of 27/10/2025 on, two-hourly, shaped after the reported 5.05, 4.62, 3.62, 4.57 and 4.93 m.
HUONG = [2.0, 3.6, 5.05, 4.74, 4.61, 4.62, 4.2, 3.9, 3.62, 3.8, 4.1, 4.57, 4.93, 4.56, 3.89]


@pytest.fixture
def kim_long(make):
    return make.gauge(make.thresholds([1.0, 2.0, 3.5]))


def _told(finding, start):
    return [((s.at - start) / timedelta(hours=1), s.level, s.value) for s in finding.steps]


def test_the_second_rise_is_told_long_before_the_second_peak(make, rule, kim_long) -> None:
    finding = re_rise_finding(kim_long, make.frame(HUONG, every_min=120), rule("re_rise"), make.start)
    assert finding.phase is Phase.RISING_AGAIN
    assert _told(finding, make.start) == [(20, 1, 4.1), (26, 0, 4.56)]
    detail = finding.steps[0].detail
    assert (detail["trough_m"], detail["peak_m"]) == (3.62, 5.05)
    assert detail["trough_at"] == (make.start + timedelta(hours=16)).isoformat()


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        ([0.2, 0.9, 0.2, 0.9], []),  # never reached an alarm level: no flood to come back
        ([1.2, 0.95, 1.2, 0.95, 1.2], []),  # tide and waves
        ([1.2, 0.9, 1.2], [(2, 1)]),
        ([1.2, 0.9, 1.19], []),
        ([1.2, 0.5, 0.3, 0.6], [(3, 1)]),
        ([1.2, 0.5, 0.9, 0.5, 0.9], [(2, 1), (3, 0), (4, 1)]),  # every turn
    ],
)
def test_what_counts_as_a_second_rise(make, rule, kim_long, levels: list[float], told: list[tuple[int, int]]) -> None:
    finding = re_rise_finding(kim_long, make.frame(levels), rule("re_rise"), make.start)
    assert [(h, level) for h, level, _ in _told(finding, make.start)] == told


def test_a_gauge_without_that_level_is_not_judged(make, rule) -> None:
    gauge = make.gauge(make.thresholds([None, 2.0, 3.5]))
    assert re_rise_finding(gauge, make.frame(HUONG), rule("re_rise"), make.start).steps == ()


@settings(max_examples=60, deadline=None)
@given(levels=st.lists(st.floats(0, 6).map(lambda v: round(v, 2)), min_size=1, max_size=40), known=st.integers(1, 40))
def test_later_readings_never_change_a_turn(make, rule, levels: list[float], known: int) -> None:
    gauge = make.gauge(make.thresholds([1.0, 2.0, 3.5]))
    whole = re_rise_finding(gauge, make.frame(levels), rule("re_rise"), make.start).steps
    begun = re_rise_finding(gauge, make.frame(levels[:known]), rule("re_rise"), make.start).steps
    assert whole[: len(begun)] == begun
