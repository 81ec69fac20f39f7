"""Uplinks of The Things Stack and ChirpStack: vendors' bytes, decoded objects of any maker, and the network's times."""

import base64
import copy
from datetime import UTC, datetime

import pytest

from domain.errors import UnreadableMessageError
from tests.unit.ingest.formats.given_sources import device, field, measured, readings, reasons, source, sources, taken

TTN_TOPIC = "v3/app@ttn/devices/radar-1/up"
RADAR = base64.b64encode(bytes.fromhex("02586b0003074c88b68a8c00000b93")).decode()  # 1868 mm
UPLINK: dict[str, object] = {
    "end_device_ids": {"device_id": "radar-1", "dev_eui": "70B3D57BA0001234"},
    "received_at": "2025-10-27T06:00:02.381960868Z",
    "uplink_message": {
        "f_port": 1,
        "frm_payload": RADAR,
        "rx_metadata": [{"gateway_ids": {"gateway_id": "g1"}, "time": "1980-01-06T00:00:00Z"}],
        "received_at": "2025-10-27T06:00:01.175051417Z",
    },
}
DISTANCE = field("Distance", "water_level", scale=-1, offset=8.42)
BATTERY = '[[source.field]]\nname = "Battery voltage"\nrole = "battery_v"\n'
VENDOR = source(
    "ttn", "v3/+/devices/+/up", device("70b3d57ba0001234", model="DL-RAD"), DISTANCE, BATTERY, vendor="decentlab"
)
DECODED = source("ttn", "v3/+/devices/+/up", device("radar-1"), field("temperature_41", "temperature"))


def _decoded(payload: object) -> dict[str, object]:
    whole = copy.deepcopy(UPLINK)
    whole["uplink_message"]["decoded_payload"] = payload  # type: ignore[index]
    return whole


def test_a_vendors_bytes_over_the_things_stack() -> None:
    ((routed, m),) = measured(VENDOR, TTN_TOPIC, UPLINK)
    assert (routed.station, m.quantity, m.battery_v) == ("kim_long", "water_level", 2.963)
    assert m.value == pytest.approx(8.42 - 1.868)
    assert m.observed_at == datetime(2025, 10, 27, 6, 0, 1, 175051, tzinfo=UTC)  # the gateway's clock is not set


@pytest.mark.parametrize("envelope", ["data", "result"])
def test_the_same_inside_an_event_or_from_storage(envelope: str) -> None:
    event = {"name": "as.up.data.forward", "identifiers": [], envelope: UPLINK}
    assert readings(VENDOR, TTN_TOPIC, event) == readings(VENDOR, TTN_TOPIC, UPLINK)


def test_gps_time_goes_before_the_network_server() -> None:
    whole = copy.deepcopy(UPLINK)
    whole["uplink_message"]["rx_metadata"] = [{}, {"gps_time": "2025-10-27T06:00:00.500Z"}]  # type: ignore[index]
    ((_, m),) = measured(VENDOR, TTN_TOPIC, whole)
    assert m.observed_at == datetime(2025, 10, 27, 6, 0, 0, 500000, tzinfo=UTC)


def test_objects_that_other_makers_formatters_give() -> None:
    payload = {"accelerometer_77": {"x": 1}, "temperature_41": 24.6, "boolean_1": True}
    assert readings(DECODED, TTN_TOPIC, _decoded(payload)) == [("kim_long", "temperature", 24.6)]


def test_paths_reach_into_lists_and_normalized_payloads() -> None:
    messages = [
        {"measurementId": "4097", "measurementValue": 13.3, "type": "Air Temperature"},
        {"measurementId": "4101", "measurementValue": 99660, "type": "Barometric Pressure"},
        {"Battery(%)": 100},
    ]
    at = "$.uplink_message.decoded_payload.messages[?@.measurementId=='{}'].measurementValue"
    fields = "".join(
        f'[[source.field]]\npath = "{at.format(number)}"\nquantity = "{quantity}"\nunit = "{unit}"\n'
        for number, quantity, unit in (("4097", "temperature", "°C"), ("4101", "pressure", "Pa"))
    )
    toml = source("ttn", "v3/+/devices/+/up", device("radar-1"), fields)
    assert readings(toml, TTN_TOPIC, _decoded({"err": 0, "messages": messages})) == [
        ("kim_long", "pressure", 996.6),
        ("kim_long", "temperature", 13.3),
    ]


@pytest.mark.parametrize("kind", ["join_accept", "downlink_ack", "location_solved"])
def test_other_messages_of_the_things_stack_carry_no_readings(kind: str) -> None:
    assert taken(VENDOR, TTN_TOPIC, {"end_device_ids": UPLINK["end_device_ids"], kind: {}}) == []


def _whole(toml: str, topic: str, payload: object) -> str:
    with pytest.raises(UnreadableMessageError) as caught:
        taken(toml, topic, payload)
    return caught.value.reason


def test_what_is_wrong_with_an_uplink_is_named() -> None:
    assert _whole(DECODED, TTN_TOPIC, UPLINK) == "not_decoded"
    assert _whole(DECODED, TTN_TOPIC, {"a": 1}) == "wrong_shape"
    assert _whole(DECODED, TTN_TOPIC, b"{") == "not_json"
    stranger = {**UPLINK, "end_device_ids": {"device_id": "radar-2"}}
    assert _whole(VENDOR, TTN_TOPIC, stranger) == "unknown_device"
    assert reasons(DECODED, TTN_TOPIC, {**_decoded({"temperature_41": 1}), "end_device_ids": {"device_id": "x"}}) == [
        "unknown_device"
    ]
    broken = copy.deepcopy(UPLINK)
    broken["uplink_message"]["frm_payload"] = "AgN?"  # type: ignore[index]
    assert _whole(VENDOR, TTN_TOPIC, broken) == "not_decoded"
    assert reasons(DECODED, TTN_TOPIC, _decoded({"temp": 3})) == ["no_reading"]


def test_a_frame_with_the_battery_alone_is_reported() -> None:
    """The sensor of a Decentlab device that does not answer is left out of the frame: somebody must hear of it."""
    battery = copy.deepcopy(UPLINK)
    battery["uplink_message"]["frm_payload"] = base64.b64encode(bytes.fromhex("02586b00020b93")).decode()  # type: ignore[index]
    assert reasons(VENDOR, TTN_TOPIC, battery) == ["no_reading"]


CHIRP_TOPIC = "application/17c8/device/0101010101010101/event/up"
EVENT = {
    "time": "2025-10-27T06:00:00.775023242+00:00",
    "deviceInfo": {"deviceName": "Test device", "devEui": "0101010101010101"},
    "fPort": 1,
    "data": RADAR,
    "object": {"level": {"value": 3.58}},
    "rxInfo": [{"gatewayId": "0016c001f153a14c"}],
}
CHIRP = source(
    "chirpstack",
    "application/+/device/+/event/+",
    device("0101010101010101"),
    '[[source.field]]\npath = "$.object.level.value"\nquantity = "water_level"\n',
)


def test_an_event_of_chirpstack() -> None:
    ((routed, m),) = measured(CHIRP, CHIRP_TOPIC, EVENT)
    assert (routed.station, m.value) == ("kim_long", 3.58)
    assert m.observed_at == datetime(2025, 10, 27, 6, 0, 0, 775023, tzinfo=UTC)


def test_a_vendors_bytes_over_chirpstack() -> None:
    toml = source("chirpstack", "application/#", device("test DEVICE", model="DL-RAD"), DISTANCE, vendor="decentlab")
    assert readings(toml, CHIRP_TOPIC, EVENT) == [("kim_long", "water_level", pytest.approx(6.552))]


@pytest.mark.parametrize("kind", ["ack", "integration", "join", "location", "log", "status", "txack"])
def test_other_events_of_chirpstack_carry_no_readings(kind: str) -> None:
    other = {"deviceInfo": EVENT["deviceInfo"], "object": {"level": {"value": 9}}, "time": EVENT["time"]}
    assert taken(CHIRP, CHIRP_TOPIC.replace("/up", f"/{kind}"), other) == []
    assert taken(CHIRP.replace("event/+", "#"), CHIRP_TOPIC.replace("/event/up", ""), other) == []


def test_a_source_is_found_by_its_filter() -> None:
    both = sources(VENDOR + CHIRP.replace('"s"', '"t"'))
    assert both.of(CHIRP_TOPIC) is not None
    assert both.of("v3/app@ttn/devices/radar-1/join") is None
    assert dict(both.subscriptions) == {"ews/v1/#": 1, "v3/+/devices/+/up": 1, "application/+/device/+/event/+": 1}
