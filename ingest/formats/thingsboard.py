"""ThingsBoard telemetry: {"key": value}, {"ts": ms, "values": {…}}, arrays of them, and a gateway's {"device": […]}."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from domain.errors import UnreadableMessageError
from ingest.formats.uplink import Message, Refusal, Uplink, as_object, read_json, texts
from ingest.formats.writing import as_json
from ingest.instants import instant
from ingest.source import Source


def decode(message: Message, source: Source) -> list[Uplink | Refusal]:
    """The telemetry; an element of an array that cannot be read is refused alone."""
    del source
    device = message.names.get("device")
    found: list[Uplink | Refusal] = []
    for name, one in _elements(read_json(message.payload), device):
        raw = as_json(one if name == device else {name: [one]})
        try:
            found.append(_uplink(name, as_object(one, "telemetry"), raw))
        except UnreadableMessageError as error:
            found.append(Refusal(error.reason, error.detail, raw))
    if not found:
        raise UnreadableMessageError("empty", "no telemetry")
    return found


def _elements(whole: object, device: str | None) -> Iterator[tuple[str, object]]:
    """(device, element). Without a device in the topic the message must be a gateway's."""
    if device is not None:
        for one in whole if isinstance(whole, list) else [whole]:
            yield device, one
        return
    for name, telemetry in as_object(whole, "the telemetry of a gateway").items():
        if not isinstance(telemetry, list):
            raise UnreadableMessageError("missing_field", "neither the message nor the topic names the device")
        for one in telemetry:
            yield name, one


def _uplink(device: str, one: Mapping[str, object], raw: bytes) -> Uplink:
    if not texts(device):
        raise UnreadableMessageError("missing_field", "the device has no name")
    if "ts" not in one:
        return Uplink(devices=(device,), values=one, whole=one, raw=raw)
    at, values = _time(one["ts"]), as_object(one.get("values"), "values")
    return Uplink(devices=(device,), values=values, whole=values, device_at=at, raw=raw)


def _time(said: object) -> datetime:
    if isinstance(said, bool) or not isinstance(said, (int, float)):
        raise UnreadableMessageError("bad_time", f"ts {str(said)[:40]!r} is not a number of milliseconds")
    try:
        return instant(said / 1000)
    except OverflowError as error:  # JSON sets no bound to the digits of a whole number
        raise UnreadableMessageError("bad_time", f"ts {str(said)[:40]!r} is out of range") from error
