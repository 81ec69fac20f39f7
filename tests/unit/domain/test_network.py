"""The shipped network of Huế: what it holds, and that places, references and levels hold together."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from domain.network import Network, load_network
from domain.quantities import QUANTITIES
from domain.settings import load_settings
from domain.stations import StationKind
from domain.wards import Border, WardKind, load_wards

CONFIG = load_settings({}).config_dir


@pytest.fixture(scope="module")
def network() -> Network:
    return load_network(CONFIG)


@cache
def polygons() -> dict[str, BaseGeometry]:
    features = json.loads((CONFIG / "geo" / "wards.geojson").read_text(encoding="utf-8"))["features"]
    return {feature["properties"]["code"]: shape(feature["geometry"]) for feature in features}


@cache
def borders() -> dict[str, Border]:
    return load_wards(CONFIG / "geo" / "wards.geojson")[1]


def test_as_many_stations_and_wards_as_hue_has(network: Network) -> None:
    counts = {kind: len(network.of_kind(kind)) for kind in StationKind}
    assert counts == {
        StationKind.RIVER: 11,
        StationKind.RAIN: 57,
        StationKind.AIR: 6,
        StationKind.WIND: 4,
        StationKind.RESERVOIR: 3,
    }
    kinds = [ward.kind for ward in network.wards.values()]
    assert (kinds.count(WardKind.WARD), kinds.count(WardKind.COMMUNE)) == (21, 19)


def test_the_wards_are_named_in_both_languages_and_fill_the_city(network: Network) -> None:
    kim_long = network.wards["19774"]
    assert (kim_long.full_name_vi, kim_long.full_name_en) == ("Phường Kim Long", "Kim Long Ward")
    assert sum(ward.area_km2 for ward in network.wards.values()) == pytest.approx(4947.11, rel=0.01)


def test_the_levels_are_those_of_the_bulletins(network: Network) -> None:
    def levels(station: str, day: date = date(2025, 10, 27)) -> tuple[float | None, ...]:
        thresholds = network.stations[station].thresholds_on(day)
        assert thresholds is not None
        return thresholds.levels_m

    assert levels("kim_long") == (1.0, 2.0, 3.5, 5.81)
    assert levels("phu_oc") == (1.5, 3.0, 4.5, 5.24)
    assert levels("phu_oc", date(2026, 1, 1)) == (1.5, 3.0, 4.5, 5.28)
    assert levels("thuong_nhat") == (59.0, 61.0, None, None)
    assert levels("da_vien") == (None, 3.0, None, None)
    assert levels("tu_phu") == (None, None, 5.0, None)
    assert levels("cau_truoi") == (None, None, None, None)


def test_only_levels_that_bulletins_agree_on_are_verified(network: Network) -> None:
    verified = {s.id for s in network.stations.values() for t in s.thresholds if t.verified}
    assert verified == {"kim_long"}
    assert not any(station.verified for station in network.stations.values()), "no official list of positions was found"


def test_every_fact_has_a_source_and_every_level_a_datum(network: Network) -> None:
    assert all(station.source for station in network.stations.values())
    assert all(t.source and t.datum for s in network.stations.values() for t in s.thresholds)
    assert all(s.thresholds for s in network.of_kind(StationKind.RIVER))


def test_positions_lie_in_their_wards(network: Network) -> None:
    for station in network.stations.values():
        assert station.ward is not None
        assert polygons()[station.ward].contains(Point(station.lon, station.lat)), station.id


@settings(max_examples=300, deadline=None)
@given(lat=st.floats(15.95, 16.8), lon=st.floats(107.0, 108.25))
def test_the_borders_contain_what_shapely_says(lat: float, lon: float) -> None:
    found = {code for code, border in borders().items() if border.contains(lat, lon)}
    assert found == {code for code, polygon in polygons().items() if polygon.contains(Point(lon, lat))}


def test_invented_positions_say_so(network: Network) -> None:
    for station in network.stations.values():
        assert station.simulated or "invented" not in station.source, station.id


def test_each_kind_measures_what_it_is_for(network: Network) -> None:
    needed = {
        StationKind.RIVER: {"water_level"},
        StationKind.RAIN: {"rainfall"},
        StationKind.AIR: {"pm2_5", "pm10", "o3", "no2", "so2", "co"},
        StationKind.WIND: {"wind_speed", "wind_gust", "wind_direction", "pressure"},
        StationKind.RESERVOIR: {"water_level", "inflow", "outflow"},
    }
    for station in network.stations.values():
        assert {series.quantity for series in station.series} == needed[station.kind], station.id


def test_cadences(network: Network) -> None:
    minutes = {
        StationKind.RIVER: 10,
        StationKind.RAIN: 10,
        StationKind.AIR: 60,
        StationKind.WIND: 10,
        StationKind.RESERVOIR: 60,
    }
    for station in network.stations.values():
        assert {series.cadence for series in station.series} == {timedelta(minutes=minutes[station.kind])}, station.id


def test_the_flood_gauges_know_what_feeds_them(network: Network) -> None:
    kim_long, phu_oc = network.stations["kim_long"], network.stations["phu_oc"]
    assert {u.station for u in kim_long.upstream} == {
        "thuong_nhat",
        "duong_hoa",
        "binh_dien_tv",
        "ta_trach",
        "binh_dien",
    }
    assert {u.station for u in phu_oc.upstream} == {"co_bi", "ta_luong", "huong_dien"}
    assert "rain_bach_ma" in kim_long.rain_gauges
    assert len(kim_long.covers) > 10


def test_reservoirs_carry_their_documented_facts(network: Network) -> None:
    facts = {s.id: (s.normal_level_m, s.volume_million_m3) for s in network.of_kind(StationKind.RESERVOIR)}
    assert facts == {"ta_trach": (45.0, 509.8), "binh_dien": (85.0, 423.0), "huong_dien": (58.0, 820.0)}


def test_what_really_happened_is_not_called_bad(network: Network) -> None:
    """The traps: a true rise of 2.35 m/h upstream, a flat peak of 5 h, 104.6 mm of rain in an hour, the records."""
    for station in network.of_kind(StationKind.RIVER):
        series = station.series_of("water_level")
        assert series is not None
        limits = series.limits
        assert limits.flat_suspect is not None
        assert limits.flat_suspect > timedelta(hours=5)
        assert limits.rate_suspect_per_h is not None
        mountain = station.id in {"thuong_nhat", "duong_hoa", "binh_dien_tv", "co_bi", "ta_luong"}
        assert limits.rate_suspect_per_h > (2.35 if mountain else 0.54)
        for thresholds in station.thresholds:
            highest = max((level for level in thresholds.levels_m if level is not None), default=None)
            if highest is not None and limits.fail_high is not None:
                assert limits.fail_high > highest + 2.0
    rain = network.stations["rain_nam_dong"].series_of("rainfall")
    assert rain is not None
    assert rain.limits.suspect_high is not None
    assert rain.limits.suspect_high > 2 * 104.6 / 6


def test_limits_lie_within_what_the_quantity_can_be(network: Network) -> None:
    for station in network.stations.values():
        for series in station.series:
            quantity = QUANTITIES[series.quantity]
            for limit in (series.limits.suspect_low, series.limits.suspect_high):
                assert limit is None or quantity.low <= limit <= quantity.high, (station.id, series.quantity)


def test_the_map_files_are_small_and_within_the_region(network: Network) -> None:
    total = 0
    for path in sorted((CONFIG / "geo").glob("*.geojson")):
        total += path.stat().st_size
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        assert features, path.name
        west, south, east, north = _bounds([shape(feature["geometry"]) for feature in features])
        region = network.region
        assert region.west - 0.3 < west < east < region.east + 0.3, path.name
        assert region.south - 0.3 < south < north < region.north + 0.3, path.name
    assert total < 300_000


def _bounds(shapes: list[BaseGeometry]) -> tuple[float, float, float, float]:
    bounds = [each.bounds for each in shapes]
    return (
        min(b[0] for b in bounds),
        min(b[1] for b in bounds),
        max(b[2] for b in bounds),
        max(b[3] for b in bounds),
    )


def test_hand_drawn_rivers_are_marked() -> None:
    features = json.loads((CONFIG / "geo" / "rivers.geojson").read_text(encoding="utf-8"))["features"]
    drawn = {f["properties"]["name_vi"] for f in features if f["properties"]["schematic"]}
    assert drawn == {"Sông Bồ", "Sông Hữu Trạch", "Sông Ô Lâu", "Sông Truồi"}


def test_each_map_file_has_its_source_and_licence() -> None:
    readme = (CONFIG / "geo" / "README.md").read_text(encoding="utf-8")
    for path in (CONFIG / "geo").glob("*.geojson"):
        assert f"| {path.name}" in readme


def test_a_network_without_ward_borders_loads_when_no_ward_is_named(tmp_path: Path) -> None:
    text = """
        [region]
        name_vi = "Nơi khác"
        name_en = "Elsewhere"
        south = 0.0
        west = 0.0
        north = 1.0
        east = 1.0
    """
    (tmp_path / "stations.toml").write_text(text, encoding="utf-8")
    empty = load_network(tmp_path)
    assert (empty.stations, empty.wards) == ({}, {})
