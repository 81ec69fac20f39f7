"""What only the hours around and the neighbours can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.readings import QualityFlag
from domain.stations import QualityLimits, Series, Station, StationKind, Upstream
from quality.climatology import MonthClimate
from quality.later import later_evidence
from tests.unit.quality.levels import HOUR, T0, TEN_MINUTES

SUSPECT, MISSING = QualityFlag.SUSPECT, QualityFlag.MISSING
RAIN = QualityLimits(neighbour_window=3 * HOUR, neighbour_least=20.0, neighbour_km=15.0)
LEVEL = QualityLimits(flat_tolerance=0.001, neighbour_window=3 * HOUR, neighbour_least=0.5)


def gauge(name: str, series: Series, lat: float = 16.4, upstream: tuple[Upstream, ...] = ()) -> Station:
    kind = StationKind.RAIN if series.quantity == "rainfall" else StationKind.RIVER
    return Station(
        id=name, name_vi=name, name_en=name, kind=kind, lat=lat, lon=107.6, series=(series,), simulated=False, verified=True, source="test", upstream=upstream
    )  # fmt: skip


def frame(values: Sequence[float], step: timedelta = TEN_MINUTES, flags: Sequence[int] | None = None) -> pd.DataFrame:
    at = pd.to_datetime([T0 + n * step for n in range(len(values))], utc=True).as_unit("us")
    return pd.DataFrame({"observed_at": at, "value": np.array(values, dtype=float), "flag": flags or [1] * len(values)})


def found(stations: Sequence[Station], frames: dict[str, pd.DataFrame], test: str) -> list[tuple[str, datetime]]:
    by_name = {s.id: s for s in stations}
    nested = {name: {by_name[name].series[0].quantity: one} for name, one in frames.items()}
    return [(f.name[0], f.flagged.at) for f in later_evidence(by_name, nested, T0) if f.flagged.test == test]


def rains(count: int = 5) -> list[Station]:
    return [
        gauge(f"r{n}", Series(quantity="rainfall", cadence=TEN_MINUTES, limits=RAIN), 16.4 + 0.02 * n)
        for n in range(count)
    ]


def test_a_rain_gauge_that_is_dry_while_its_neighbours_drown_is_suspect() -> None:
    frames = {f"r{n}": frame([2.0] * 24) for n in range(5)} | {"r2": frame([0.0] * 24)}
    assert found(rains(), frames, "neighbour") == [("r2", T0 + n * TEN_MINUTES) for n in range(14, 24)]


def test_a_drop_of_its_own_too_few_neighbours_or_far_ones_or_a_light_shower_raise_no_doubt() -> None:
    wet = {f"r{n}": frame([2.0] * 24) for n in range(5)}
    dry = frame([0.0] * 24)
    assert found(rains(), wet | {"r2": frame([0.0] * 14 + [0.2] + [0.0] * 9)}, "neighbour") == []
    assert found(rains(3), {n: f for n, f in wet.items() if n in ("r0", "r1")} | {"r2": dry}, "neighbour") == []
    apart = [replace(s, lat=16.4 + n) for n, s in enumerate(rains())]
    assert found(apart, wet | {"r2": dry}, "neighbour") == []
    assert found(rains(), {n: frame([0.5] * 24) for n in wet} | {"r2": dry}, "neighbour") == []
    other_time = [replace(s, clock="replay:2010") if s.id == "r2" else s for s in rains()]
    assert found(other_time, wet | {"r2": dry}, "neighbour") == []


def test_failed_rain_around_does_not_make_a_dry_gauge_suspect() -> None:
    frames = {f"r{n}": frame([99.0] * 24, flags=[4] * 24) for n in range(5)} | {"r2": frame([0.0] * 24)}
    assert found(rains(), frames, "neighbour") == []


def levels(lag_h: float = 1.0) -> list[Station]:
    series = Series(quantity="water_level", cadence=TEN_MINUTES, limits=LEVEL)
    return [gauge("up", series), gauge("down", series, upstream=(Upstream(station="up", lag=lag_h * HOUR),))]


def test_a_gauge_that_stands_still_while_the_water_upstream_rises_is_suspect() -> None:
    rising = frame(np.linspace(1.0, 4.0, 60).round(2).tolist())
    doubted = found(levels(), {"up": rising, "down": frame([2.0] * 60)}, "neighbour")
    assert doubted
    assert {name for name, _ in doubted} == {"down"}
    assert min(at for _, at in doubted) >= T0 + 3 * HOUR


def test_a_calm_river_and_a_gauge_that_moves_a_little_are_not_doubted() -> None:
    still, rising = frame([2.0] * 60), frame(np.linspace(1.0, 4.0, 60).round(2).tolist())
    assert found(levels(), {"up": still, "down": still}, "neighbour") == []
    moving = frame([2.0 + 0.01 * (n // 6 % 2) for n in range(60)])
    assert found(levels(), {"up": rising, "down": moving}, "neighbour") == []


def step_flags(values: Sequence[float]) -> list[int]:
    series = Series(quantity="water_level", cadence=HOUR, limits=QualityLimits(step_suspect=0.25))
    return [round((at - T0) / HOUR) for _, at in found([gauge("g", series)], {"g": frame(values, HOUR)}, "step")]


def test_a_gauge_set_to_another_zero_is_doubted_at_the_step_even_read_hourly() -> None:
    assert step_flags([1.0, 1.01, 1.0, 1.0, 1.6, 1.61, 1.6, 1.6]) == [4]


def test_a_flood_is_no_step() -> None:
    assert step_flags([7.2, 7.3, 9.09, 11.44, 12.90, 13.4, 13.2, 12.8]) == []
    assert step_flags([1.0, 1.0, 1.0, 1.3, 2.0, 2.4, 2.5, 2.5]) == []


@given(st.lists(st.floats(0, 5).map(lambda v: round(v, 2)), min_size=6, max_size=20).map(sorted))
def test_a_step_is_never_found_where_the_readings_beside_it_move_as_much(values: list[float]) -> None:
    for place in step_flags(values):
        around = np.diff(values[place - 3 : place + 3])
        assert max(np.delete(around, 2)) < values[place] - values[place - 1]


def test_a_dead_tide_is_attenuated_before_it_is_flat() -> None:
    limits = QualityLimits(attenuated_window=24 * HOUR, attenuated_suspect=0.05)
    station = gauge("g", Series(quantity="water_level", cadence=HOUR, limits=limits))
    tide = [round(0.3 * np.sin(n / 2), 2) for n in range(30)] + [round(0.01 * (n % 2), 2) for n in range(40)]
    doubted = found([station], {"g": frame(tide, HOUR)}, "attenuated")
    assert doubted[0][1] == T0 + 53 * HOUR
    assert len(doubted) == 17


@pytest.mark.parametrize(
    ("climate", "doubted"),
    [
        ({10: MonthClimate(3, 20.0, 30.0)}, [14.9, 35.1]),
        ({10: MonthClimate(2, 20.0, 30.0)}, []),
        ({9: MonthClimate(3, 20.0, 30.0)}, []),
        ({}, []),
    ],
)
def test_a_value_that_no_earlier_year_had_in_this_month_is_suspect(
    climate: dict[int, MonthClimate], doubted: list[float]
) -> None:
    limits = QualityLimits(climatology_years=3, climatology_margin=0.5)
    station = gauge("g", Series(quantity="temperature", cadence=HOUR, limits=limits))
    nested = {"g": {"temperature": frame([24.0, 15.0, 14.9, 35.0, 35.1], HOUR)}}
    evidence = later_evidence({"g": station}, nested, T0, {("g", "temperature"): climate})
    assert [f.flagged.value for f in evidence if f.flagged.test == "climatology"] == doubted


def test_a_gap_is_named_by_its_first_missing_reading() -> None:
    series = Series(quantity="water_level", cadence=HOUR)
    one = frame([1.0] * 8, HOUR).drop(index=[3, 4])
    evidence = later_evidence({"g": gauge("g", series)}, {"g": {"water_level": one}}, T0)
    assert [(f.flagged.at, f.flagged.test, f.flagged.flag) for f in evidence] == [(T0 + 3 * HOUR, "gap", MISSING)]


def test_nothing_is_said_of_readings_before_the_time_asked_for() -> None:
    series = Series(quantity="water_level", cadence=HOUR, limits=QualityLimits(fail_high=5.0))
    evidence = later_evidence({"g": gauge("g", series)}, {"g": {"water_level": frame([9.0] * 4, HOUR)}}, T0 + 2 * HOUR)
    assert [f.flagged.at for f in evidence] == [T0 + 2 * HOUR, T0 + 3 * HOUR]


@pytest.mark.parametrize(("dam_lag_h", "doubted"), [(0.5, False), (4.0, True)])
def test_a_gauge_above_a_dam_is_not_doubted_because_a_release_moves_the_one_below(
    dam_lag_h: float, doubted: bool
) -> None:
    level = Series(quantity="water_level", cadence=TEN_MINUTES, limits=LEVEL)
    dam = replace(gauge("dam", replace(level, quantity="outflow")), kind=StationKind.RESERVOIR)
    upstream = (Upstream(station="above", lag=3 * HOUR), Upstream(station="dam", lag=dam_lag_h * HOUR))
    stations = [gauge("above", level), gauge("below", level, upstream=upstream), dam]
    frames = {"above": frame([5.0] * 60), "below": frame([2.0 + 0.05 * n for n in range(60)])}
    assert bool(found(stations, frames, "neighbour")) is doubted


def holed(before_m_h: float, after_m_h: float, step_m: float, hole_h: float) -> list[int]:
    """Ten-minute readings with a hole; the places at which a step is doubted, 0 at the first reading after it."""
    hours = [*np.arange(-12, 1) / 6, *(hole_h + np.arange(12) / 6)]
    values = [before_m_h * h if h <= 0 else before_m_h * hole_h + step_m + after_m_h * (h - hole_h) for h in hours]
    at = pd.to_datetime([T0 + h * HOUR for h in hours], utc=True).as_unit("us").round("s")
    of = Series(quantity="water_level", cadence=TEN_MINUTES, limits=QualityLimits(step_suspect=0.25))
    one = pd.DataFrame({"observed_at": at, "value": np.round(values, 2), "flag": 1})
    return [round((when - T0) / HOUR - hole_h) for _, when in found([gauge("g", of)], {"g": one}, "step")]


def test_after_maintenance_a_gauge_reads_otherwise_while_the_water_falls() -> None:
    assert holed(-0.11, -0.10, 0.98, 70 / 60) == [0]
    assert holed(-0.11, -0.10, 0.0, 70 / 60) == []
    assert holed(0.0, 0.0, 0.2, 70 / 60) == []  # below the least
    assert holed(0.3, 0.6, 1.0, 70 / 60) == []  # a rise that grows
    assert holed(0.0, 0.0, 0.9, 4.0) == []  # of so long a hole nothing is known


def test_a_gap_longer_than_the_look_back_is_told_when_it_ends() -> None:
    of = Series(quantity="water_level", cadence=HOUR)
    at = pd.to_datetime([T0 + n * HOUR for n in (0, 1, 2, 50, 51)], utc=True).as_unit("us")
    frames = {"g": {"water_level": pd.DataFrame({"observed_at": at, "value": 1.0, "flag": 1})}}

    def gaps(since: datetime) -> list[datetime]:
        evidence = later_evidence({"g": gauge("g", of)}, frames, since)
        return [one.flagged.at for one in evidence if one.flagged.test == "gap"]

    assert gaps(T0 + 40 * HOUR) == [T0 + 3 * HOUR]
    assert gaps(T0 + 51 * HOUR) == []
