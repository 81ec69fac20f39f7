"""The one contract of all formats but the native one: `decode(message, source) -> list of uplinks and refusals`.

A decoder says what the message says: which device, which named values, at which times. What the names mean is in the
source (ingest.source) and applied in ingest.mapping. Decoders raise UnreadableMessageError, and nothing else, whatever
the bytes are; an empty list is a message that is understood and carries no readings, such as a join request.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

import msgspec

from domain.errors import UnreadableMessageError
from ingest.formats.native import Refusal
from ingest.source import Source

__all__ = ["Decoder", "Message", "Refusal", "Uplink", "as_list", "as_object", "read_json", "texts", "value_name"]

#: What msgspec and json raise for bytes that they cannot take; each of their errors is a ValueError.
_UNDECODABLE = (ValueError, RecursionError, msgspec.DecodeError)
_BOM = b"\xef\xbb\xbf"


class Message(msgspec.Struct, frozen=True):
    """One message of a source, or one file. `names`: what the placeholders of the source's template stand for in it."""

    payload: bytes
    received_at: datetime
    names: Mapping[str, str] = {}
    topic: str = ""


class Uplink(msgspec.Struct, frozen=True):
    """What one device said at one time. Values are as sent: numbers, texts, anything."""

    devices: tuple[str, ...]  # every name the message gives the device, the preferred one first
    values: Mapping[str, object]
    units: Mapping[str, str] = {}  # where the format gives them, by the name of the value
    whole: object = None  # what the paths of the configuration look into
    device_at: datetime | None = None
    gateway_at: datetime | None = None
    status: str | None = None
    raw: bytes | None = None  # the part of the payload that holds this alone; None: the whole payload


Decoder: TypeAlias = Callable[[Message, Source], Sequence[Uplink | Refusal]]


def read_json(payload: bytes) -> object:
    """The JSON value in `payload`; NaN, which some devices write, is read too. Raises: not_utf8, not_json."""
    text = payload.removeprefix(_BOM)
    try:
        return msgspec.json.decode(text)
    except _UNDECODABLE:
        pass
    try:
        found: object = json.loads(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise UnreadableMessageError("not_utf8", str(error)) from error
    except _UNDECODABLE as error:
        raise UnreadableMessageError("not_json", str(error)[:200]) from error
    return found


def as_object(value: object, what: str) -> dict[str, object]:
    """`value` as a JSON object. Raises UnreadableMessageError: wrong_shape."""
    if not isinstance(value, dict):
        raise UnreadableMessageError("wrong_shape", f"{what} is {str(value)[:40]!r}, not a JSON object")
    return value


def as_list(value: object, what: str) -> list[object]:
    """`value` as a JSON array. Raises UnreadableMessageError: wrong_shape."""
    if not isinstance(value, list):
        raise UnreadableMessageError("wrong_shape", f"{what} is {str(value)[:40]!r}, not a JSON array")
    return value


def texts(*values: object) -> tuple[str, ...]:
    """Those of `values` that are texts with something in them."""
    return tuple(value for value in values if isinstance(value, str) and value)


def value_name(message: Message) -> str:
    """What the only value of a message is called: the {field} of its topic, or `value`."""
    return message.names.get("field", "value")
