"""What the stations read is a pure function of seed and epoch, plausible, and joined without steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from domain.quantities import QUANTITIES
from domain.stations import Series, Station, StationKind
from simulators.columns import TIP_MM
from simulators.noise import drifting, key_of, normal, uniform
from simulators.scenario import FLOOD_LEVEL_M, Scenario, epoch_for_flood
from simulators.storm import PERIOD_H

FLOOD_AT = datetime(2025, 10, 27, 6, tzinfo=UTC)
MINUTES_10 = timedelta(minutes=10)
PERIOD_S = round(PERIOD_H * 3600)


def station(name: str, kind: StationKind, quantities: tuple[str, ...], cadence: timedelta = MINUTES_10) -> Station:
    return Station(
        id=name,
        name_vi=name,
        name_en=name,
        kind=kind,
        lat=16.3,
        lon=107.6,
        series=tuple(Series(quantity=quantity, cadence=cadence) for quantity in quantities),
        simulated=True,
        verified=False,
        source="test",
    )


AIR = ("pm2_5", "pm10", "o3", "no2", "so2", "co", "temperature", "humidity")
WIND = ("wind_speed", "wind_gust", "wind_direction", "pressure")
STATIONS = [
    station("kim_long", StationKind.RIVER, ("water_level", "discharge")),
    station("unknown_gauge", StationKind.RIVER, ("water_level", "rainfall")),
    station("rain_a", StationKind.RAIN, ("rainfall",)),
    station("rain_hourly", StationKind.RAIN, ("rainfall",), timedelta(hours=1)),
    station("air_a", StationKind.AIR, AIR, timedelta(hours=1)),
    station("wind_a", StationKind.WIND, WIND),
    station("ta_trach", StationKind.RESERVOIR, ("water_level", "inflow", "outflow")),
]
EPOCH_S = epoch_for_flood(5, FLOOD_AT)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return Scenario(STATIONS, 5, EPOCH_S)


def week() -> np.ndarray:
    return np.arange(EPOCH_S, EPOCH_S + PERIOD_S, 600)


@pytest.mark.parametrize(("name", "quantity"), [(s.id, series.quantity) for s in STATIONS for series in s.series])
def test_every_series_is_plausible_and_moves(scenario: Scenario, name: str, quantity: str) -> None:
    values = scenario.values(name, quantity, week())
    meaning = QUANTITIES[quantity]
    assert np.isfinite(values).all()
    assert values.min() >= meaning.low
    assert values.max() <= meaning.high
    assert len(np.unique(values)) > 5


@pytest.mark.parametrize(("name", "quantity"), [(s.id, series.quantity) for s in STATIONS for series in s.series])
def test_another_process_reads_the_same_in_any_order(scenario: Scenario, name: str, quantity: str) -> None:
    times = week()[::7]
    other = Scenario(STATIONS, 5, EPOCH_S)
    backwards = np.array([other.values(name, quantity, times[i : i + 1])[0] for i in range(len(times) - 1, -1, -5)])
    assert (backwards == scenario.values(name, quantity, times)[::-1][::5]).all()


def test_another_seed_reads_otherwise(scenario: Scenario) -> None:
    other = Scenario(STATIONS, 6, EPOCH_S)
    assert (
        other.values("kim_long", "water_level", week()) != scenario.values("kim_long", "water_level", week())
    ).mean() > 0.5


def test_kim_long_passes_bd3_at_the_wanted_time(scenario: Scenario) -> None:
    times = week()
    level = scenario.values("kim_long", "water_level", times)
    first = datetime.fromtimestamp(int(times[np.flatnonzero(level >= FLOOD_LEVEL_M)[0]]), UTC)
    assert abs(first - FLOOD_AT) <= timedelta(minutes=30)


@pytest.mark.parametrize("number", [-1, 0, 1, 2])
def test_storms_join_without_a_step(scenario: Scenario, number: int) -> None:
    joint = scenario.begins_s(number)
    times = np.array([joint - 600, joint, joint + 600])
    assert scenario.storm_number(int(times[0])) == number - 1
    for name, quantity, tolerance in (("kim_long", "water_level", 0.04), ("ta_trach", "inflow", 3.0)):
        assert np.abs(np.diff(scenario.values(name, quantity, times))).max() <= tolerance


def test_hourly_and_ten_minute_gauges_catch_the_same_rain(scenario: Scenario) -> None:
    ten = scenario.values("rain_a", "rainfall", week())
    hourly = scenario.values("rain_hourly", "rainfall", week()[::6])
    assert ten.sum() == pytest.approx(hourly.sum(), abs=TIP_MM)
    assert ten.sum() > 200
    tips = ten / TIP_MM
    assert np.abs(tips - np.round(tips)).max() < 1e-6


def test_rain_washes_the_air_and_the_storm_lowers_the_pressure(scenario: Scenario) -> None:
    times = week()
    rain = scenario.values("rain_a", "rainfall", times)
    storm = np.convolve(rain, np.ones(36))[: len(rain)] > 40  # 6 h
    dry = np.convolve(rain, np.ones(36))[: len(rain)] == 0
    dust = scenario.values("air_a", "pm2_5", times)
    assert dust[storm].mean() < 0.4 * dust[dry].mean()
    assert scenario.values("wind_a", "pressure", times)[storm].min() < 1003
    speed, gust = (scenario.values("wind_a", quantity, times) for quantity in ("wind_speed", "wind_gust"))
    assert (gust >= speed).all()
    assert 10 < speed.max() < 35


def test_a_quantity_the_simulator_does_not_know_is_refused() -> None:
    odd = station("odd", StationKind.AIR, ("conductivity",))
    with pytest.raises(ValueError, match="odd: the simulator knows no conductivity"):
        Scenario([odd], 1, EPOCH_S).values("odd", "conductivity", week())


def test_noise_is_the_same_everywhere_and_has_the_right_spread() -> None:
    index = np.arange(50_000)
    key = key_of(1, "a", "b")
    assert key == key_of(1, "a", "b") != key_of(1, "ab")
    numbers = uniform(key, index)
    assert 0 <= numbers.min() < numbers.max() < 1
    assert numbers.mean() == pytest.approx(0.5, abs=0.01)
    bell = normal(key, index)
    assert bell.mean() == pytest.approx(0, abs=0.02)
    assert bell.std() == pytest.approx(1, abs=0.02)
    assert abs(np.corrcoef(bell[1:], bell[:-1])[0, 1]) < 0.02
    smooth = drifting(key, np.arange(0, 100, 0.01), 4.0)
    assert np.abs(np.diff(smooth)).max() < 0.05
