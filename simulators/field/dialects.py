"""The dialects: one function each, from readings in order of time to the messages that say them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec

from domain.quantities import QUANTITIES
from domain.times import HUE_TIME
from simulators.devices import PACK, TOPIC_ROOT, topic_of
from simulators.field.reading import Reading
from simulators.field.speaker import Draft, Speaker, by_time

_STATUS_NORMAL = "00"  # Thông tư 10/2021/TT-BTNMT


def native(speaker: Speaker, device: str, readings: list[Reading]) -> Iterator[Draft]:
    """docs/message_contract.md: a topic a quantity; several readings of one in an array."""
    by_quantity = sorted(readings, key=attrgetter("quantity"))
    for quantity, of_one in groupby(by_quantity, key=attrgetter("quantity")):
        together = list(of_one)
        for first in range(0, len(together), PACK):
            part = together[first : first + PACK]
            content = [_native(speaker, one) for one in part]
            yield topic_of(device, quantity), content[0] if len(content) == 1 else content, tuple(part)


def native_several(speaker: Speaker, device: str, readings: list[Reading]) -> Iterator[Draft]:
    """Several quantities of one time in one message. It has room for one number, so it carries none."""
    for at_s, together in by_time(readings):
        content = {
            "observed_at": _when(speaker, at_s),
            "values": {one.quantity: one.value for one in together},
            "status": _STATUS_NORMAL,
            "battery_v": together[0].battery_v,
        }
        yield f"{TOPIC_ROOT}/{device}", content, tuple(together)


def _native(speaker: Speaker, one: Reading) -> dict[str, object]:
    return {
        "observed_at": _when(speaker, one.at_s),
        "value": one.value,
        "unit": QUANTITIES[one.quantity].unit,
        "seq": one.seq,
        "status": _STATUS_NORMAL,
        "battery_v": one.battery_v,
    }


def _when(speaker: Speaker, at_s: int) -> str | int:
    """As this firmware writes times."""
    if speaker.times == "rfc3339":
        return datetime.fromtimestamp(at_s, HUE_TIME).isoformat()
    return at_s * 1000 if speaker.times == "epoch_ms" else at_s


def _zulu(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def senml(speaker: Speaker, device: str, readings: list[Reading]) -> Iterator[Draft]:
    """RFC 8428: one pack, base name and time once, times relative to it."""
    first_s = readings[0].at_s
    records: list[dict[str, object]] = []
    for one in readings:
        field = speaker.field(one.quantity)
        if field is not None:
            unit = field.unit or QUANTITIES[one.quantity].unit
            records.append({"n": field.name, "u": unit, "v": field.said(one.value), "t": one.at_s - first_s})
    records[0] = {"bn": f"{device}:", "bt": first_s, **records[0]}
    yield speaker.address(device), records, tuple(readings)


def ttn(speaker: Speaker, device: str, readings: list[Reading]) -> Iterator[Draft]:
    """The Things Stack v3: an uplink a time, whose time stands for the device's; decoded by the server, or its maker's bytes."""
    for at_s, together in by_time(readings):
        uplink: dict[str, Any] = {"f_port": 1, "received_at": _zulu(at_s)}
        whole = {"end_device_ids": {"device_id": device}, "received_at": _zulu(at_s), "uplink_message": uplink}
        named = speaker.values(together, whole)
        if speaker.pack is None:
            uplink["decoded_payload"] = named | uplink.get("decoded_payload", {})
        else:
            uplink["frm_payload"] = b64encode(speaker.pack(named)).decode()
        yield speaker.address(device), whole, tuple(together)


def chirpstack(speaker: Speaker, device: str, readings: list[Reading]) -> Iterator[Draft]:
    """ChirpStack v4: an `up` event a time; an object, or its maker's bytes."""
    for at_s, together in by_time(readings):
        whole: dict[str, Any] = {
            "time": _zulu(at_s),
            "deviceInfo": {"devEui": device, "deviceName": device},
            "rxInfo": [],
            "data": "",
        }
        named = speaker.values(together, whole)
        if speaker.pack is None:
            whole["object"] = whole.get("object", {}) | named
        else:
            whole["data"] = b64encode(speaker.pack(named)).decode()
        yield speaker.address(device), whole, tuple(together)


def sensorthings(speaker: Speaker, device: str, readings: list[Reading]) -> Iterator[Draft]:
    """OGC SensorThings 1.1: an Observation of a Datastream, which is one quantity of one station."""
    for one in readings:
        field = speaker.field(one.quantity)
        if field is not None:
            content = {
                "phenomenonTime": _zulu(one.at_s),
                "resultTime": _zulu(one.at_s),
                "result": field.said(one.value),
                "Datastream": {"@iot.id": device},
            }
            yield speaker.address(device), content, (one,)


def thingsboard(speaker: Speaker, device: str, readings: list[Reading]) -> Iterator[Draft]:
    """ThingsBoard telemetry, of a gateway unless the topic names the device; any number of times in one message."""
    told = [{"ts": at_s * 1000, "values": speaker.values(together)} for at_s, together in by_time(readings)]
    content: object = told if "{device}" in speaker.topic else {device: told}
    yield speaker.address(device), content, tuple(readings)


def sensor_community(speaker: Speaker, device: str, readings: list[Reading]) -> Iterator[Draft]:
    """A push without a time: typed values as texts."""
    for _, together in by_time(readings):
        values = [{"value_type": name, "value": str(value)} for name, value in speaker.values(together).items()]
        content = {"esp8266id": device, "software_version": "NRZ-2024-135", "sensordatavalues": values}
        yield speaker.address(device), content, tuple(together)


def plain(speaker: Speaker, device: str, readings: list[Reading]) -> Iterator[Draft]:
    """ESPHome: a topic a value. Tasmota: one object with its own local time."""
    if "{field}" in speaker.topic:
        for one in readings:
            field = speaker.field(one.quantity)
            if field is not None:
                yield speaker.address(device, field.name), field.said(one.value), (one,)
        return
    clock = speaker.field("time")
    for at_s, together in by_time(readings):
        content = speaker.values(together)
        if clock is not None:
            local = datetime.fromtimestamp(at_s, speaker.offset or UTC)
            content[clock.name] = (local.replace(tzinfo=None) if speaker.offset else local).isoformat()
        yield speaker.address(device), content, tuple(together)


#: Every format of sources.toml that comes over MQTT and is not the native one.
DIALECTS: Mapping[str, Callable[[Speaker, str, list[Reading]], Iterable[Draft]]] = {
    "senml": senml,
    "ttn": ttn,
    "chirpstack": chirpstack,
    "sensorthings": sensorthings,
    "thingsboard": thingsboard,
    "sensor_community": sensor_community,
    "plain": plain,
}
#: LoRaWAN: nobody tells the device whether it was heard.
UNACKNOWLEDGED = ("ttn", "chirpstack")
encode: Callable[[Any], bytes] = msgspec.json.encode
