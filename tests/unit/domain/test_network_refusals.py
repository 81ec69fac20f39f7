"""A wrong stations.toml or wards.geojson is refused with file, key, value and remedy, and with no other exception."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import ConfigurationError
from domain.network import Network, load_network

SMALL = """\
[region]
name_vi = "Huế"
name_en = "Hue"
south = 15.0
west = 107.0
north = 17.0
east = 109.0

[[series_set.level]]
quantity = "water_level"
cadence_min = 10
limits = { suspect_low = -1.0, suspect_high = 7.0, fail_high = 9.0, rate_suspect_per_h = 1.0, flat_tolerance = 0.0, flat_suspect_h = 12 }

[[station]]
id = "low"
name_vi = "Hạ lưu"
name_en = "Low"
kind = "river"
lat = 16.5
lon = 107.5
ward = "1"
covers = ["1", "2"]
upstream = [{ station = "high", lag_h = 3.5 }]
rain_gauges = ["rain"]
series_set = "level"
simulated = true
verified = false
source = "a test"

[[station.thresholds]]
valid_from = 2020-03-20
datum = "gauge zero"
bd1_m = 0.0
bd2_m = 2.0
bd3_m = 3.5
record_m = 5.81
record_year = 1999
source = "a test"
verified = false

[[station.thresholds]]
valid_from = 2025-03-20
datum = "gauge zero"
bd2_m = 2.0
source = "a test"
verified = false

[[station]]
id = "high"
name_vi = "Thượng lưu"
name_en = "High"
kind = "reservoir"
lat = 16.2
lon = 107.7
normal_level_m = 45.0
volume_million_m3 = 509.8
series_set = "level"
simulated = true
verified = false
source = "a test"

[[station]]
id = "rain"
name_vi = "Mưa"
name_en = "Rain"
kind = "rain"
lat = 16.2
lon = 107.7
simulated = true
verified = false
source = "a test"

[[station.series]]
quantity = "rainfall"
cadence_min = 10
"""


def _square(west: float) -> dict[str, Any]:
    ring = [[west, 16.0], [west + 1, 16.0], [west + 1, 17.0], [west, 17.0], [west, 16.0]]
    return {"type": "Polygon", "coordinates": [ring]}


def _ward(code: str, west: float) -> dict[str, Any]:
    names = {"name_vi": "Một", "full_name_vi": "Phường Một", "name_en": "One", "full_name_en": "One Ward"}
    properties = {"code": code, **names, "kind": "ward", "area_km2": 1.0, "lat": 16.5, "lon": west + 0.5}
    return {"type": "Feature", "properties": properties, "geometry": _square(west)}


WARDS = {"type": "FeatureCollection", "features": [_ward("1", 107.0), _ward("2", 108.0)]}


def load(stations: str | bytes, wards: object = WARDS) -> Network:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "geo").mkdir()
        text = wards if isinstance(wards, str) else json.dumps(wards)
        (root / "geo" / "wards.geojson").write_text(text, encoding="utf-8")
        content = stations.encode() if isinstance(stations, str) else stations
        (root / "stations.toml").write_bytes(content)
        return load_network(root)


def test_the_small_network_is_right_before_it_is_made_wrong() -> None:
    network = load(SMALL)
    assert list(network.stations) == ["low", "high", "rain"]
    assert network.stations["high"].covers == ()
    assert network.stations["low"].covers == ("1", "2")


def test_a_threshold_of_zero_stays_a_threshold() -> None:
    thresholds = load(SMALL).stations["low"].thresholds[0]
    assert thresholds.bd1_m == 0.0
    assert thresholds.bd1_m is not None


def test_a_level_left_out_is_not_known_and_not_zero() -> None:
    later = load(SMALL).stations["low"].thresholds[1]
    assert (later.bd1_m, later.bd3_m, later.record_m) == (None, None, None)


#: What is replaced, by what, the key the error names, and a word of its remedy.
WRONG = [
    ('kind = "river"', 'kind = "rivr"', "station[low].kind", "'river'"),
    ("bd1_m = 0.0", "bd_1_m = 0.0", "station[low].thresholds[0].bd_1_m", "unknown key"),
    ("bd1_m = 0.0", 'bd1_m = "0,0"', "station[low].thresholds[0].bd1_m", "number"),
    ("bd1_m = 0.0", "bd1_m = true", "station[low].thresholds[0].bd1_m", "number"),
    ("bd1_m = 0.0", "bd1_m = nan", "station[low].thresholds[0].bd1_m", "finite"),
    ("bd1_m = 0.0", "bd1_m = 2.5", "station[low].thresholds[0].bd2_m", "must be above bd1_m = 2.5"),
    ("bd2_m = 2.0\nbd3", "bd2_m = 0.0\nbd3", "station[low].thresholds[0].bd2_m", "must be above bd1_m = 0.0"),
    ("bd3_m = 3.5", "bd3_m = 2.0", "station[low].thresholds[0].bd3_m", "must be above bd2_m"),
    ("record_m = 5.81", "record_m = 3.0", "station[low].thresholds[0].record_m", "must be above bd3_m"),
    ("suspect_low = -1.0", "fail_low = 0.1", "station[low].thresholds[0].bd1_m", "outside 0.1 to 9.0 fail"),
    ("suspect_high = 7.0, fail_high = 9.0", "fail_high = 2.5", "station[low].thresholds[0].bd3_m", "fail_high of water_level"),
    ("suspect_high = 7.0, fail_high = 9.0", "fail_high = 3.5", "station[low].thresholds[0].bd3_m", "outside -5.0 to 3.5"),
    ("suspect_high = 7.0, fail_high = 9.0", "fail_high = 4.0", "station[low].thresholds[0].record_m", "correct it"),
    ("bd1_m = 0.0", "bd1_m = -260.0", "station[low].thresholds[0].bd1_m", "outside -5.0 to 9.0"),
    ("bd2_m = 2.0\nsource", "bd2_m = 260.0\nsource", "station[low].thresholds[1].bd2_m", "correct it"),
    ("record_year = 1999\n", "", "station[low].thresholds[0].record_m", "go together"),
    ("record_m = 5.81\n", "", "station[low].thresholds[0].record_year", "go together"),
    ("valid_from = 2020-03-20", "valid_from = 2020-03-20T00:00:00", "station[low].thresholds[0].valid_from", "date"),
    ("valid_from = 2020-03-20", 'valid_from = "2020-03-20"', "station[low].thresholds[0].valid_from", "date"),
    ("valid_from = 2020-03-20", "valid_from = 2020-02-30", "syntax", "correct the TOML"),
    ("valid_from = 2025-03-20", "valid_from = 2020-03-20", "station[low].thresholds", "must be after 2020-03-20"),
    ("valid_from = 2025-03-20", "valid_from = 2019-03-20", "station[low].thresholds", "must be after"),
    ('datum = "gauge zero"\nbd1', "bd1", "station[low].thresholds[0].datum", "is missing"),
    ("verified = false\nsource", "source", "station[low].verified", "is missing"),
    ('source = "a test"\n', 'source = ""\n', "station[low].source", "at least 1 character"),
    ('id = "high"', 'id = "low"', "station.id", "stands 2 times"),
    ('id = "high"', 'id = "Thượng"', "station[Thượng].id", "match pattern"),
    ('id = "high"', 'id = "a/b"', "station[a/b].id", "match pattern"),
    ('id = "high"', 'id = "high\\n"', "station[high?].id", "match pattern"),
    ('name_en = "High"', 'name_en = "Hi\\u0000gh"', "station[high].name_en", "control characters"),
    ("lat = 16.5", "lat = 61.5", "station[low].lat", "outside the region"),
    ("lon = 107.5", "lon = 10.75", "station[low].lon", "outside the region"),
    ("lat = 16.5", "lat = 165.0", "station[low].lat", "less than or equal to 90"),
    ("lon = 107.5", "lon = 108.5", "station[low].ward", "lies in 2"),
    ("lat = 16.5", "lat = 15.5", "station[low].ward", "lies in no ward"),
    ('ward = "1"', 'ward = "9"', "station[low].ward", "unknown ward"),
    ('covers = ["1", "2"]', 'covers = ["1", "9"]', "station[low].covers", "unknown ward"),
    ('covers = ["1", "2"]', 'covers = ["1", "1"]', "station[low].covers", "stands 2 times"),
    ('station = "high"', 'station = "hihg"', "station[low].upstream", "no station has this id"),
    ('station = "high"', 'station = "low"', "station[low].upstream", "circle"),
    ("lag_h = 3.5", "lag_h = -1", "station[low].upstream[0].lag_h", "greater than or equal to 0"),
    ("lag_h = 3.5", "lag_h = 1e300", "station[low].upstream[0].lag_h", "less than or equal to 240"),
    ('rain_gauges = ["rain"]', 'rain_gauges = ["high"]', "station[low].rain_gauges", "measures rainfall"),
    ('rain_gauges = ["rain"]', 'rain_gauges = ["dry"]', "station[low].rain_gauges", "measures rainfall"),
    ('quantity = "rainfall"', 'quantity = "rain"', "station[rain].series[0].quantity", "known are co,"),
    ('quantity = "water_level"', 'quantity = "rainfall"', "station[low].thresholds", "does not measure water_level"),
    ('series_set = "level"\nsimulated', 'series_set = "lvl"\nsimulated', "station[low].series_set", "known are level"),
    ('series_set = "level"\nsimulated', "simulated", "station[low].id", "measures nothing"),
    ('source = "a test"\n\n[[station.series]]', 'source = "a test"\nseries_set = "level"\n\n[[station.series]]', "station[rain].series_set", "keep one"),
    ("cadence_min = 10\nlimits", "cadence_min = 0\nlimits", "series_set.level[0].cadence_min", "greater than or equal"),
    ("cadence_min = 10\nlimits", "cadence_min = -10\nlimits", "series_set.level[0].cadence_min", "greater than or equal"),
    ("suspect_low = -1.0", "suspect_low = 8.0", "series_set.level[0].limits.suspect_low", "not be above suspect_high"),
    ("fail_high = 9.0", "fail_high = 6.0", "series_set.level[0].limits.suspect_high", "not be above fail_high"),
    ("fail_high = 9.0", "fail_high = 0.0", "series_set.level[0].limits.suspect_high", "not be above fail_high = 0.0"),
    ("rate_suspect_per_h = 1.0", "rate_suspect_per_h = 0.0", "series_set.level[0].limits.rate_suspect_per_h", "greater than 0"),
    ("flat_tolerance = 0.0, ", "", "series_set.level[0].limits.flat_suspect_h", "needs flat_tolerance"),
    ('kind = "reservoir"', 'kind = "river"', "station[high].normal_level_m", "only a reservoir"),
    ("south = 15.0", "south = 18.0", "region.south", "must be below north"),
    ('[region]\nname_vi = "Huế"', "[region]", "region.name_vi", "is missing"),
    ("[region]", "[regoin]", "regoin", "unknown key; known are region, series_set, station"),
    ('kind = "river"', "kind = river", "syntax", "correct the TOML"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "key", "remedy"), WRONG)
def test_refused(right: str, wrong: str, key: str, remedy: str) -> None:
    assert right in SMALL
    with pytest.raises(ConfigurationError) as refused:
        load(SMALL.replace(right, wrong, 1))
    error = refused.value
    assert error.key == key
    assert remedy in error.remedy
    assert error.place.endswith("stations.toml")


def test_a_level_outside_the_limits_of_the_quantity_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "geo").mkdir()
    (tmp_path / "geo" / "wards.geojson").write_text(json.dumps(WARDS), encoding="utf-8")
    text = SMALL.replace("suspect_low = -1.0, suspect_high = 7.0, fail_high = 9.0, ", "")
    (tmp_path / "stations.toml").write_text(text, encoding="utf-8")
    (tmp_path / "quality.toml").write_text("[quantity.water_level]\nfail_high = 3.0\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_network(tmp_path)
    assert (refused.value.key, refused.value.value) == ("station[low].thresholds[0].bd3_m", 3.5)


def test_the_line_of_a_syntax_error_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"line 3"):
        load(SMALL.replace('name_en = "Hue"', "name_en = Hue", 1))


def test_one_fault_is_shown_and_the_others_are_counted() -> None:
    with pytest.raises(ConfigurationError, match=r"unknown key.*\(and 1 more\)"):
        load(SMALL.replace("bd1_m", "bd_1_m").replace('kind = "rain"', 'kinds = "rain"'))


def test_a_circle_over_two_stations_is_refused() -> None:
    back = 'series_set = "level"\nupstream = [{ station = "low", lag_h = 1 }]\nsimulated = true\nverified = false\nsource = "a test"\n\n[[station]]\nid = "rain"'
    with pytest.raises(ConfigurationError, match="circle"):
        load(
            SMALL.replace(
                'series_set = "level"\nsimulated = true\nverified = false\nsource = "a test"\n\n[[station]]\nid = "rain"',
                back,
            )
        )


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"stations\.toml: file .*readable"):
        load_network(tmp_path)


def test_a_ward_without_borders_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stations.toml").write_text(SMALL, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"there is no geo/wards\.geojson"):
        load_network(tmp_path)


@pytest.mark.parametrize(
    "wards",
    [
        "",
        "[]",
        "{}",
        '{"features": [1]}',
        '{"features": [{"properties": [], "geometry": {}}]}',
        {"features": [_ward("1", 107.0), _ward("1", 108.0)]},
        {"features": [_ward("1", 107.0) | {"geometry": {"type": "Point", "coordinates": [1, 2]}}]},
        {"features": [_ward("1", 107.0) | {"geometry": {"type": "Polygon", "coordinates": [[["a", 2]]]}}]},
        {"features": [_ward("1", 107.0) | {"geometry": {"type": "Polygon", "coordinates": [[[10**400, 2]]]}}]},
        {"features": [_ward(None, 107.0)]},  # type: ignore[arg-type]
    ],
)
def test_wrong_borders_are_refused(wards: object) -> None:
    with pytest.raises(ConfigurationError, match=r"wards\.geojson"):
        load(SMALL, wards)


_KEY = re.compile(r"(\w+) = ")
_VALUE = re.compile(r"(?<= = )[^\n]+")
_KEYS = list(_KEY.finditer(SMALL))
_VALUES = list(_VALUE.finditer(SMALL))
_LINES = SMALL.splitlines(keepends=True)

_ODD_VALUES = [
    "0",
    "0.0",
    "-1",
    "1e308",
    "nan",
    "inf",
    "-inf",
    "true",
    "[]",
    "{}",
    '""',
    "1979-05-27",
    "07:32:00",
    "2020-03-20T00:00:00",
    "2020-03-20T00:00:00+07:00",
    "2020-13-45",
    "0x7fffffffffffffff",
    '[""]',
    "[[]]",
    "[{}]",
    '{station="low"}',
    '"low"',
    '"1"',
    '"\\u0000"',
    '"water_level"',
    "'''",
    "1.0.0",
    "=",
    '"unfinished',
]
_toml_values = st.one_of(
    st.sampled_from([*_ODD_VALUES, "9" * 400, "9" * 5000, "[" * 2000 + "]" * 2000]),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text(max_size=20).map(json.dumps),
)


def _network_or_refusal(stations: str | bytes) -> None:
    message = "stations.toml"
    try:
        load(stations)
    except ConfigurationError as error:
        message = str(error)
    assert "\n" not in message, "one clear line"
    assert "stations.toml" in message


@settings(max_examples=150, deadline=None)
@given(where=st.sampled_from(_KEYS), suffix=st.sampled_from(["_", "x", "_m", "2", "s"]))
def test_every_key_that_is_misspelt_is_refused(where: re.Match[str], suffix: str) -> None:
    with pytest.raises(ConfigurationError):
        load(SMALL[: where.end(1)] + suffix + SMALL[where.end(1) :])


@settings(max_examples=400, deadline=None)
@given(where=st.sampled_from(_VALUES), value=_toml_values)
def test_any_value_loads_or_is_refused(where: re.Match[str], value: str) -> None:
    _network_or_refusal(SMALL[: where.start()] + value + SMALL[where.end() :])


@settings(max_examples=200, deadline=None)
@given(lines=st.lists(st.sampled_from(_LINES), max_size=12), dropped=st.integers(0, len(_LINES) - 1))
def test_any_lines_load_or_are_refused(lines: list[str], dropped: int) -> None:
    _network_or_refusal("".join(_LINES[:dropped] + _LINES[dropped + 1 :] + lines))


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, len(SMALL.encode())), junk=st.binary(max_size=4), cut=st.integers(0, 40))
def test_any_bytes_load_or_are_refused(at: int, junk: bytes, cut: int) -> None:
    content = SMALL.encode()
    _network_or_refusal(content[:at] + junk + content[at + cut :])
