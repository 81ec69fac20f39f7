from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.alerts import Phase
from domain.stations import StationKind
from rules.doubt import doubt_finding
from rules.forecast import forecast_finding
from rules.overdue import overdue_finding
from rules.trace import trace

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("minutes", "silent"), [(0, False), (29.9, False), (30, False), (30.1, True), (600, True)])
def test_a_gauge_is_silent_after_three_of_its_beats(make, rule, minutes: float, silent: bool) -> None:
    now = make.start + timedelta(minutes=minutes)
    finding = overdue_finding(make.gauge(), {"water_level": make.start}, rule("overdue"), now)
    assert [s.level for s in finding.steps] == [int(silent)]
    if silent:
        assert finding.steps[0].at == make.start + timedelta(minutes=30)
        assert finding.steps[0].detail["last_observed_at"] == make.start.isoformat()


def test_a_quick_gauge_waits_at_least_the_minimum(make, rule) -> None:
    quick = make.gauge(cadence=timedelta(minutes=1))
    waits = overdue_finding(quick, {"water_level": make.start}, rule("overdue"), make.start + timedelta(minutes=29))
    assert [s.level for s in waits.steps] == [0]
    at_once = rule("overdue", at_least_min=0.0)
    after = overdue_finding(quick, {"water_level": make.start}, at_once, make.start + timedelta(minutes=3, seconds=1))
    assert [(s.at - make.start, s.level) for s in after.steps] == [(timedelta(minutes=3), 1)]


def test_one_silent_series_of_two_is_told_by_name(make, rule) -> None:
    station = make.gauge(quantities=["water_level", "rainfall"])
    last = {"water_level": make.start, "rainfall": make.start + 5 * HOUR}
    finding = overdue_finding(station, last, rule("overdue"), make.start + 5 * HOUR)
    assert finding.steps[0].detail["quantity"] == "water_level"


def test_each_sensor_that_falls_silent_later_is_a_step_that_names_all(make, rule) -> None:
    station = make.gauge(quantities=["wind_direction", "wind_speed", "pressure", "rainfall"])
    last = {"wind_direction": make.start, "wind_speed": make.start + 5 * HOUR, "pressure": make.start + 5 * HOUR}
    last["rainfall"] = make.start + 9 * HOUR
    finding = overdue_finding(station, last, rule("overdue"), make.start + 9 * HOUR)
    assert [((s.at - make.start) / HOUR, s.level, s.detail["quantity"]) for s in finding.steps] == [
        (0.5, 1, "wind_direction"),
        (5.5, 1, "pressure, wind_direction, wind_speed"),
    ]
    assert finding.steps[-1].detail["last_observed_at"] == (make.start + 5 * HOUR).isoformat()


def test_a_signal_that_is_back_ends_the_silence_at_its_newest_reading(make, rule) -> None:
    finding = overdue_finding(make.gauge(), {"water_level": make.start + HOUR}, rule("overdue"), make.start + HOUR)
    assert [(s.at, s.level) for s in finding.steps] == [(make.start + HOUR, 0)]
    assert finding.since == make.start + HOUR


def test_a_gauge_that_never_reported_is_not_silent(make, rule) -> None:
    assert overdue_finding(make.gauge(), {}, rule("overdue"), make.start) is None


def _gauge(make):
    return make.gauge(make.thresholds([1.0, 2.0, 3.5]))


@pytest.fixture(scope="module")
def gauge(make):
    return _gauge(make)


def _issues(make, medians: list[float], *, lead_h: float = 6, every: timedelta = HOUR):
    return [make.forecast(make.start + every * i, lead_h, m) for i, m in enumerate(medians)]


def test_a_likely_level_is_found_at_its_issue(make, rule, gauge) -> None:
    # Median 2.02 with quantiles over 0.4 m: 2.0 is exceeded with 55 %; at 2.04 with 60 %.
    finding = forecast_finding(gauge, _issues(make, [1.5, 2.02, 2.05]), rule("forecast"), make.start, make.start)
    assert finding.phase is Phase.FORECAST
    assert [((s.at - make.start) / HOUR, s.level) for s in finding.steps] == [(0, 1), (2, 2)]
    detail = finding.steps[-1].detail
    assert (detail["lead_h"], detail["peak_m"]) == (6.0, pytest.approx(2.05))
    assert detail["probability"] == pytest.approx(0.625, abs=0.01)
    assert detail["peak_at"] == (make.start + 8 * HOUR).isoformat()
    assert finding.steps[-1].threshold == 2.0


def _at_probability(make, chance: float, lead_h: float, issue: int):
    """A forecast that gives exactly `chance` of reaching 2.0 m (levels are linear in probability)."""
    return make.forecast(make.start + HOUR * issue, lead_h, 2.0 + (chance - 0.5) * 0.4)


@pytest.mark.parametrize(
    ("lead_h", "chance", "level"),
    [
        (6, 0.60, 2),
        (6, 0.59, 1),
        (7, 0.69, 1),
        (7, 0.70, 2),
        (12, 0.70, 2),
        (13, 0.79, 1),
        (24, 0.80, 2),
        (25, 0.90, 0),
    ],
)
def test_nearer_horizons_need_less(make, rule, lead_h: float, chance: float, level: int) -> None:
    gauge = _gauge(make)
    finding = forecast_finding(
        gauge, [_at_probability(make, chance, lead_h, 0)], rule("forecast"), make.start, make.start
    )
    assert finding.steps[0].level == level


def test_a_level_holds_until_the_chance_is_low_twice(make, rule, gauge) -> None:
    chances = [0.60, 0.41, 0.40, 0.39, 0.41, 0.39, 0.30]
    issues = [_at_probability(make, c, 6, i) for i, c in enumerate(chances)]
    finding = forecast_finding(gauge, issues, rule("forecast"), make.start, make.start + 6 * HOUR)
    assert [((s.at - make.start) / HOUR, s.level) for s in finding.steps] == [(0, 2), (5, 1)]


@pytest.mark.parametrize(("minutes", "ends"), [(50, False), (60, True)])
def test_a_level_is_not_withdrawn_before_its_chance_was_low_for_an_hour(make, rule, gauge, minutes, ends) -> None:
    """Every ten minutes six issues are one state of the sky; every hour two issues last an hour, too."""
    chances = [0.60, *[0.30] * (minutes // 10 + 1)]
    issues = [
        make.forecast(make.start + timedelta(minutes=10 * i), 6, 2.0 + (c - 0.5) * 0.4) for i, c in enumerate(chances)
    ]
    finding = forecast_finding(gauge, issues, rule("forecast"), make.start, issues[-1].issued_at)
    steps = [((s.at - make.start) / timedelta(minutes=1), s.level) for s in finding.steps]
    assert steps == [(0, 2), *([(10, 1)] if ends else [])], "dated at the first of them"


def test_a_chance_that_dips_for_half_an_hour_neither_ends_nor_raises_again(make, rule, gauge) -> None:
    chances = [0.62, 0.35, 0.38, 0.36, 0.61, 0.30, 0.35, 0.64]
    issues = [
        make.forecast(make.start + timedelta(minutes=10 * i), 6, 2.0 + (c - 0.5) * 0.4) for i, c in enumerate(chances)
    ]
    finding = forecast_finding(gauge, issues, rule("forecast"), make.start, issues[-1].issued_at)
    assert [s.level for s in finding.steps] == [2]
    hasty = forecast_finding(gauge, issues, rule("forecast", clear_after_min=0.0), make.start, issues[-1].issued_at)
    assert [s.level for s in hasty.steps] == [2, 1, 2, 1, 2], "what people heard before"


def _heard(make, *hours: float):
    """The gauge's readings, by hours after the first issue."""
    return trace(make.readings([(make.start + h * HOUR, 0.5, 1) for h in hours]))


def _every_ten_minutes(make, until_h: float):
    return _heard(make, *(minute / 60 for minute in range(0, int(until_h * 60) + 1, 10)))


@pytest.mark.parametrize(("hours", "steps"), [(2, [2]), (2.2, [2, 0])])
def test_a_forecast_lapses_when_none_comes_for_two_hours(make, rule, gauge, hours: float, steps: list[int]) -> None:
    now, heard = make.start + hours * HOUR, _every_ten_minutes(make, hours)
    finding = forecast_finding(gauge, _issues(make, [2.2]), rule("forecast"), make.start, now, heard=heard)
    assert [s.level for s in finding.steps] == steps
    if len(steps) > 1:
        assert finding.steps[-1].at == make.start + 2 * HOUR
        assert finding.steps[-1].detail == {"lapsed": 1}


def test_it_lapses_in_the_past_too(make, rule, gauge) -> None:
    issues = [make.forecast(make.start + HOUR * h, 6, 2.2) for h in (0, 2, 5)]
    now, heard = make.start + 5 * HOUR, _every_ten_minutes(make, 5)
    finding = forecast_finding(gauge, issues, rule("forecast"), make.start, now, heard=heard)
    assert [((s.at - make.start) / HOUR, s.level) for s in finding.steps] == [(0, 2), (4, 0), (5, 2)]


@pytest.mark.parametrize(
    "hours",
    [(), (0,), (0, 0.5, 1.5), (0, 0.5, 9), (0, 0.5, 9, 10.9)],
    ids=["never_heard", "silent", "silent_before_it_lapses", "just_back", "back_and_not_forecast_yet"],
)
def test_a_gauge_that_is_silent_gives_no_all_clear_of_its_forecast(make, rule, gauge, hours: tuple[float, ...]) -> None:
    """No reading and no forecast came: whatever was expected may stand there now."""
    now, heard = make.start + 11 * HOUR, _heard(make, *hours)
    finding = forecast_finding(gauge, _issues(make, [2.2]), rule("forecast"), make.start, now, heard=heard)
    assert [s.level for s in finding.steps] == [2]


def test_a_gauge_that_is_back_and_is_not_forecast_again_ends_its_forecast_two_hours_later(make, rule, gauge) -> None:
    now, heard = make.start + 11.5 * HOUR, _heard(make, 0, 0.5, 9, 10, 11.2)
    finding = forecast_finding(gauge, _issues(make, [2.2]), rule("forecast"), make.start, now, heard=heard)
    assert [((s.at - make.start) / HOUR, s.level) for s in finding.steps] == [(0, 2), (11, 0)]


def test_a_level_that_was_forecast_before_a_silence_is_withdrawn_by_the_forecasts_after_it(make, rule, gauge) -> None:
    issues = [make.forecast(make.start + HOUR * h, 6, m) for h, m in ((0, 2.2), (9, 0.5), (10, 0.5), (10.1, 0.5))]
    now, heard = make.start + 10.2 * HOUR, _heard(make, 0, 0.5, 9, 9.5, 10, 10.1)
    finding = forecast_finding(gauge, issues, rule("forecast"), make.start, now, heard=heard)
    assert [((s.at - make.start) / HOUR, s.level) for s in finding.steps] == [(0, 2), (9, 0)]


@pytest.mark.parametrize(("asked_h", "ends"), [(None, True), (-99, False), (7, False), (7.2, True)])
def test_it_lapses_when_a_newer_one_was_tried_for(make, rule, gauge, asked_h: float | None, ends: bool) -> None:
    """That holds for the newest forecast: an earlier one was overtaken by it, whoever remembers what was tried."""
    issues = [make.forecast(make.start + HOUR * h, 6, 2.2) for h in (0, 2, 5)]
    now, heard = make.start + 9 * HOUR, _every_ten_minutes(make, 9)
    asked = None if asked_h is None else make.start + asked_h * HOUR
    finding = forecast_finding(gauge, issues, rule("forecast"), make.start, now, heard=heard, asked_until=asked)
    steps = [((s.at - make.start) / HOUR, s.level) for s in finding.steps]
    assert steps == [(0, 2), (4, 0), (5, 2), *([(7, 0)] if ends else [])]


def test_a_forecast_lapses_after_a_day_though_the_job_that_makes_them_stands_still(make, rule, gauge) -> None:
    issues, now = [make.forecast(make.start, 6, 2.2)], make.start + 25 * HOUR
    finding = forecast_finding(
        gauge, issues, rule("forecast"), make.start, now, heard=_every_ten_minutes(make, 25), asked_until=make.start
    )
    assert [((s.at - make.start) / HOUR, s.level) for s in finding.steps] == [(0, 2), (2, 0)]


def test_the_shortest_sufficient_lead_is_told(make, rule, gauge) -> None:
    leads = [make.forecast(make.start, lead, 2.0 + rise) for lead, rise in ((1, -0.5), (3, 0.05), (6, 0.3))]
    detail = forecast_finding(gauge, leads, rule("forecast"), make.start, make.start).steps[0].detail
    assert (detail["lead_h"], detail["peak_m"]) == (3.0, pytest.approx(2.3))


def test_levels_are_those_of_the_day_the_forecast_is_for(make, rule) -> None:
    station = make.gauge(make.thresholds([9.0, None, None]), make.thresholds([1.0, None, None], date(2025, 10, 27)))
    before = make.forecast(make.start, 16, 5.0)  # valid at 23:00 in Huế on the 26th
    after = make.forecast(make.start, 17, 5.0)
    horizon = rule("forecast", horizons=[{"within_h": 24, "raise_at": 0.5, "clear_below": 0.5}])
    assert forecast_finding(station, [before], horizon, make.start, make.start).steps[0].level == 0
    assert forecast_finding(station, [after], horizon, make.start, make.start).steps[0].level == 1


def test_a_forecast_level_of_zero_is_a_level(make, rule) -> None:
    station = make.gauge(make.thresholds([0.0, None, None]))
    finding = forecast_finding(station, _issues(make, [-0.5, 0.5]), rule("forecast"), make.start, make.start)
    assert [(s.level, s.threshold) for s in finding.steps] == [(0, 0.0), (1, 0.0)]


@pytest.mark.parametrize(
    ("flag", "value", "level"),
    [(1, 9.0, 0), (2, 9.0, 0), (3, 1.99, 0), (3, 2.0, 1), (4, 2.0, 1), (4, 99.0, 1), (9, 99.0, 0)],
)
def test_a_doubtful_reading_above_danger_is_found(make, rule, flag: int, value: float, level: int) -> None:
    gauge = _gauge(make)
    rows = [(make.start, 0.5, 1), (make.start + HOUR, value, flag)]
    finding = doubt_finding(gauge, "water_level", make.readings(rows), rule("doubtful_reading"), make.start)
    assert finding.steps[-1].level == level


def test_doubt_ends_an_hour_after_the_last_doubtful_reading(make, rule, gauge) -> None:
    rows = [(make.start + timedelta(minutes=10 * i), 3.0, 4 if i < 3 else 1) for i in range(11)]
    finding = doubt_finding(gauge, "water_level", make.readings(rows), rule("doubtful_reading"), make.start)
    assert [((s.at - make.start) / timedelta(minutes=10), s.level) for s in finding.steps] == [(0, 1), (3, 0)]


def test_where_the_level_is_not_known_the_highest_that_is(make, rule) -> None:
    station = make.gauge(make.thresholds([None, None, 5.0]))
    frame = make.frame([4.9, 5.0], flag=4)
    finding = doubt_finding(station, "water_level", frame, rule("doubtful_reading"), make.start)
    assert [(s.level, s.threshold) for s in finding.steps] == [(0, 5.0), (1, 5.0)]


def test_a_danger_line_of_zero_is_a_line(make, rule) -> None:
    station = make.gauge(make.thresholds([None, 0.0, None]))
    finding = doubt_finding(
        station, "water_level", make.frame([-0.1, 0.0], flag=3), rule("doubtful_reading"), make.start
    )
    assert [(s.level, s.threshold) for s in finding.steps] == [(0, 0.0), (1, 0.0)]


def test_doubtful_rain_is_judged_as_a_rate(make, rule) -> None:
    station = make.gauge(quantities=["rainfall"], kind=StationKind.RAIN)
    finding = doubt_finding(station, "rainfall", make.frame([8.3, 8.4], flag=3), rule("doubtful_reading"), make.start)
    assert [s.level for s in finding.steps] == [0, 1]  # 50 mm/h over ten minutes is 8.33 mm
