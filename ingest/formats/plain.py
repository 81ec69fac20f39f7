"""Plain topics, as ESPHome, Tasmota, Zigbee2MQTT and many loggers write: one value, or a JSON object, a message."""

from __future__ import annotations

from domain.errors import UnreadableMessageError
from ingest.formats.uplink import Message, Uplink, as_object, read_json, value_name
from ingest.source import Source


def decode(message: Message, source: Source) -> list[Uplink]:
    """The values of one message. The topic, or the source with its only device, says whose they are."""
    whole = _content(message.payload)
    values = as_object(whole, "the message") if isinstance(whole, dict) else {value_name(message): whole}
    return [Uplink(devices=(_device(message, source),), values=values, whole=whole)]


def _content(payload: bytes) -> object:
    """JSON where it is JSON; otherwise the text itself, which may be a number as people write it."""
    try:
        return read_json(payload)
    except UnreadableMessageError as error:
        if error.reason != "not_json" or payload.lstrip()[:1] in (b"{", b"["):
            raise
    return payload.decode("utf-8").strip()


def _device(message: Message, source: Source) -> str:
    name = message.names.get("device")
    if name is not None:
        return name
    if len(source.devices) == 1:
        return next(iter(source.devices))
    raise UnreadableMessageError("missing_field", "the topic of this source has no {device}")
