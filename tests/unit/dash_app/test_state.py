"""Freshness, levels, distances, rates and trends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dash_app.state import Course, Freshness, Trend, distance, freshness, rate_m_per_h, stage_level, trend
from tests.unit.dash_app.scenes import THRESHOLDS

NOW = datetime(2025, 10, 27, tzinfo=UTC)
TEN = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (0, Freshness.CURRENT),
        (11, Freshness.CURRENT),
        (13, Freshness.STALE),
        (31, Freshness.STALE),
        (33, Freshness.SILENT),
        (6000, Freshness.SILENT),
    ],
)
def test_a_number_grows_old_by_its_own_rhythm(minutes: int, expected: Freshness) -> None:
    assert freshness(NOW - timedelta(minutes=minutes), NOW, TEN) is expected


def test_without_a_reading_there_is_no_freshness() -> None:
    assert freshness(None, NOW, TEN) is Freshness.NEVER


def test_a_reading_ahead_of_the_clock_is_current() -> None:
    assert freshness(NOW + TEN, NOW, TEN) is Freshness.CURRENT


@pytest.mark.parametrize(
    ("value", "level"), [(0.99, 0), (1.0, 1), (1.99, 1), (2.0, 2), (3.49, 2), (3.5, 3), (5.80, 3), (5.81, 4), (9.0, 4)]
)
def test_a_level_is_reached_at_its_threshold(value: float, level: int) -> None:
    assert stage_level(value, THRESHOLDS) == level


def test_a_threshold_of_zero_is_a_threshold() -> None:
    zero = replace(THRESHOLDS, bd1_m=0.0)
    assert stage_level(0.0, zero) == 1
    assert stage_level(-0.01, zero) == 0


def test_an_unknown_level_is_skipped_never_zero() -> None:
    partly = replace(THRESHOLDS, bd1_m=None, bd3_m=None, record_m=None)
    assert stage_level(1.9, partly) == 0
    assert stage_level(9.0, partly) == 2
    assert stage_level(9.0, replace(partly, bd2_m=None)) is None
    assert stage_level(9.0, None) is None


def test_the_distance_is_said_as_bulletins_do() -> None:
    above, below = distance(3.58, THRESHOLDS), distance(0.58, THRESHOLDS)
    assert above is not None
    assert below is not None
    assert (above.level, above.above, round(above.by_m, 2)) == (3, True, 0.08)
    assert (below.level, below.above, round(below.by_m, 2)) == (1, False, 0.42)
    assert distance(3.58, None) is None


@given(st.floats(-5, 20), st.floats(-5, 20))
def test_higher_water_never_has_a_lower_level(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert (stage_level(low, THRESHOLDS) or 0) <= (stage_level(high, THRESHOLDS) or 0)


def course(*values: float, step: timedelta = TEN) -> Course:
    times = [NOW - (len(values) - 1 - i) * step for i in range(len(values))]
    return Course(at_s=tuple(at.timestamp() for at in times), values=values)


def test_the_rate_is_over_one_hour() -> None:
    rate = rate_m_per_h(course(1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8))
    assert rate == pytest.approx(0.7)


def test_hourly_readings_give_a_rate_too() -> None:
    assert rate_m_per_h(course(1.0, 1.5, step=timedelta(hours=1))) == pytest.approx(0.5)


def test_a_gap_gives_no_rate() -> None:
    assert rate_m_per_h(course(1.0, 1.5, step=timedelta(hours=5))) is None
    assert rate_m_per_h(course(1.0)) is None
    assert rate_m_per_h(Course()) is None


@pytest.mark.parametrize(
    ("rate", "word"),
    [
        (0.5, Trend.RISING_FAST),
        (0.05, Trend.RISING),
        (0.0, Trend.STEADY),
        (-0.01, Trend.STEADY),
        (-0.05, Trend.FALLING),
        (-0.5, Trend.FALLING_FAST),
        (None, None),
    ],
)
def test_the_word_for_a_rate(rate: float | None, word: Trend | None) -> None:
    assert trend(rate) is word
