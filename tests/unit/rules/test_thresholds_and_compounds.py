from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.alerts import Event, Finding, Phase, Step
from domain.stations import StationKind, Upstream
from rules.air_day import air_quality_day_finding, air_standard_finding
from rules.compound import compound_finding
from rules.rule_table import Schedule
from rules.schedule import scheduled
from rules.sensor_stuck import sensor_stuck_finding
from rules.stage import stage_finding
from rules.tables import OwnLevel
from rules.threshold import threshold_finding

HOUR = timedelta(hours=1)


def _told(finding, start):
    return [((s.at - start) / HOUR, s.level) for s in finding.steps]


@pytest.fixture
def gauge(make):
    return make.gauge(make.thresholds([1.0, 2.0, 3.5]), quantities=["water_level", "rainfall", "pressure"])


@pytest.fixture
def finding(make):
    def made(rule: str, *steps: tuple[float, int], station: str = "kim_long") -> Finding:
        return Finding(
            station=station,
            event=Event.FLOOD,
            phase=Phase.OBSERVED,
            rule=rule,
            since=make.start,
            steps=tuple(Step(at=make.start + HOUR * h, level=level) for h, level in steps),
        )

    return made


def test_each_level_of_a_gauge_may_have_its_own_hysteresis_and_patience(make, rule, gauge) -> None:
    own = {"bd1": OwnLevel(hysteresis_m=0.5, raise_count=2)}
    levels = make.frame([1.1, 0.4, 1.1, 1.1, 0.6, 0.4, 0.4, 0.4])
    found = stage_finding(gauge, levels, rule("stage", own=own), make.start)
    assert _told(found, make.start) == [(0, 0), (2, 1), (5, 0)]
    plain = stage_finding(gauge, levels, rule("stage", clear_after_min=0), make.start)
    assert _told(plain, make.start) == [(0, 1), (1, 0), (2, 1), (4, 0)]


def test_a_level_kept_firing_ends_later_and_only_if_it_stayed_away(make, rule, gauge) -> None:
    kept = rule("stage", clear_after_min=0, keep_firing_min=120)
    found = stage_finding(gauge, make.frame([1.5, 0.5, 1.5, 0.5, 0.5, 0.5, 0.5]), kept, make.start)
    assert _told(found, make.start) == [(0, 1), (5, 0)]


def test_pressure_that_falls_before_a_storm(make, rule, gauge) -> None:
    frame = make.frame([1008, 1007.5, 1007, 1003.4, 1002.9, 1000.5, 997.3, 997.9, 997.9, 997.9])
    found = threshold_finding(gauge, frame, rule_of(rule, "pressure_fall"), make.start)
    assert _told(found, make.start) == [(2, 0), (3, 1), (5, 2), (8, 1)]
    assert found.steps[2].value == -6.5


def rule_of(rule, name):
    """A shipped rule by name, where its kind has several."""
    shipped = rule.__closure__[0].cell_contents
    return next(each for each in shipped.rules if each.name == name)


def test_a_cloudburst_within_half_an_hour(make, rule, gauge) -> None:
    frame = make.frame([0, 5, 6, 10, 20, 10, 0, 0, 0, 0, 0, 0], every_min=10)
    found = threshold_finding(gauge, frame, rule_of(rule, "rain_intensity"), make.start)
    assert [(round((s.at - make.start) / timedelta(minutes=1)), s.level, s.value) for s in found.steps] == [
        (0, 0, 0.0),
        (30, 2, 42.0),
        (40, 3, 72.0),
        (70, 2, 20.0),
        (80, 0, 0.0),
    ]


@pytest.mark.parametrize(
    ("cadence_min", "values", "expected"),
    [(60, [0.0, 15.0], 15.0), (60, [15.0], 15.0), (720, [0.0, 31.0], 2.583333), (30, [0.0, 15.0], 30.0)],
)
def test_an_amount_of_longer_than_the_window_is_spread_over_its_time(
    make, rule, cadence_min: float, values: list[float], expected: float
) -> None:
    station = make.gauge(quantities=["rainfall"], cadence=timedelta(minutes=cadence_min))
    levels = [{"level": 2, "raise_at": 0.5, "clear_at": 0.1}, {"level": 3, "raise_at": 200, "clear_at": 1}]
    base = rule_of(rule, "rain_intensity")
    always = type(base).model_validate({**base.model_dump(), "levels": levels})
    found = threshold_finding(station, make.frame(values, every_min=cadence_min), always, make.start)
    assert (found.steps[-1].level, found.steps[-1].value) == (2, expected)


@pytest.mark.parametrize(
    ("of", "values", "expected"),
    [("mean", [1, 2, 6], 3), ("sum", [1, 2, 6], 9), ("lowest", [4, 1, 6], 1), ("highest", [4, 9, 6], 9)],
)
def test_what_a_window_is_compared_by(  # noqa: PLR0917 - fixtures and parameters
    make, rule, gauge, of: str, values: list[float], expected: float
) -> None:
    base = rule_of(rule, "rain_intensity")
    levels = [{"level": 2, "raise_at": 0.5, "clear_at": 0.5}, {"level": 3, "raise_at": 100, "clear_at": 1}]
    made = type(base).model_validate(
        {**base.model_dump(), "of": of, "window_min": 180, "minimum_readings": 3, "levels": levels}
    )
    found = threshold_finding(gauge, make.frame(values), made, make.start)
    assert [(s.at, s.value) for s in found.steps] == [(make.start + 2 * HOUR, expected)]


def test_a_sensor_is_stuck_when_the_hours_are_over_and_not_before(make, rule, gauge) -> None:
    stuck = rule("sensor_stuck")
    values = [1000.0, 1001.0] + [1002.0] * 13 + [1003.0]
    found = sensor_stuck_finding(gauge, "pressure", make.frame(values, flag=4), stuck, make.start)
    assert _told(found, make.start) == [(0, 0), (14, 1), (15, 0)], "what quality control failed is stuck too"
    peak = [4.2, 4.61, 4.62, 4.62, 4.62, 4.62, 4.62, 4.5]
    assert _told(sensor_stuck_finding(gauge, "water_level", make.frame(peak), stuck, make.start), make.start) == [
        (0, 0)
    ]
    calm = make.frame([0.2] * 30)
    assert _told(sensor_stuck_finding(gauge, "wind_speed", calm, stuck, make.start), make.start) == [(0, 0)]


def test_a_clock_that_jitters_makes_no_stuck_sensor_younger(make, rule, gauge) -> None:
    """An old alert is judged from its own beginning on, with the warm-up before: again and again it begins where it began."""
    stuck = rule("sensor_stuck")
    jitter = [0, 4, -3, 5, -5, 2, -4]
    rows = [
        (make.start + timedelta(minutes=10 * n, seconds=jitter[n % 7]), 3.0 if n < 6 else 2.0, 1)
        for n in range(120 * 6)
    ]

    def begins(since: datetime) -> datetime:
        known = make.readings([row for row in rows if row[0] >= since - stuck.warm_up])
        found = sensor_stuck_finding(gauge, "water_level", known, stuck, since)
        return next(step.at for step in found.steps if step.level)

    began = begins(make.start)
    assert timedelta(hours=37) <= began - make.start < timedelta(hours=37, minutes=11)
    assert begins(began) == began


def test_a_slow_drift_within_the_tolerance_of_each_step_is_not_stuck(make, rule, gauge) -> None:
    drift = make.frame([round(2.0 + 0.04 * i, 2) for i in range(40)])
    assert _told(sensor_stuck_finding(gauge, "wind_speed", drift, rule("sensor_stuck"), make.start), make.start) == [
        (0, 0)
    ]


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ((0, 24), [(0, 1), (30, 0)]),
        ((9, 17), [(2, 1), (10, 0), (26, 1), (30, 0)]),  # START is 07:00 in Huế
        ((22, 6), [(15, 1), (23, 0)]),
        ((6, 8), [(0, 1), (1, 0), (23, 1), (25, 0)]),
    ],
)
def test_a_rule_speaks_in_its_hours_only(make, finding, hours, told) -> None:
    standing = finding("stage", (0, 1), (30, 0))
    found = scheduled(standing, Schedule(hours=hours), make.start + 40 * HOUR)
    assert [(h, level) for h, level in _told(found, make.start) if (h, level) not in {(39, 0), (17, 0)}] == told


@pytest.mark.parametrize(
    ("now_h", "told"), [(10, [(5, 1), (10, 0)]), (20, [(5, 1), (11, 0)]), (23, [(5, 1), (11, 0), (23, 1)])]
)
def test_hours_that_have_not_begun_are_not_spoken_of(make, finding, now_h: int, told: list[tuple[int, int]]) -> None:
    """START is 07:00 in Huế: the hours 6 to 18 begin again 23 h after it."""
    steps = ((5, 1),) if now_h > 10 else ((5, 1), (10, 0))
    found = scheduled(finding("stage", *steps), Schedule(hours=(6, 18)), make.start + now_h * HOUR)
    assert _told(found, make.start) == told
    assert all(step.at <= make.start + now_h * HOUR for step in found.steps)


def test_hours_that_have_not_ended_end_nothing(make, finding) -> None:
    found = scheduled(finding("stage", (0, 1)), Schedule(hours=(7, 12)), make.start + 3 * HOUR)
    assert _told(found, make.start) == [(0, 1)]
    assert scheduled(finding("stage", (0, 1)), Schedule(months=(1,)), make.start + 3 * HOUR).steps == ()


@pytest.mark.parametrize(
    ("schedule", "again"),
    [
        ({"hours": (9, 17)}, "2025-10-27T09:00:00+07:00"),
        ({"hours": (22, 6)}, "2025-10-27T22:00:00+07:00"),
        ({"months": (3, 10)}, "2026-03-01T00:00:00+07:00"),
    ],
)
def test_the_end_of_the_hours_says_when_they_begin_again(make, finding, schedule, again: str) -> None:
    found = scheduled(finding("stage", (0, 1)), Schedule(**schedule), make.start + 30 * 24 * HOUR)
    end = next(step for step in found.steps if step.level == 0)
    assert end.detail == {"schedule": "ended", "applies_again_at": again}


def test_rain_and_level_together(make, rule, finding) -> None:
    gauge = make.gauge(make.thresholds([1.0, 2.0, 3.5]))
    gauge = type(gauge)(**{f: getattr(gauge, f) for f in gauge.__slots__} | {"rain_gauges": ("a", "b")})
    both = rule_of(rule, "rain_and_level")
    found = {
        ("a", "rainfall"): [finding("rainfall", (0, 0), (2, 3), (4, 1), station="a")],
        ("kim_long", "rate_of_rise"): [finding("rate_of_rise", (0, 0), (8, 1), (12, 0))],
    }
    together = compound_finding(gauge, found, both, make.start + 20 * HOUR)
    assert _told(together, make.start) == [(0, 0), (8, 1), (10, 0)], "the rain counts until six hours after it"
    assert _told(compound_finding(gauge, found, both, make.start + 9 * HOUR), make.start) == [(0, 0), (8, 1)]
    del found["a", "rainfall"]
    assert compound_finding(gauge, found, both, make.start + 20 * HOUR) is None, "nothing is known of the rain"


def test_two_gauges_agree(make, rule, finding) -> None:
    gauge = make.gauge(make.thresholds([1.0, 2.0, 3.5]))
    found = {
        ("kim_long", "stage"): [finding("stage", (0, 2), (3, 3), (9, 2))],
        ("phu_oc", "stage"): [finding("stage", (0, 0), (4, 3), (6, 4), (12, 0), station="phu_oc")],
    }
    together = compound_finding(gauge, found, rule_of(rule, "gauges_agree"), make.start + 20 * HOUR)
    assert _told(together, make.start) == [(0, 0), (4, 1), (9, 0)]


def test_companions_are_judged_together(make, shipped) -> None:
    kim_long, phu_oc = make.gauge(station="kim_long"), make.gauge(station="phu_oc")
    stations = {"kim_long": kim_long, "phu_oc": phu_oc, "other": make.gauge(station="other")}
    assert shipped.companionship(stations).of({"phu_oc"}) == {"kim_long", "phu_oc"}
    assert shipped.companionship(stations).of({"other"}) == {"other"}
    rule = next(r for r in shipped.rules if r.name == "gauges_agree")
    upstream = rule.model_copy(
        update={"stations": (), "parts": (rule.parts[0], rule.parts[1].model_copy(update={"where": "upstream"}))}
    )
    changed = shipped.model_copy(update={"rules": (upstream,)})
    below = type(kim_long)(
        **{f: getattr(kim_long, f) for f in kim_long.__slots__} | {"upstream": (Upstream(station="other", lag=HOUR),)}
    )
    assert changed.companionship({**stations, "kim_long": below}).of({"other"}) == {"kim_long", "other"}


#: The day of the decision's example ends at 00:00 in Huế, 17:00 UTC; START is 00:00 UTC, 07:00 in Huế.
@pytest.fixture
def air(make):
    return make.gauge(quantities=["pm2_5", "o3", "no2"], kind=StationKind.AIR, cadence=HOUR, station="air_test")


def _day(make, values, hours=24):
    return make.frame(values, start=make.start + (18 - 24) * HOUR if hours == 24 else make.start)


def test_the_worked_example_of_a_day_gives_110(make, rule, air) -> None:
    """Daily VN_AQI of the decision's example: PM2.5 55.7 µg/m³ over 24 h, index 110 (1459/QĐ-TCMT)."""
    frames = {"pm2_5": _day(make, [55.7] * 24), "no2": _day(make, [118.7] * 24)}
    found = air_quality_day_finding(air, frames, rule("air_quality_day"), make.start - 24 * HOUR)
    assert [(s.at, s.level, s.value, s.detail["pollutant"]) for s in found.steps] == [
        (make.start + 17 * HOUR, 1, 110.0, "pm2_5")
    ]


def test_a_day_counts_when_it_is_over_and_with_enough_hours(make, rule, air) -> None:
    day = rule("air_quality_day")
    assert air_quality_day_finding(air, {"pm2_5": _day(make, [90.0] * 23)}, day, make.start - 24 * HOUR).steps == ()
    few = make.frame([90.0] * 17, start=make.start + HOUR)
    assert air_quality_day_finding(air, {"pm2_5": few}, day, make.start).steps == ()


def test_ozone_counts_by_its_eight_hours_up_to_400(make, rule, air) -> None:
    day = rule("air_quality_day")
    dust = {"pm2_5": _day(make, [10.0] * 24)}
    steady = air_quality_day_finding(air, {**dust, "o3": _day(make, [180.0] * 24)}, day, make.start - 24 * HOUR)
    assert [(s.value, s.detail["pollutant"]) for s in steady.steps] == [(163.0, "o3")]  # 8 h: 150 + 50·10/40
    high = air_quality_day_finding(air, {**dust, "o3": _day(make, [401.0] * 24)}, day, make.start - 24 * HOUR)
    assert [s.value for s in high.steps] == [201.0], "one hour: 200 + 100·1/400"


def test_limits_of_the_standard_and_their_days(make, rule, air) -> None:
    standard = rule("air_standard")
    gas = air_standard_finding(air, {"no2": make.frame([150, 201, 199, 180, 100])}, standard, make.start)
    assert _told(gas, make.start) == [(0, 0), (1, 1), (2, 0)]
    assert (gas.steps[1].threshold, gas.steps[1].detail["window_h"]) == (200.0, 1)
    assert {(x.quantity, x.hours): x.limit for x in standard.in_force(date(2025, 12, 31))}["pm2_5", 24] == 50.0
    assert {(x.quantity, x.hours): x.limit for x in standard.in_force(date(2026, 1, 1))}["pm2_5", 24] == 45.0
    dust = air_standard_finding(air, {"pm2_5": _day(make, [48.0] * 24)}, standard, make.start)
    assert _told(dust, make.start) == [(17, 0)], "48 is below the limit of 2025"
    year = make.frame([48.0] * 24 + [10.0] * 6, start=datetime(2025, 12, 30, 18, tzinfo=UTC))
    last_day = air_standard_finding(air, {"pm2_5": year}, standard, datetime(2025, 12, 30, 18, tzinfo=UTC))
    assert [s.level for s in last_day.steps] == [0], "the mean of 31 December has the limit of 31 December"
    thick = air_standard_finding(air, {"pm2_5": _day(make, [50.1] * 24)}, standard, make.start)
    assert _told(thick, make.start) == [(17, 1)]
