"""Ingest reads every dialect of a fleet as it was meant."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.errors import ConfigurationError
from ingest.formats.native import Measurement, decode
from ingest.formats.registry import FORMATS
from ingest.formats.uplink import Message
from ingest.mapping import Routed, readings_of
from ingest.routing import Sources
from ingest.sources import load_sources
from simulators.field.reading import Departure
from tests.unit.simulators.field.given_fleet import DAY, plan, played

SOURCES = """
[[source]]
name = "lora"
format = "ttn"
topic = "v3/hue@ttn/devices/+/up"
time = ["device", "gateway"]
[[source.device]]
id = "eui-1"
station = "s0"
[[source.field]]
name = "distance"
quantity = "water_level"
unit = "mm"
scale = -1
offset = 8.42

[[source]]
name = "radar"
format = "ttn"
topic = "v3/radar@ttn/devices/+/up"
vendor = "decentlab"
[[source.device]]
id = "eui-9"
station = "s12"
model = "DL-RAD"
[[source.device.field]]
name = "Distance"
quantity = "water_level"
scale = -1
offset = 8.42
[[source.field]]
name = "Battery voltage"
role = "battery_v"

[[source]]
name = "chirp"
format = "chirpstack"
topic = "application/+/device/+/event/+"
[[source.device]]
id = "2cf7f1c044300279"
station = "s1"
[[source.field]]
path = "$.object.messages[?@.measurementId=='4113'].measurementValue"
quantity = "rainfall"

[[source]]
name = "loggers"
format = "senml"
topic = "senml/#"
[[source.device]]
id = "urn:dev:ow:10e2073a01080063"
station = "s2"

[[source]]
name = "ogc"
format = "sensorthings"
topic = "v1.1/Datastreams({device})/Observations"
[[source.device]]
id = "999"
station = "s4"
[[source.device.field]]
name = "value"
quantity = "water_level"
unit = "cm"

[[source]]
name = "things"
format = "thingsboard"
topic = "v1/gateway/telemetry"
[[source.device]]
id = "Rain gauge 7"
station = "s5"

[[source]]
name = "tasmota"
format = "plain"
topic = "tele/{device}/SENSOR"
utc_offset = "+07:00"
[[source.device]]
id = "mast"
station = "s6"
[[source.field]]
name = "Time"
role = "time"
[[source.field]]
path = "$.BME280.Pressure"
quantity = "pressure"
unit = "Pa"
[[source.field]]
path = "$.wind[0]"
quantity = "wind_speed"
unit = "km/h"

[[source]]
name = "community"
format = "sensor_community"
topic = "sensor_community/{device}"
[[source.device]]
id = "1234567"
station = "s7"

[[source]]
name = "esphome"
format = "plain"
topic = "{device}/sensor/{field}/state"
[[source.device]]
id = "gauge"
station = "s8"
[[source.field]]
name = "water_distance"
quantity = "water_level"
unit = "cm"
scale = -1
offset = 6.10
"""


def test_ingest_reads_every_dialect_as_it_was_meant(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(
        '[[source]]\nname = "native"\nformat = "native"\ntopic = "ews/v1/#"\n' + SOURCES
    )
    sources = load_sources(tmp_path)
    found, truth = played(plan(16, sources=tmp_path / "sources.toml", seed=5))
    assert {one.source for one in truth.sources} == set(sources.served)
    heard: Counter[str] = Counter()
    for departure in found:
        said = [(r.quantity, r.at_s, pytest.approx(r.value)) for r in departure.written.readings]
        assert sorted(_read(departure, sources)) == sorted(said, key=lambda one: one[:2]), departure
        heard[departure.source] += len(said)
    assert min(heard.values()) >= 145
    assert sum(heard.values()) == sum(one.sent for one in truth.series)


def test_what_no_simulated_device_speaks_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    for old, new, said in (
        ('model = "DL-RAD"', 'model = "DL-PR26"', r"device\[eui-9\].model = 'DL-PR26': .*decentlab DL-RAD alone"),
        ('format = "senml"', 'format = "tt10"', r"source\[loggers\].format = 'tt10': .*with senml"),
    ):
        assert old in SOURCES
        path.write_text(SOURCES.replace(old, new))
        with pytest.raises(ConfigurationError, match=said):
            played(plan(16, sources=path))


def _read(departure: Departure, sources: Sources) -> list[tuple[str, int, float]]:
    """What ingest makes of a message; of one without a time, the time that it has by arriving."""
    topic, payload = departure.written.topic, departure.written.payload
    source = sources.of(topic)
    assert sources.name_of(topic) == departure.source
    arrival = datetime.fromtimestamp(departure.written.readings[-1].at_s, UTC)
    if source is None:
        quantity = topic.split("/")[3] if topic.count("/") > 2 else None
        outcomes = decode(payload, quantity, arrival + DAY)
        assert topic.split("/")[2] == departure.station
        assert all(isinstance(one, Measurement) for one in outcomes), payload
        return [(one.quantity, round(one.observed_at.timestamp()), one.value) for one in outcomes]  # type: ignore[union-attr]
    assert source.topic is not None
    names = source.topic.names(topic)
    assert names is not None, topic
    message = Message(topic=topic, payload=payload, received_at=arrival, names=names)
    found = []
    for uplink in FORMATS[source.format].decode(message, source):
        for one in readings_of(uplink, source, message):  # type: ignore[arg-type]
            assert isinstance(one, Routed), one
            assert one.station == departure.station
            found.append(
                (one.measurement.quantity, round(one.measurement.observed_at.timestamp()), one.measurement.value)
            )
    return found
