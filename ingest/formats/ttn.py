"""The Things Stack v3: the uplink as MQTT, webhooks and storage give it, or inside an as.up.data.forward event.

Its own times are the network's: GPS time where the gateway has it, else when the network server received it. A gateway's
own clock comes last: many have none that is set.
"""

from __future__ import annotations

from datetime import UTC, datetime

from domain.errors import UnreadableMessageError
from ingest.formats.lorawan import application_values
from ingest.formats.uplink import Message, Uplink, as_object, read_json, texts
from ingest.instants import read_instant
from ingest.source import Source

_ENVELOPES = ("data", "result")


def decode(message: Message, source: Source) -> list[Uplink]:
    """The uplink; nothing for joins, acknowledgements and other events."""
    whole = as_object(read_json(message.payload), "a message of The Things Stack")
    for envelope in _ENVELOPES:
        if "uplink_message" not in whole and isinstance(whole.get(envelope), dict):
            whole = as_object(whole[envelope], envelope)
    if "uplink_message" not in whole:
        if "end_device_ids" in whole or "identifiers" in whole:
            return []
        raise UnreadableMessageError("wrong_shape", "no uplink_message and no end_device_ids")
    uplink = as_object(whole["uplink_message"], "uplink_message")
    ids = as_object(whole.get("end_device_ids"), "end_device_ids")
    devices = texts(ids.get("device_id"), ids.get("dev_eui"))
    if not devices:
        raise UnreadableMessageError("wrong_shape", "end_device_ids without device_id and dev_eui")
    values, units = application_values(devices, uplink.get("decoded_payload"), uplink.get("frm_payload"), source)
    gateway_at = _gateway_time(uplink, whole)
    return [Uplink(devices=devices, values=values, units=units, whole=whole, gateway_at=gateway_at)]


def _gateway_time(uplink: dict[str, object], whole: dict[str, object]) -> datetime | None:
    heard = uplink.get("rx_metadata")
    metadata = [one for one in heard if isinstance(one, dict)] if isinstance(heard, list) else []
    said = [one.get("gps_time") for one in metadata]
    said += [uplink.get("received_at"), whole.get("received_at"), *(one.get("time") for one in metadata)]
    for text in texts(*said):
        try:
            return read_instant(text, UTC)
        except UnreadableMessageError:
            continue
    return None
