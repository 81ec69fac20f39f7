from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from domain.stations import StationKind
from rules.rainfall import accumulations, rainfall_finding
from rules.rate_of_rise import rate_of_rise_finding, rates_of_rise
from rules.trace import trace

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("rise", "level"), [(0.24, 0), (0.25, 1), (0.49, 1), (0.50, 2), (0.99, 2), (1.00, 3), (2.35, 3), (-2.0, 0)]
)
def test_rate_of_rise_over_an_hour(make, rule, rise: float, level: int) -> None:
    finding = rate_of_rise_finding(make.gauge(), make.frame([3.0, 3.0 + rise]), rule("rate_of_rise"), make.start)
    step = finding.steps[-1]
    assert (step.level, step.value) == (level, pytest.approx(rise))
    assert step.detail["level_m"] == pytest.approx(3.0 + rise)


def test_mountain_gauges_have_rates_of_their_own(make, rule) -> None:
    station = make.gauge(station="thuong_nhat")
    finding = rate_of_rise_finding(station, make.frame([59.0, 59.49, 59.99]), rule("rate_of_rise"), make.start)
    assert [s.level for s in finding.steps] == [0, 1]


def test_a_rate_of_zero_is_a_threshold(make, rule) -> None:
    still = [{"name": "lowland", "rates_m_per_h": [0.0, 0.5, 1.0], "stations": []}]
    finding = rate_of_rise_finding(
        make.gauge(), make.frame([3.0, 2.9, 2.9]), rule("rate_of_rise", classes=still), make.start
    )
    assert [(s.level, s.threshold) for s in finding.steps] == [(0, 0.0), (1, 0.0)]


def test_a_rate_ends_below_its_share(make, rule) -> None:
    patient = rule("rate_of_rise", clear_after_min=0)
    finding = rate_of_rise_finding(make.gauge(), make.frame([0, 0.25, 0.45, 0.64]), patient, make.start)
    assert [(s.level, s.value) for s in finding.steps] == [(1, 0.25), (0, pytest.approx(0.19))]


def test_readings_too_close_or_alone_have_no_rate(make) -> None:
    minutes = [0, 1, 20, 30, 60, 421]
    rows = [(make.start + timedelta(minutes=m), 3.0 + m / 60, 1) for m in minutes]
    rates = rates_of_rise(trace(make.readings(rows)), HOUR, 2)
    assert np.isnan(rates).tolist() == [True, True, True, False, False, True]
    assert rates[3:5] == pytest.approx([1.0, 1.0])
    assert len(rates_of_rise(trace(make.readings([])), HOUR, 2)) == 0


@pytest.mark.parametrize(("gap_min", "level"), [(66, 3), (67, 3), (70, 3), (180, 3), (360, 2), (360.1, 0)])
def test_a_jump_over_a_gap_is_told_by_its_mean(make, rule, gap_min: float, level: int) -> None:
    end = make.start + timedelta(minutes=30 + gap_min)
    rows = [(make.start, 1.0, 1), (make.start + timedelta(minutes=30), 1.0, 1), (end, 4.0, 1)]
    finding = rate_of_rise_finding(make.gauge(), make.readings(rows), rule("rate_of_rise"), make.start)
    assert max(step.level for step in finding.steps) == level
    if level:
        assert finding.steps[-1].value == pytest.approx(3.0 / (gap_min / 60), abs=1e-6)
    alone = rate_of_rise_finding(make.gauge(), make.readings(rows), rule("rate_of_rise"), end)
    assert [step.level for step in alone.steps] == ([level] if level else [])


def test_a_gauge_that_is_read_every_two_hours_has_rates(make, rule) -> None:
    finding = rate_of_rise_finding(
        make.gauge(), make.frame([1.0, 1.1, 2.1, 2.1], every_min=120), rule("rate_of_rise"), make.start
    )
    assert [(step.level, step.value) for step in finding.steps] == [(0, 0.05), (2, 0.5)]


def test_a_reading_that_fills_the_gap_late_makes_a_rate_of_its_own(make, rule) -> None:
    rows = [(make.start, 1.0, 1), (make.start + 3 * HOUR, 1.9, 1)]
    late = (make.start + 2 * HOUR, 1.0, 1)
    found = [
        rate_of_rise_finding(make.gauge(), make.readings(each), rule("rate_of_rise"), make.start).steps[-1]
        for each in (rows, [*rows, late])
    ]
    assert [(step.level, step.value) for step in found] == [(1, 0.3), (2, 0.9)]


def test_the_rule_asks_for_readings_as_far_back_as_it_looks(rule) -> None:
    assert rule("rate_of_rise").warm_up == timedelta(hours=6)
    assert rule("rate_of_rise", window_min=600).warm_up == timedelta(hours=11)


def test_a_clock_that_wanders_some_seconds_still_gives_hourly_rates(make) -> None:
    rows = [(make.start, 3.0, 1), (make.start + timedelta(minutes=61), 3.61, 1)]
    assert rates_of_rise(trace(make.readings(rows)), HOUR, 2)[1] == pytest.approx(0.61 / (61 / 60))


def _rain_gauge(make):
    return make.gauge(quantities=["rainfall"], kind=StationKind.RAIN, cadence=HOUR, station="rain_test")


@pytest.fixture(scope="module")
def gauge(make):
    return _rain_gauge(make)


def _over(window_h: int, total: float) -> list[float]:
    """Hourly rain of one total, spread evenly so that no shorter window reaches a higher class sooner."""
    return [total / window_h] * window_h


@pytest.mark.parametrize(
    ("hours", "total", "level"),
    [
        (24, 50.0, 1),
        (24, 50.1, 2),
        (24, 100.0, 2),
        (24, 100.1, 3),
        (12, 25.0, 1),
        (12, 25.1, 2),
        (12, 50.1, 3),
        (24, 16.0, 1),
        (24, 15.9, 0),
    ],
)
def test_vietnamese_classes(make, rule, hours: int, total: float, level: int) -> None:
    gauge = _rain_gauge(make)
    only = [w for w in rule("rainfall").model_dump()["windows"] if w["hours"] == hours]
    everything = rule("rainfall", warn_from_level=1, windows=only)
    finding = rainfall_finding(gauge, make.frame(_over(hours, total)), everything, make.start)
    assert max(s.level for s in finding.steps) == level


def test_light_classes_are_not_warned_of(make, rule, gauge) -> None:
    finding = rainfall_finding(gauge, make.frame([14.0] + [0.0] * 10), rule("rainfall"), make.start)
    assert [s.level for s in finding.steps] == [0]


def test_the_step_names_the_shortest_window_that_reaches_the_level(make, rule, gauge) -> None:
    finding = rainfall_finding(gauge, make.frame([0, 10, 8, 14]), rule("rainfall"), make.start)
    assert [(s.level, s.value, s.detail["window_h"], s.threshold) for s in finding.steps[1:]] == [(2, 32.0, 3, 20.0)]
    assert finding.steps[1].detail["verified"] == 0
    assert finding.steps[1].detail["coverage"] == 1.0


def test_rain_of_a_hundred_and_four_millimetres_in_an_hour_is_very_heavy_at_once(make, rule, gauge) -> None:
    finding = rainfall_finding(gauge, make.frame([0, 104.6]), rule("rainfall"), make.start)
    assert (finding.steps[-1].level, finding.steps[-1].detail["window_h"]) == (3, 1)


def test_a_total_of_zero_is_a_threshold(make, rule, gauge) -> None:
    dry = [{"hours": 1, "thresholds_mm": [0.0, 50.0, 100.0], "source": "test", "verified": True}]
    always = rule("rainfall", warn_from_level=1, windows=dry)
    finding = rainfall_finding(gauge, make.frame([0.0]), always, make.start)
    assert [(s.level, s.threshold) for s in finding.steps] == [(1, 0.0)]


def test_windows_reach_back_before_the_judged_span(make, rule, gauge) -> None:
    finding = rainfall_finding(gauge, make.frame([5.0] * 24), rule("rainfall"), make.start + timedelta(hours=23))
    assert [(s.at, s.level, s.value) for s in finding.steps] == [(make.start + timedelta(hours=23), 3, 60.0)]


def test_windows_with_too_few_readings_are_left_out_where_the_rule_asks_for_them(make, rule, gauge) -> None:
    only = [{"hours": 24, "thresholds_mm": [16.0, 50.0, 100.0], "source": "test", "verified": True}]
    strict = rule("rainfall", windows=only, minimum_coverage=0.5)
    frame = make.frame([60.0] + [0.0] * 12)
    steps = rainfall_finding(gauge, frame, strict, make.start).steps
    assert [((s.at - make.start) / HOUR, s.level, s.detail["coverage"]) for s in steps] == [(0, 0, 0.04), (11, 2, 0.5)]


def test_accumulations_are_half_open_and_exact(make) -> None:
    rain = trace(make.frame([1.6] * 30))
    assert accumulations(rain, 1)[-1] == 1.6
    assert accumulations(rain, 10)[-1] == 16.0


def test_what_comes_after_a_gap_counts_as_the_rain_of_one_cadence(make, rule) -> None:
    """It may be of the whole gap; or what fell meanwhile is lost, and this is a cloudburst: the graver is warned of."""
    away = make.gauge(quantities=["rainfall"], kind=StationKind.RAIN)  # every ten minutes
    rows = [(make.start, 0.0, 1), (make.start + 3.5 * HOUR, 40.0, 1)]
    finding = rainfall_finding(away, make.readings(rows), rule("rainfall"), make.start)
    assert (finding.steps[-1].level, finding.steps[-1].detail["window_h"]) == (3, 1)


@pytest.mark.parametrize(("minutes", "level"), [(60, 3), (61, 3), (65, 3), (67, 3)])
def test_a_clock_that_wanders_costs_no_class(make, rule, minutes: float, level: int) -> None:
    gauge = make.gauge(quantities=["rainfall"], kind=StationKind.RAIN, cadence=HOUR)
    finding = rainfall_finding(gauge, make.frame([0.0, 30.1], every_min=minutes), rule("rainfall"), make.start)
    assert finding.steps[-1].level == level


def test_a_day_of_a_daily_gauge_is_judged_as_a_day(make, rule) -> None:
    daily = make.gauge(quantities=["rainfall"], kind=StationKind.RAIN, cadence=24 * HOUR)
    frame = make.frame([20.0, 48.0, 101.0], every_min=1440)
    finding = rainfall_finding(daily, frame, rule("rainfall"), make.start)
    assert [(s.level, s.value, s.detail["window_h"]) for s in finding.steps] == [(0, 20.0, 24), (3, 50.5, 12)]
