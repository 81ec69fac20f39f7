"""ChirpStack v4: the JSON of its `up` events. Times are the network server's, which takes the gateway's where it is set."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.errors import UnreadableMessageError
from ingest.formats.lorawan import application_values
from ingest.formats.uplink import Message, Uplink, as_object, read_json, texts
from ingest.instants import read_instant
from ingest.source import Source


def decode(message: Message, source: Source) -> list[Uplink]:
    """The uplink; nothing for joins, acknowledgements, status, log and other events."""
    whole = as_object(read_json(message.payload), "an event of ChirpStack")
    info = as_object(whole.get("deviceInfo"), "deviceInfo")
    kind = message.topic.rpartition("/event/")[2] if "/event/" in message.topic else "up"
    if kind != "up" or "rxInfo" not in whole or not any(key in whole for key in ("data", "object")):
        return []
    devices = texts(info.get("devEui"), info.get("deviceName"))
    if not devices:
        raise UnreadableMessageError("wrong_shape", "deviceInfo without devEui and deviceName")
    values, units = application_values(devices, whole.get("object"), whole.get("data"), source)
    return [Uplink(devices=devices, values=values, units=units, whole=whole, gateway_at=_gateway_time(whole))]


def _gateway_time(whole: dict[str, object]) -> datetime | None:
    for text in texts(whole.get("time")):
        try:
            return read_instant(text, UTC)
        except UnreadableMessageError:
            return None
    return None
