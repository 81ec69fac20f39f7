"""The floods of 2025: led through every reported reading, plausible between them, and the same in every process."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from domain.network import load_network
from domain.reported import ReportedFlood, load_reported
from domain.stations import Station
from simulators.flood_2025 import BEGINS_AT, FOLDER
from simulators.nature import EpisodeNature, nature
from simulators.steering import FASTEST_FALL_M, FASTEST_RISE_M, Reading, steered

CONFIG = Path(__file__).parents[3] / "config"
LOWLAND = ("kim_long", "phu_oc")


@pytest.fixture(scope="module")
def stations() -> list[Station]:
    return list(load_network(CONFIG).stations.values())


@pytest.fixture(scope="module")
def flood(stations: list[Station]) -> EpisodeNature:
    return nature("hue-2025", stations, 5)


@pytest.fixture(scope="module")
def reported() -> ReportedFlood:
    return load_reported(CONFIG / FOLDER)


def at(text: str) -> int:
    return round(datetime.fromisoformat(f"2025-{text}:00+07:00").timestamp())


def level(flood: EpisodeNature, station: str, text: str) -> float:
    return float(flood.values(station, "water_level", np.array([at(text)]))[0])


def whole(flood: EpisodeNature, step_s: int = 600) -> np.ndarray:
    return np.arange(round(flood.begins.timestamp()), round(flood.ends.timestamp()) + 1, step_s)


def test_every_reported_reading_is_met_and_only_those_are_called_reported(
    flood: EpisodeNature, reported: ReportedFlood
) -> None:
    for reading in reported.levels:
        when = np.array([round(reading.observed_at.timestamp())])
        miss_m = abs(flood.values(reading.station, "water_level", when)[0] - reading.level_m)
        assert flood.is_reported(reading.station, reading.observed_at) is not reading.contradicted
        assert reading.contradicted or miss_m <= 0.03, reading
    assert not flood.is_reported("kim_long", reported.levels[0].observed_at + timedelta(minutes=10))
    assert not flood.is_reported("da_vien", reported.levels[0].observed_at)


@pytest.mark.parametrize("station", LOWLAND)
def test_between_two_readings_the_water_only_rises_or_only_falls(
    flood: EpisodeNature, reported: ReportedFlood, station: str
) -> None:
    exact = flood.episode.node(station, flood.episode.run.node_stage_m)
    hours = flood.episode.hours
    told = reported.readings_of(station)
    odd = [r.observed_at for r in reported.contradicted if r.station == station]
    for before, after in pairwise(told):
        span = [(r.observed_at - BEGINS_AT) / timedelta(hours=1) for r in (before, after)]
        steps = np.diff(exact[(hours >= span[0] - 1e-6) & (hours <= span[1] + 1e-6)])
        turns = np.count_nonzero(np.diff(np.sign(steps[np.abs(steps) > 1e-5])))
        assert turns == (1 if any(before.observed_at < o < after.observed_at for o in odd) else 0), (before, after)


@pytest.mark.parametrize("station", [*LOWLAND, "da_vien", "tu_phu"])
def test_the_lowland_rises_and_falls_no_faster_than_rivers_do(flood: EpisodeNature, station: str) -> None:
    hourly = np.diff(flood.values(station, "water_level", whole(flood, 3600)))
    assert hourly.max() <= FASTEST_RISE_M + 0.15
    assert hourly.min() >= -FASTEST_FALL_M - 0.15


def test_what_bulletins_say_besides_readings_is_kept(flood: EpisodeNature, reported: ReportedFlood) -> None:
    assert level(flood, "kim_long", "10-26T18:00") > 2.0  # the sirens
    assert level(flood, "kim_long", "10-27T05:00") < 3.5  # BĐ3 is crossed at 6h
    assert max(flood.values("kim_long", "water_level", whole(flood))) <= 5.07  # the peak of 27/10
    assert max(flood.values("phu_oc", "water_level", whole(flood))) <= 5.30  # the record of 3/11
    trough = min(level(flood, "kim_long", f"10-29T{hour:02d}:00") for hour in range(4, 12))
    assert 3.3 < trough < 4.1  # the sources disagree: 3.90 or 3.62
    between = flood.values("da_vien", "water_level", whole(flood)) - flood.values(
        "kim_long", "water_level", whole(flood)
    )
    assert np.abs(between).max() < 0.35


def test_rain_gauges_catch_what_was_reported(flood: EpisodeNature, reported: ReportedFlood) -> None:
    spans = {"mm/h": 1, "mm/12h": 12, "mm/24h": 24, "mm/46h": 46}
    checked = 0
    for event in reported.events:
        if event.unit in spans and event.value is not None:
            end = round(event.at.timestamp())
            times = np.arange(end - spans[event.unit] * 3600 + 600, end + 1, 600)
            caught = flood.values(f"rain_{event.place}", "rainfall", times).sum()
            assert caught == pytest.approx(event.value, rel=0.03), event
            checked += 1
    assert checked == 9


def test_the_dams_take_in_and_let_out_what_was_reported(flood: EpisodeNature, reported: ReportedFlood) -> None:
    for event in reported.events:
        if event.what.startswith("inflow") and event.value is not None:
            morning = np.arange(at("10-27T07:00"), at("10-27T11:00") + 1, 600)
            assert flood.values(event.place, "inflow", morning).mean() == pytest.approx(event.value, rel=0.2), event
        if event.what == "release order" and event.value is not None:
            later = np.array([round(event.at.timestamp()) + 2 * 3600])
            assert flood.values(event.place, "outflow", later)[0] == pytest.approx(event.value, rel=0.1), event


def test_another_process_reads_the_same(flood: EpisodeNature, stations: list[Station]) -> None:
    again = nature("hue-2025", stations, 5)
    for station in stations:
        for series in station.series:
            times = whole(flood)[::53]
            values = flood.values(station.id, series.quantity, times)
            assert np.isfinite(values).all()
            assert (again.values(station.id, series.quantity, times) == values).all()


def test_a_time_outside_the_span_and_an_unknown_name_are_refused(flood: EpisodeNature, stations: list[Station]) -> None:
    with pytest.raises(ValueError, match="kim_long: there are values from 2025-10-25T00:00:00"):
        flood.values("kim_long", "water_level", np.array([at("10-24T23:50")]))
    with pytest.raises(ValueError, match="there is no nature 'noah'; there are hue-2025"):
        nature("noah", stations, 5)


def test_readings_that_no_river_can_follow_are_refused() -> None:
    hours = np.arange(0, 24.1, 1 / 6)
    model = np.full(len(hours), 1.0)
    with pytest.raises(ValueError, match="a reading of 5 m 2 h after one of 1 m cannot be reached"):
        steered(model, hours, [Reading(at_h=5, level_m=1), Reading(at_h=7, level_m=5)])
    led = steered(model, hours, [Reading(at_h=6, level_m=1.5), Reading(at_h=12, level_m=1.2)])
    assert np.interp([6, 12], hours, led) == pytest.approx([1.5, 1.2], abs=0.005)
