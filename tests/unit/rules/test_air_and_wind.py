from __future__ import annotations

from datetime import timedelta

import pytest

from domain.stations import StationKind
from rules.air_quality import air_quality_finding
from rules.trace import instant, trace
from rules.vn_aqi import hourly_means, index_of, newest_index, nowcast, rounded
from rules.wind import beaufort, forces_reached, wind_finding

#: PM2.5 of the worked example, 09:00 to 20:00 (1459/QĐ-TCMT, 2.3a).
EXAMPLE = [26.9, 24.7, 20.5, 23.5, 19.5, 16.5, 19.0, 16.5, 20.3, 22.4, 19.6, 20.6]


@pytest.fixture(scope="module")
def air(rule):
    return rule("air_quality")


@pytest.fixture(scope="module")
def gauge(make):
    return make.gauge(
        quantities=["pm2_5", "pm10", "o3", "no2"], kind=StationKind.AIR, cadence=timedelta(hours=1), station="air_test"
    )


def test_nowcast_of_the_worked_example(air) -> None:
    assert nowcast(EXAMPLE[::-1], air) == pytest.approx(20.27, abs=0.005)


def test_the_worked_example_gives_sixty(make, air, gauge) -> None:
    gases = {"o3": make.frame([136.1] * 12), "no2": make.frame([118.7] * 12)}
    finding = air_quality_finding(gauge, {"pm2_5": make.frame(EXAMPLE), **gases}, air, make.start + timedelta(hours=11))
    step = finding.steps[-1]
    assert (step.at, step.value, step.detail["pollutant"]) == (make.start + timedelta(hours=11), 60.0, "no2")
    traces = {name: trace(frame) for name, frame in {"pm2_5": make.frame(EXAMPLE), **gases}.items()}
    end, index = newest_index(traces, air)
    assert (instant(end), rounded(index)) == (make.start + timedelta(hours=11), 60)
    assert newest_index({"o3": traces["o3"]}, air) is None  # without dust there is none
    assert rounded(index_of("o3_1h", 136.1, air)) == 43
    assert rounded(index_of("pm2_5_1h", 20.3, air)) == 41
    assert rounded(index_of("pm2_5_1h", 55.7, air)) == 110


def test_nowcast_halves_its_weights_when_the_air_changes_fast(air) -> None:
    assert nowcast([100.0, 10.0], air) == pytest.approx(50.0 + 2.5)
    assert nowcast([0.0, 10.0, 10.0], air) == pytest.approx(2.5 + 1.25)


def test_nowcast_at_exactly_one_half_uses_the_halving_sum(air) -> None:
    assert nowcast([20.0, 10.0], air) == pytest.approx(12.5)


@pytest.mark.parametrize(
    ("recent", "there"),
    [([10.0, 10.0, None], True), ([10.0, None, 10.0], True), ([None, 10.0, 10.0], True), ([10.0, None, None], False)],
)
def test_nowcast_needs_two_of_the_last_three_hours(air, recent: list[float | None], there: bool) -> None:
    result = nowcast([*recent, *[10.0] * 9], air)
    assert (result == pytest.approx(10.0)) if there else (result is None)


def test_nowcast_of_clean_air_is_zero(air) -> None:
    assert nowcast([0.0] * 12, air) == 0.0


@pytest.mark.parametrize(
    ("column", "concentration", "index"),
    [
        ("pm2_5_1h", 0, 0), ("pm2_5_1h", 25, 50), ("pm2_5_1h", 25.05, 51), ("pm2_5_1h", 50, 100), ("pm2_5_1h", 80, 150),
        ("pm2_5_1h", 150, 200), ("pm2_5_1h", 250, 300), ("pm2_5_1h", 300, 350), ("pm2_5_1h", 350, 400),
        ("pm2_5_1h", 500, 500), ("pm2_5_1h", 999, 500), ("pm10_1h", 420, 300), ("o3_1h", 160, 50), ("no2_1h", 700, 150),
        ("so2_1h", 2630, 500), ("co_1h", 45000, 150), ("o3_8h", 400, 300),
    ],
)  # fmt: skip
def test_the_rows_of_the_table(air, column: str, concentration: float, index: int) -> None:
    assert rounded(index_of(column, concentration, air)) == index


@pytest.mark.parametrize(
    ("pm2_5", "level"), [(50.0, 0), (50.01, 1), (80.0, 1), (80.01, 2), (150.0, 2), (150.1, 3), (250.0, 3), (250.1, 4)]
)
def test_a_band_begins_above_its_index(make, air, gauge, pm2_5: float, level: int) -> None:
    finding = air_quality_finding(gauge, {"pm2_5": make.frame([pm2_5] * 12)}, air, make.start)
    assert finding.steps[-1].level == level


def test_a_limit_of_zero_is_a_limit(make, rule, gauge) -> None:
    strict = rule("air_quality", warn_above=[0.0, 150, 200, 300])
    finding = air_quality_finding(gauge, {"pm2_5": make.frame([0.0] * 3 + [0.1] * 9)}, strict, make.start)
    assert [(s.level, s.threshold) for s in finding.steps] == [(0, 0.0), (1, 0.0)]


def test_gases_alone_make_no_index(make, air, gauge) -> None:
    finding = air_quality_finding(gauge, {"no2": make.frame([4000.0] * 12)}, air, make.start)
    assert finding.steps == ()


def test_an_hour_counts_when_it_is_over(make, air, gauge) -> None:
    first = make.start + timedelta(minutes=10)
    frame = make.frame([300.0] * 17, every_min=10, start=first)  # 00:10 to 02:50
    finding = air_quality_finding(gauge, {"pm2_5": frame}, air, make.start)
    assert [s.at for s in finding.steps] == [make.start + timedelta(hours=2)], "the third hour is not whole"


def test_an_hour_ends_with_the_reading_on_it(make) -> None:
    frame = make.frame([10.0, 20.0, 90.0], every_min=30, start=make.start + timedelta(minutes=30))
    assert [round(v, 6) for v in hourly_means(trace(frame)).values()] == [15.0, 90.0]


@pytest.mark.parametrize(
    ("speed", "force"),
    [(10.7, 0), (10.8, 6), (13.8, 6), (13.9, 7), (17.2, 8), (20.8, 9), (24.5, 10), (28.5, 11), (32.7, 12), (37.0, 13),
     (41.5, 14), (46.2, 15), (51.0, 16), (56.1, 17), (80.0, 17)],
)  # fmt: skip
def test_beaufort_table(rule, speed: float, force: int) -> None:
    assert beaufort(speed, rule("wind")) == force


@pytest.mark.parametrize(
    ("mean", "gust", "level"),
    [
        (10.7, 0, 0),
        (10.8, 0, 6),
        (17.1, 0, 6),
        (17.2, 0, 8),
        (32.7, 0, 12),
        (5, 17.1, 0),
        (5, 17.2, 6),
        (5, 24.5, 8),
        (5, 41.5, 12),
    ],
)
def test_mean_wind_or_gusts_reach_a_force(make, rule, mean: float, gust: float, level: int) -> None:
    station = make.gauge(quantities=["wind_speed", "wind_gust"], kind=StationKind.WIND)
    finding = wind_finding(station, make.frame([mean]), make.frame([gust]), rule("wind"), make.start)
    assert finding.steps[0].level == level
    reached = forces_reached(mean, gust, rule("wind"))
    assert reached == sum(force <= level for force in rule("wind").warn_at), "the pages count as the rule does"


def test_forces_are_counted_where_one_of_the_two_is_not_measured(rule) -> None:
    assert [forces_reached(*speeds, rule("wind")) for speeds in ((None, 41.5), (18.0, None), (None, None))] == [4, 2, 0]


def test_gusts_alone_are_enough_and_tell_their_own_threshold(make, rule) -> None:
    station = make.gauge(quantities=["wind_gust"], kind=StationKind.WIND)
    finding = wind_finding(station, make.frame([]), make.frame([3.0, 25.0]), rule("wind"), make.start)
    step = finding.steps[-1]
    assert (step.level, step.value, step.threshold, step.detail["gust_force"]) == (8, 25.0, 24.5, 10)
    assert "force" not in step.detail


def test_a_lull_of_half_an_hour_ends_nothing(make, rule) -> None:
    station = make.gauge(quantities=["wind_speed"], kind=StationKind.WIND)
    values = [18.0, 5.0, 5.0, 5.0, 18.0] + [5.0] * 7
    finding = wind_finding(station, make.frame(values, every_min=10), make.frame([]), rule("wind"), make.start)
    assert [((s.at - make.start) / timedelta(minutes=10), s.level) for s in finding.steps] == [(0, 8), (5, 0)]


def test_a_force_that_begins_at_zero_is_found(make, rule) -> None:
    calm = rule(
        "wind", forces=[0, 6, 8, 10], from_m_per_s=[0.0, 10.8, 17.2, 24.5], warn_at=[6, 8, 10], severities=["Minor"] * 3
    )
    assert beaufort(0.0, calm) == 0
    low = rule("wind", forces=[1, 6], from_m_per_s=[0.0, 10.8], warn_at=[1], severities=["Minor"])
    station = make.gauge(quantities=["wind_speed"], kind=StationKind.WIND)
    finding = wind_finding(station, make.frame([0.0]), make.frame([]), low, make.start)
    assert [(s.level, s.threshold) for s in finding.steps] == [(1, 0.0)]
