"""sources.toml: what it means, and that every fault is one line with file, key, value and remedy."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from domain.errors import ConfigurationError
from domain.network import load_network
from ingest.formats.registry import FORMATS
from ingest.sources import load_sources
from tests.unit.ingest.formats.given_sources import NOW, device, field, measured, readings, reasons, source, sources

CONFIG = Path(__file__).resolve().parents[3] / "config"


def test_without_a_file_the_native_contract_is_taken_in(tmp_path: Path) -> None:
    assert load_sources(tmp_path).subscriptions == [("ews/v1/#", 1)]


def test_the_shipped_file_takes_in_the_native_contract_and_shows_every_format() -> None:
    shipped = load_sources(CONFIG)
    assert shipped.subscriptions == [("ews/v1/#", 1)]
    assert shipped.of("ews/v1/kim_long/water_level") is None
    entries = tomllib.loads((CONFIG / "sources.toml").read_text(encoding="utf-8"))["source"]
    assert {entry["format"] for entry in entries} == {"native", *FORMATS}


def test_the_examples_name_gauges_and_quantities_of_the_network() -> None:
    stations = load_network(CONFIG).stations
    for entry in tomllib.loads((CONFIG / "sources.toml").read_text(encoding="utf-8"))["source"]:
        for one in entry.get("device", ()):
            measured_there = {series.quantity for series in stations[one["station"]].series}
            fields = [*one.get("field", ()), *entry.get("field", ())]
            assert {f["quantity"] for f in fields if "quantity" in f} <= measured_there, entry["name"]


def test_the_native_contract_can_be_switched_off_and_a_source_too() -> None:
    off = sources('[[source]]\nname = "native"\nformat = "native"\ntopic = "ews/v1/#"\nenabled = false\n')
    assert off.subscriptions == []
    other = sources(source("plain", "x/{device}", device(), enabled=False))
    assert other.switched_off == ["x/+"]
    found = other.of("x/d1")  # what a broker still sends is known, and ignored
    assert found is not None
    assert not found.enabled


def test_the_first_of_two_sources_that_match_takes_the_message() -> None:
    both = source("plain", "x/{device}", device(), field("value", "rainfall"))
    both += source("plain", "x/+", device(), field("value", "water_level")).replace('"s"', '"second"')
    found = sources(both).of("x/d1")
    assert found is not None
    assert found.name == "s"


def test_a_source_that_is_switched_off_goes_behind_one_that_is_not() -> None:
    both = source("plain", "x/{device}", device(), enabled=False)
    both += source("plain", "x/+", device()).replace('"s"', '"second"')
    found = sources(both).of("x/d1")
    assert found is not None
    assert found.name == "second"


def test_a_source_without_fields_understands_our_own_names() -> None:
    toml = source("plain", "x/{device}", device(), time=["arrival"])
    message = {"water_level": 3.58, "rainfall": "2.5", "seq": 7, "status": 1, "battery_v": 3.7}
    found = measured(toml, "x/d1", message)
    assert {(m.quantity, m.value, m.seq, m.status, m.battery_v) for _, m in found} == {
        ("water_level", 3.58, 7, "01", 3.7),
        ("rainfall", 2.5, 7, "01", 3.7),
    }


def test_fields_of_a_device_go_before_those_of_its_source() -> None:
    own = '[[source.device.field]]\nname = "d"\nquantity = "water_level"\nscale = -1\noffset = 5\n'
    toml = source("plain", "x/{device}", device(), own, device("d2", "phu_oc"), field("d", "water_level"))
    assert readings(toml, "x/d1", {"d": 2}) == [("kim_long", "water_level", 3.0)]
    assert readings(toml, "x/D2", {"d": 2}) == [("phu_oc", "water_level", 2.0)]


def test_of_several_fields_for_one_quantity_the_first_that_is_there_counts() -> None:
    toml = source("plain", "x/{device}", device(), field("a", "rainfall"), field("b", "rainfall"))
    assert readings(toml, "x/d1", {"a": 1, "b": 2}) == [("kim_long", "rainfall", 1.0)]
    assert readings(toml, "x/d1", {"b": 2}) == [("kim_long", "rainfall", 2.0)]


def test_unlisted_devices_may_be_stations() -> None:
    toml = source("plain", "x/{device}", unlisted_devices="station")
    assert readings(toml, "x/phu_oc", {"rainfall": 1}) == [("phu_oc", "rainfall", 1.0)]
    assert reasons(toml, "x/Phú Ốc", {"rainfall": 1}) == ["unknown_device"]
    assert reasons(source("plain", "x/{device}", device()), "x/phu_oc", {"rainfall": 1}) == ["unknown_device"]


@pytest.mark.parametrize(
    ("said", "minutes_ago"), [("2025-11-01T11:50:00Z", 10), ("1970-01-01T00:00:07Z", 0), ("2031-01-01T00:00:00Z", 0)]
)
def test_the_first_time_that_can_be_true_is_taken(said: str, minutes_ago: int) -> None:
    time = '[[source.field]]\nname = "t"\nrole = "time"\n'
    toml = source("plain", "x/{device}", device(), time, field("v", "rainfall"), time=["device", "arrival"])
    ((_, m),) = measured(toml, "x/d1", {"t": said, "v": 1})
    assert (NOW - m.observed_at).total_seconds() == 60 * minutes_ago


FAULTS = {
    "unknown key": (source("plain", "x/{device}", device(), topics="x"), "source[s].topics", "unknown key"),
    "format": ('[[source]]\nname = "s"\nformat = "xml"\ntopic = "x"\n', "source[s].format", "known are native"),
    "name": (source("plain", "x/{device}", device()).replace('"s"', '"S!"'), "source[S!].name", "lower-case"),
    "no topic": ('[[source]]\nname = "s"\nformat = "plain"\n', "source[s].topic", "is missing"),
    "topic": (source("plain", "x+/{device}", device()), "source[s].topic", "no topic filter"),
    "hash inside": (source("plain", "x/#/{device}", device()), "source[s].topic", "no topic filter"),
    "shared": (source("plain", "$share/a/{device}", device()), "source[s].topic", "no topic filter"),
    "native tree": (source("plain", "ews/v1/{device}", device()), "source[s].topic", "native contract"),
    "placeholder": (source("plain", "x/{station}", device()), "source[s].topic", "placeholders are"),
    "files": (source("plain", "x/{device}", device(), files="*.txt"), "source[s].files", "has no files"),
    "file device": (source("tt10", "*.txt", device()), "source[s].files", "{device}"),
    "time": (source("plain", "x/{device}", device(), time=["sun"]), "source[s].time[0]", "device"),
    "time twice": (source("plain", "x/{device}", device(), time=["device", "device"]), "source[s].time", "2 times"),
    "no time": (source("plain", "x/{device}", device(), time=[]), "source[s].time", "at least 1"),
    "offset": (source("plain", "x/{device}", device(), utc_offset="7"), "source[s].utc_offset", "+07:00"),
    "no devices": (source("plain", "x/{device}"), "source[s].device", "unlisted_devices"),
    "device twice": (source("plain", "x/{device}", device("A"), device("a")), "source[s].device.id", "unique"),
    "station": (source("plain", "x/{device}", device(station="Kim Long")), "station", "station id"),
    "vendor": (source("ttn", "x", device(), vendor="acme"), "source[s].vendor", "decentlab"),
    "vendor elsewhere": (source("plain", "x", device(), vendor="decentlab"), "source[s].vendor", "ttn"),
    "model": (source("ttn", "x", device(model="DL-X"), vendor="decentlab"), "source[s].device[d1].model", "DL-MBX"),
    "no model": (source("ttn", "x", device(), vendor="decentlab"), "source[s].device[d1].model", "DL-MBX"),
    "model alone": (source("ttn", "x", device(model="DL-MBX")), "source[s].device[d1].model", "vendor"),
    "parameters": (
        source("ttn", "x", device(model="DL-PR26"), "parameters = { Pmid = 1 }\n", vendor="decentlab"),
        "source[s].device[d1].parameters",
        "Pmin, Pmax",
    ),
    "quantity": (source("plain", "x", device(), field("a", "depth")), "source[s].field[a].quantity", "water_level"),
    "unit": (source("plain", "x", device(), field("a", "rainfall", unit="mm/h")), "source[s].field[a].unit", "mm"),
    "scale": (source("plain", "x", device(), field("a", "rainfall", scale=0)), "source[s].field[a].scale", "same"),
    "path": (
        source("plain", "x", device(), '[[source.field]]\npath = "$["\nquantity = "rainfall"\n'),
        "source[s].field[$[].path",
        "JSONPath",
    ),
    "name and path": (source("plain", "x", device(), field("a", "rainfall", path="$.a")), "field[a]", "either"),
    "nothing": (source("plain", "x", device(), '[[source.field]]\nname = "a"\n'), "field[a]", "quantity"),
    "twice": (source("plain", "x", device()) * 2, "source.name", "unique"),
    "native mapping": (
        '[[source]]\nname = "n"\nformat = "native"\ntopic = "ews/v1/#"\nutc_offset = "+07:00"\n',
        "source[n].utc_offset",
        "no mapping",
    ),
    "native topic": ('[[source]]\nname = "n"\nformat = "native"\ntopic = "x"\n', "source[n].topic", "ews/v1/#"),
}


@pytest.mark.parametrize(("toml", "key", "remedy"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_named(toml: str, key: str, remedy: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        sources(toml)
    assert caught.value.place.endswith("sources.toml")
    assert key in caught.value.key
    assert remedy in caught.value.remedy
    assert "\n" not in str(caught.value)
