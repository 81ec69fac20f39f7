"""The stations that a recording brings along."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from domain.recording import Recording, load_recording
from domain.stations import StationKind
from simulators.replay import stations_of

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def recording() -> Recording:
    return load_recording(DATA / "synthetic_river.toml")


def test_every_series_becomes_a_station_of_its_kind(recording: Recording) -> None:
    stations = stations_of(recording)
    assert [(s.id, s.kind, s.series[0].quantity) for s in stations] == [
        ("ha_luu", StationKind.RIVER, "water_level"),
        ("thuong_luu", StationKind.RIVER, "water_level"),
        ("rain_mountain_mm", StationKind.RAIN, "rainfall"),
        ("rain_plain_mm", StationKind.RAIN, "rainfall"),
    ]
    assert {s.clock for s in stations} == {"replay:synthetic_river"}
    assert {s.series[0].cadence for s in stations} == {timedelta(hours=1)}


def test_the_target_carries_levels_and_links(recording: Recording) -> None:
    target, *others = stations_of(recording)
    levels = target.thresholds_on(date(1990, 1, 1))
    assert levels is not None
    assert levels.levels_m == (1.0, 2.0, 3.5, None)
    assert (levels.verified, levels.source) == (False, "Synthetic river")
    assert [u.station for u in target.upstream] == ["thuong_luu"]
    assert target.rain_gauges == ("rain_mountain_mm", "rain_plain_mm")
    assert all(not s.thresholds and not s.upstream and not s.rain_gauges for s in others)


def test_a_known_place_is_kept_and_an_unknown_one_marked(recording: Recording) -> None:
    target, *others = stations_of(recording)
    assert (target.lat, target.lon, target.simulated) == (16.70, 107.80, False)
    assert all(s.simulated for s in others)
    assert len({(s.lat, s.lon) for s in others}) == len(others)
