"""A fleet's content is decided by its seed, its truth adds up, and ingest reads every dialect as it was meant."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from domain.errors import ConfigurationError, UnreadableMessageError
from domain.quantities import QUANTITIES
from domain.stations import Series, Station, StationKind
from ingest.formats.native import Measurement, Refusal, decode
from ingest.formats.registry import FORMATS
from ingest.formats.uplink import Message
from ingest.mapping import Routed, readings_of
from ingest.routing import Sources
from ingest.sources import load_sources
from simulators.field.faults import Fault, FaultKind, FaultTable, draw_faults, faults_of
from simulators.field.fleet import FieldFleet, FleetPlan
from simulators.field.network import PERFECT, LinkDown, Network
from simulators.field.reading import Departure
from simulators.field.traits import Traits
from simulators.field.truth import RunFacts, Truth, load_truth, write_truth
from simulators.noise import Integers
from simulators.terrain import Floats

START = datetime(2025, 10, 25, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = 24 * HOUR
QUANTITY_SETS = (("water_level",), ("rainfall",), ("wind_speed", "pressure"), ("pm2_5", "pm10"))
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


class Waves:
    """A nature of slow waves, another at every station."""

    def values(self, station: str, quantity: str, at_s: Integers) -> Floats:
        phase, unit = len(station) + int(station[1:]), QUANTITIES[quantity]
        middle = {"rainfall": 5.0, "pressure": 1000.0}.get(quantity, 3.0)
        return np.round(middle + np.sin(at_s / 20_000 + phase), unit.decimals)


def network_of(count: int) -> list[Station]:
    return [
        Station(
            id=f"s{number}",
            name_vi="Trạm",
            name_en="Station",
            kind=StationKind.RIVER,
            lat=16.4,
            lon=107.5,
            series=tuple(
                Series(quantity=quantity, cadence=timedelta(minutes=10)) for quantity in QUANTITY_SETS[number % 4]
            ),
            simulated=True,
            verified=False,
            source="test",
        )
        for number in range(count)
    ]


def plan(count: int = 8, **otherwise: object) -> FleetPlan:
    base = FleetPlan(
        stations=network_of(count), nature=Waves(), starts=START, ends=START + DAY, seed=3, network=PERFECT
    )
    return replace(base, **otherwise)  # type: ignore[arg-type]


def played(of: FleetPlan) -> tuple[list[Departure], Truth]:
    fleet = FieldFleet(of)
    found = []
    for departure in fleet.departures():
        fleet.ledger.left(departure)
        found.append(departure)
    facts = RunFacts(seed=of.seed, starts=of.starts, ends=of.ends, devices=len(of.stations))
    return found, fleet.ledger.truth(facts)


def fault(kind: FaultKind, station: str, *, size: float = 0.0, quantity: str | None = None, hours: float = 4) -> Fault:
    starts = START + 10 * HOUR
    return Fault(
        id=kind, station=station, kind=kind, starts=starts, ends=starts + hours * HOUR, quantity=quantity, size=size
    )


def test_the_same_seed_says_the_same_and_another_something_else() -> None:
    rough = Network(loss=0.1, duplicates=0.1, disorder=0.1)
    faults = draw_faults(network_of(8), START, START + DAY, 3, kinds=[FaultKind.SPIKE, FaultKind.MALFORMED])
    assert len(faults) == 2
    once = played(plan(network=rough, faults=faults))
    assert played(plan(network=rough, faults=faults)) == once
    assert played(plan(network=rough, faults=faults, seed=4))[0] != once[0]
    leaving = [departure.at_s for departure in once[0]]
    assert leaving == sorted(leaving)


def test_bad_weather_on_the_way_is_all_accounted_for(tmp_path: Path) -> None:
    """Loss, repetition, disorder, an outage of all with a storm of reconnections, a small memory, an empty battery."""
    down = LinkDown(starts_s=(START + 5 * HOUR).timestamp(), ends_s=(START + 9 * HOUR).timestamp(), storm_s=20.0)
    traits = [Traits(station=f"s{n}", buffer=10 if n == 1 else 500) for n in range(8)]
    traits[3] = Traits(station="s3", cell_days=0.5, cell_began_s=START.timestamp(), changed_after_s=7200.0)
    rough = Network(loss=0.2, duplicates=0.2, disorder=0.1, down=(down,))
    found, truth = played(plan(network=rough, traits=traits))
    assert all(s.measured == s.sent + s.lost + s.unreadable for s in truth.series)
    assert truth.sent["s0", "water_level"].lost == 0
    assert truth.sent["s1", "rainfall"].lost == 24 - 10
    assert sum(departure.again for departure in found) > 100
    away = [d for d in found if down.starts_s + 400 < d.at_s < down.ends_s]
    assert away == []
    storm = [d for d in found if down.ends_s <= d.at_s <= down.ends_s + 20.0]
    assert {d.station for d in storm} == {f"s{n}" for n in range(8)}
    assert [f.kind for f in truth.faults] == [FaultKind.SILENT]
    assert (truth.faults[0].station, truth.faults[0].readings) == ("s3", 2 * 12)
    volts = [r.battery_v for d in found if d.station == "s3" for r in d.written.readings]
    assert min(volts) < 3.2
    assert max(volts) > 4.0
    write_truth(tmp_path / "truth.jsonl", truth)
    assert load_truth(tmp_path / "truth.jsonl") == truth
    (tmp_path / "truth.jsonl").write_text('{"is":"fault"}\n')
    with pytest.raises(ConfigurationError, match=r"line 1.*play it again"):
        load_truth(tmp_path / "truth.jsonl")


def test_each_fault_does_what_its_name_says() -> None:
    traits = [Traits(station=f"s{n}") for n in range(12)]
    faults = [
        fault(FaultKind.SPIKE, "s0", size=2.0, quantity="water_level"),
        fault(FaultKind.DRIFT, "s4", size=1.0, quantity="water_level"),
        fault(FaultKind.FLOODED_OUT, "s8", hours=12),
        fault(FaultKind.UNIT, "s1", size=100.0, quantity="rainfall"),
        fault(FaultKind.BIAS, "s5", size=1.0, quantity="rainfall"),
        fault(FaultKind.CLOCK_SKEW, "s2", size=-3000.0),
        fault(FaultKind.MALFORMED, "s6"),
        fault(FaultKind.WRONG_STATION, "s10"),
        fault(FaultKind.FLAT, "s3", quantity="pm10"),
        fault(FaultKind.ZERO, "s7", quantity="pm10"),
    ]
    clean, _ = played(plan(12, traits=traits))
    found, truth = played(plan(12, traits=traits, faults=faults))
    good = {(d.station, r.quantity, r.at_s): r.value for d in clean for r in d.written.readings}
    off: dict[str, list[float]] = {}
    for departure in found:
        for r in departure.written.readings:
            key = (departure.station, r.quantity, r.at_s)
            if good.get(key) != r.value and departure.unreadable is None and key in good:
                off.setdefault(departure.station, []).append(round(r.value - good[key], 2))
    by_kind = {f.kind: f for f in truth.faults}
    assert set(by_kind) == {f.kind for f in faults}
    assert off["s0"] == [2.0]
    assert off["s4"] == sorted(off["s4"])
    assert off["s4"][-1] == pytest.approx(1.0, abs=0.06)
    assert set(off["s5"]) == {1.0}
    assert len(off["s5"]) == 24 - 6
    assert by_kind[FaultKind.BIAS].readings == 24
    levels = [(r.at_s, r.value) for d in found if d.station == "s8" for r in d.written.readings]
    last = max(at_s for at_s, _ in levels if at_s < (START + 22 * HOUR).timestamp())
    window = [v for at_s, v in levels if (START + 10 * HOUR).timestamp() <= at_s <= last]
    assert window[-1] == max(window)
    assert by_kind[FaultKind.FLOODED_OUT].readings >= 36
    late = {r.at_s % 600 for d in found if d.station == "s2" for r in d.written.readings}
    assert len(late) == 1  # 3000 s are whole marks: revisions
    s2 = truth.sent["s2", "wind_speed"]
    assert s2.measured == s2.sent == 145 - 5 - 0  # five came twice
    flat = [r.value for d in found if d.station == "s3" for r in d.written.readings if r.faults]
    assert len(set(flat)) == 1
    zero = [r.value for d in found if d.station == "s7" for r in d.written.readings if r.faults]
    assert set(zero) == {0.0}
    garbled = [d for d in found if d.unreadable is not None]
    assert by_kind[FaultKind.MALFORMED].messages + by_kind[FaultKind.WRONG_STATION].messages == len(garbled) > 40
    for departure in garbled:
        if departure.station == "s6":
            assert _all_refused(departure)
        else:
            assert departure.written.topic.split("/")[2] == "s10_x"


def _all_refused(departure: Departure) -> bool:
    quantity = departure.written.topic.split("/")[3] if departure.written.topic.count("/") > 2 else None
    try:
        outcomes = decode(departure.written.payload, quantity, START + 2 * DAY)
    except UnreadableMessageError:
        return True
    return all(isinstance(one, Refusal) for one in outcomes)


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


def test_faults_of_a_file_are_named_when_they_cannot_be() -> None:
    stations = {station.id: station for station in network_of(2)}
    table = FaultTable(station="s0", kind="drift", starts=START, ends=START + DAY)
    (one,) = faults_of([table], stations, Path("x.toml"))
    assert (one.kind, one.quantity, one.size) == (FaultKind.DRIFT, "water_level", 1.25)
    for wrong, said in (
        ({"kind": "melt"}, r"fault\[1\].kind = 'melt': unknown; known are spike"),
        ({"station": "nowhere"}, r"fault\[1\].station = 'nowhere'"),
        ({"quantity": "pm10"}, r"s0 does not measure it"),
        ({"ends": START}, r"fault\[1\].ends .* after"),
    ):
        with pytest.raises(ConfigurationError, match=said):
            faults_of([table.model_copy(update=wrong)], stations, Path("x.toml"))
