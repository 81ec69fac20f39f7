"""SensorThings, ThingsBoard, sensor.community, plain topics, and the files of Thông tư 10/2021."""

from datetime import UTC, datetime

import pytest

from domain.errors import UnreadableMessageError
from tests.unit.ingest.formats.given_sources import (
    NOW,
    device,
    field,
    measured,
    readings,
    reasons,
    source,
    sources,
    taken,
)

SIX = datetime(2025, 10, 27, 6, tzinfo=UTC)
THINGS = source("sensorthings", "v1.1/Datastreams({device})/Observations", device("999"), field("value", "water_level"))
THINGS_TOPIC = "v1.1/Datastreams(999)/Observations"


@pytest.mark.parametrize(
    "observation",
    [
        {"result": 3.58, "phenomenonTime": "2025-10-27T13:00:00+07:00"},
        {"result": "3.58", "phenomenonTime": "2025-10-27T05:00:00Z/2025-10-27T06:00:00Z"},
        {"result": 3.58, "phenomenonTime": None, "resultTime": "2025-10-27T06:00:00.000Z"},
        {"result": 358, "resultTime": "2025-10-27T06:00:00Z", "Datastream": {"unitOfMeasurement": {"symbol": "cm"}}},
    ],
)
def test_an_observation(observation: dict[str, object]) -> None:
    ((routed, m),) = measured(THINGS, THINGS_TOPIC, observation)
    assert (routed.station, m.value, m.observed_at) == ("kim_long", 3.58, SIX)


def test_collections_and_data_arrays_of_several_datastreams() -> None:
    toml = source("sensorthings", "things/#", device("1", "a"), device("2", "b"), field("value", "water_level"))
    collection = {
        "value": [{"Datastream": {"@iot.id": n}, "result": n, "phenomenonTime": "2025-10-27T06:00:00Z"} for n in (1, 2)]
    }
    assert readings(toml, "things/x", collection) == [("a", "water_level", 1.0), ("b", "water_level", 2.0)]
    rows = [["2025-10-27T06:00:00Z", 1.5], ["2025-10-27T06:10:00Z", 1.6]]
    block = {"Datastream": {"@iot.id": 1}, "components": ["phenomenonTime", "result"], "dataArray": rows}
    assert [m.value for _, m in measured(toml, "things/x", [block])] == [1.5, 1.6]
    link = {
        "Datastream@iot.navigationLink": "http://x/v1.1/Datastreams(2)",
        "result": 9,
        "resultTime": "2025-10-27T06:00:00Z",
    }
    assert readings(toml, "things/x", link) == [("b", "water_level", 9.0)]


def test_observations_that_cannot_be_read() -> None:
    assert reasons(THINGS, THINGS_TOPIC, [{"result": 1}, {"resultTime": "2025-10-27T06:00:00Z"}]) == [
        "missing_field",
        "missing_field",
    ]
    assert reasons(THINGS, THINGS_TOPIC, {"result": True, "resultTime": "2025-10-27T06:00:00Z"}) == ["not_a_number"]
    assert reasons(THINGS, THINGS_TOPIC, {"result": 1, "resultTime": "2025-10-27T06:00:00"}) == ["naive_time"]
    with pytest.raises(UnreadableMessageError, match="bad_topic"):
        taken(THINGS, "v1.1/Things(1)/Observations", {"result": 1})


MS = int(SIX.timestamp() * 1000)
BOARD = source("thingsboard", "tb/{device}/telemetry", device("Gauge 1"), field("level", "water_level"))


@pytest.mark.parametrize(
    "telemetry", [{"ts": MS, "values": {"level": 3.58, "x": "y"}}, [{"ts": MS, "values": {"level": "3.58"}}]]
)
def test_telemetry_with_times(telemetry: object) -> None:
    ((_, m),) = measured(BOARD, "tb/gauge 1/telemetry", telemetry)
    assert (m.value, m.observed_at) == (3.58, SIX)


def test_telemetry_without_times_has_those_of_arrival_where_they_are_allowed() -> None:
    assert reasons(BOARD, "tb/Gauge 1/telemetry", {"level": 3.58}) == ["missing_field"]
    arriving = BOARD.replace("topic =", 'time = ["device", "arrival"]\ntopic =')
    ((_, m),) = measured(arriving, "tb/Gauge 1/telemetry", {"level": 3.58})
    assert m.observed_at == NOW
    assert dict(sources(arriving).subscriptions)["tb/+/telemetry"] == 0
    assert dict(sources(BOARD).subscriptions)["tb/+/telemetry"] == 1


def test_a_gateway_names_its_devices() -> None:
    toml = source(
        "thingsboard", "v1/gateway/telemetry", device("A", "a"), device("B", "b"), field("level", "water_level")
    )
    message = {
        "A": [{"ts": MS, "values": {"level": 1}}, {"ts": MS + 1, "values": {"level": 2}}],
        "B": [{"ts": MS, "values": {"level": 3}}],
    }
    assert readings(toml, "v1/gateway/telemetry", message) == [
        ("a", "water_level", 1.0),
        ("a", "water_level", 2.0),
        ("b", "water_level", 3.0),
    ]
    mixed = taken(toml, "v1/gateway/telemetry", {"A": [{"ts": "x", "values": {}}, {"ts": MS, "values": {"level": 2}}]})
    assert [getattr(one, "reason", None) for one in mixed] == ["bad_time", None]
    assert mixed[0].payload == b'{"A":[{"ts":"x","values":{}}]}'


def test_a_push_of_sensor_community() -> None:
    values = {"SDS_P1": "1.87", "SDS_P2": "1.05", "BMP_pressure": "100659.00", "humidity": "37.10", "signal": "-59 dBm"}
    push = {"esp8266id": "1234567", "sensordatavalues": [{"value_type": k, "value": v} for k, v in values.items()]}
    toml = source("sensor_community", "air/{device}", device("1234567", "air_hue"))
    assert readings(toml, "air/x", push) == [
        ("air_hue", "humidity", 37.1),
        ("air_hue", "pm10", 1.87),
        ("air_hue", "pm2_5", 1.05),
    ]
    del push["esp8266id"]  # old firmware: the topic says who it is
    assert len(readings(toml, "air/1234567", push)) == 3


def test_esphome_has_a_topic_a_value() -> None:
    toml = source(
        "plain",
        "{device}/sensor/{field}/state",
        device("gauge"),
        field("distance", "water_level", unit="cm", scale=-1, offset=6.1),
        '[[source.field]]\nname = "wifi"\nrole = "ignore"\n',
    )
    ((_, m),) = measured(toml, "gauge/sensor/distance/state", b"252.0")
    assert m.value == pytest.approx(3.58)
    assert m.observed_at == NOW
    assert taken(toml, "gauge/sensor/wifi/state", b"-70") == []
    assert reasons(toml, "gauge/sensor/uptime/state", b"70") == ["no_reading"]
    for nothing in (b"nan", b"unavailable", b"", b"1_000", b"Infinity", b"true", b"null"):
        assert reasons(toml, "gauge/sensor/distance/state", nothing) in (["not_a_number"], ["no_reading"])


def test_tasmota_writes_local_time() -> None:
    toml = source(
        "plain",
        "tele/{device}/SENSOR",
        device("weather"),
        '[[source.field]]\nname = "Time"\nrole = "time"\n[[source.field]]\npath = "$.AM2301.Temperature"\nquantity = "temperature"\n',
        utc_offset="+07:00",
    )
    message = {"Time": "2025-10-27T13:00:00", "AM2301": {"Temperature": 25.1, "Humidity": 61}, "TempUnit": "C"}
    ((_, m),) = measured(toml, "tele/weather/SENSOR", message)
    assert (m.value, m.observed_at) == (25.1, SIX)
    assert dict(sources(toml).subscriptions)["tele/+/SENSOR"] == 1


TT10 = source("tt10", "HUE_{device}_*.txt", device("KL"), field("MucNuoc", "water_level"))


def _file(text: str | bytes) -> list[object]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(taken(TT10, "$file/s/hue_kl_20251027130000.txt", data))


@pytest.mark.parametrize(
    "line",
    [
        "MucNuoc\t3.58\tm\t20251027130000\t00",
        "MucNuoc;358;cm;20251027130000;00\r\n",
        "MucNuoc 3,58 m 202510271300 0",
        "\ufeffMucNuoc\t3.58\t\t20251027130000\t00\n\n",
    ],
)
def test_a_line_of_the_circular(line: str) -> None:
    ((_, m),) = measured(TT10, "$file/s/HUE_KL_1.txt", line.encode())
    assert (m.value, m.observed_at, m.status) == (3.58, SIX, "00")


def test_lines_that_cannot_be_read_are_refused_alone() -> None:
    lines = "MucNuoc\t3.58\tm\t20251027130000\t02\nMucNuoc\t-\tm\t20251027130000\t00\nMucNuoc\t1\n"
    lines += "MucNuoc\t1\tm\t2025-10-27\t00\nMucNuoc\t1\tm\t20251327130000\t00\nDoMan\t1\tg/l\t20251027130000\t00\n"
    found = _file(lines)
    assert sorted(getattr(one, "reason", "") for one in found) == [
        "",
        "bad_time",
        "bad_time",
        "no_reading",
        "not_a_number",
        "wrong_shape",
    ]
    assert b"MucNuoc\t1" in {getattr(one, "payload", b"") for one in found}


def test_the_code_page_of_windows_is_read_and_an_empty_file_is_not() -> None:
    assert len(_file("MucNuoc\t3.58\tm\t20251027130000\t00\tT\xe0\xcc".encode("cp1252"))) == 1
    with pytest.raises(UnreadableMessageError, match="empty"):
        _file("\r\n")


@pytest.mark.parametrize(("distance", "level"), [(310, 3.0), (310.5, 2.995), (270, 3.4), (180, 4.3), (609.99, 0.0001)])
def test_a_distance_becomes_exactly_the_level_it_means(distance: float, level: float) -> None:
    toml = source("plain", "p/{device}/{field}", device(), field("d", "water_level", unit="cm", scale=-1, offset=6.10))
    assert readings(toml, "p/d1/d", str(distance).encode()) == [("kim_long", "water_level", level)]
