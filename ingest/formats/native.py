"""The native payload: one JSON object, an array of them, or an object with several quantities.

Every reading is judged by itself: what cannot be read is refused with its own bytes and a reason, and its neighbours in
the same message are not affected. Only a message in which no readings can be told apart is refused as a whole.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from domain.errors import UnreadableMessageError
from ingest.formats.writing import joined
from ingest.instants import bounded, instant
from ingest.topics import known_quantity
from ingest.units import to_own_unit

#: Longest payload that is read, in bytes.
LONGEST_PAYLOAD = 256 * 1024
_LARGEST_SEQ = 2**63 - 1
_LONGEST_STATUS = 16
_LARGEST_BATTERY_V = 1e6
_BOM = b"\xef\xbb\xbf"

#: What msgspec raises for bytes it cannot take; ValidationError is a DecodeError.
_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Measurement(msgspec.Struct, frozen=True, gc=False):
    """One decoded reading, in the quantity's own unit, not yet bound to a station."""

    quantity: str
    observed_at: datetime  # aware, not yet in UTC
    value: float
    seq: int | None = None
    status: str | None = None
    battery_v: float | None = None


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """One reading, or a whole message, that could not be read, with the bytes that say what it was."""

    reason: str
    detail: str
    payload: bytes


class _Single(msgspec.Struct):
    """The usual reading, every field as it should be; anything else takes the careful way."""

    observed_at: datetime | int | float
    value: float
    unit: str | None = None
    seq: int | None = None
    status: str | None = None
    battery_v: float | None = None


_Fields = Mapping[str, msgspec.Raw]

_single = msgspec.json.Decoder(_Single)
_singles = msgspec.json.Decoder(list[_Single])
_elements = msgspec.json.Decoder(list[msgspec.Raw])
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_when = msgspec.json.Decoder(datetime | int | float)
_text = msgspec.json.Decoder(str | None)
_float = msgspec.json.Decoder(float)
_status = msgspec.json.Decoder(str | int)
_int = msgspec.json.Decoder(int)


def decode(payload: bytes, quantity: str | None, received_at: datetime) -> list[Measurement | Refusal]:
    """The readings of one message on a topic of `quantity`, or of several quantities when that is None; at least one.

    Raises UnreadableMessageError (too_large, not_utf8, not_json, empty) when the message as a whole cannot be read,
    and nothing else, whatever the bytes are.
    """
    if len(payload) > LONGEST_PAYLOAD:
        raise UnreadableMessageError("too_large", f"{len(payload)} bytes; at most {LONGEST_PAYLOAD} are read")
    if quantity is not None:
        usual = _usual(payload, quantity, received_at)
        if usual:
            return usual
    return [outcome for raw in split(payload) for outcome in _careful(raw, quantity, received_at)]


def _usual(payload: bytes, quantity: str, received_at: datetime) -> list[Measurement | Refusal]:
    """All readings of a message in which everything is as it should be; empty when anything is not."""
    try:
        found = _singles.decode(payload) if payload[:1] == b"[" else [_single.decode(payload)]
        return [
            Measurement(
                quantity,
                bounded(instant(one.observed_at), received_at),
                _finite(to_own_unit(one.value, one.unit, quantity)),
                _seq(one.seq),
                _short(one.status),
                _battery(one.battery_v),
            )
            for one in found
        ]
    except (*_UNDECODABLE, UnreadableMessageError):
        return []


def split(payload: bytes) -> list[bytes]:
    """The JSON texts of the readings in a message. Raises UnreadableMessageError (not_utf8, not_json, empty)."""
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableMessageError("not_utf8", str(error)) from error
    text = payload.removeprefix(_BOM).strip()
    if text[:1] != b"[":
        return [text]
    try:
        elements = [bytes(raw) for raw in _elements.decode(text)]
    except _UNDECODABLE:
        elements = _lenient_elements(text)
    if not elements:
        raise UnreadableMessageError("empty", "an array without readings")
    return elements


def _lenient_elements(text: bytes) -> list[bytes]:
    """An array that is JSON but for NaN and Infinity, which some devices write: only those readings are refused."""
    return [json.dumps(element).encode() for element in _lenient(text)]


def _lenient(text: bytes) -> list[object] | dict[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableMessageError("not_json", str(error)) from error
    if not isinstance(found, (list, dict)):
        raise UnreadableMessageError("not_json", f"a JSON object or an array of them is needed, not {text[:40]!r}")
    return found


def _careful(raw: bytes, quantity: str | None, received_at: datetime) -> Iterator[Measurement | Refusal]:
    """Field by field, so that the reason is named and an unusable extra does not cost the reading."""
    try:
        fields = _fields_of(raw)
        observed_at = bounded(_raw_time(_needed(fields, "observed_at")), received_at)
        if quantity is None:
            yield from _several(fields, observed_at)
        else:
            yield _one(fields, quantity, observed_at, _needed(fields, "value"), _unit(fields))
    except UnreadableMessageError as error:
        yield Refusal(error.reason, error.detail, raw)


def _fields_of(raw: bytes) -> _Fields:
    try:
        return _fields.decode(raw)
    except _UNDECODABLE:
        found = _lenient(raw)
    if isinstance(found, list):
        raise UnreadableMessageError("not_json", "an array inside the array of readings")
    return {name: msgspec.Raw(json.dumps(value).encode()) for name, value in found.items()}


def _several(fields: _Fields, observed_at: datetime) -> Iterator[Measurement | Refusal]:
    """One time, several quantities, each in its own unit."""
    if _unit(fields) is not None:
        raise UnreadableMessageError("wrong_unit", "several quantities at once come in their own units, without `unit`")
    values = _fields_of(bytes(_needed(fields, "values")))
    if not values:
        raise UnreadableMessageError("empty", "`values` is empty")
    for name, value in values.items():
        try:
            yield _one(fields, known_quantity(name), observed_at, value, None)
        except UnreadableMessageError as error:
            alone = joined({**fields, "values": joined({name: value})})
            yield Refusal(error.reason, error.detail, alone)


def _one(fields: _Fields, quantity: str, observed_at: datetime, value: msgspec.Raw, unit: str | None) -> Measurement:
    try:
        number = _float.decode(value)
    except _UNDECODABLE as error:
        raise UnreadableMessageError("not_a_number", f"value {bytes(value)[:40]!r}") from error
    seq, status, battery_v = fields.get("seq"), fields.get("status"), fields.get("battery_v")
    return Measurement(
        quantity,
        observed_at,
        _finite(to_own_unit(number, unit, quantity)),
        None if seq is None else _raw_seq(seq),
        None if status is None else _raw_status(status),
        None if battery_v is None else _raw_battery(battery_v),
    )


def _needed(fields: _Fields, name: str) -> msgspec.Raw:
    if name not in fields:
        raise UnreadableMessageError("missing_field", f"`{name}` is missing")
    return fields[name]


def _raw_time(raw: msgspec.Raw) -> datetime:
    try:
        return instant(_when.decode(raw))
    except _UNDECODABLE:
        pass
    try:
        # Forms of ISO 8601 beyond RFC 3339, such as times without seconds.
        return instant(datetime.fromisoformat(_text.decode(raw) or ""))
    except (*_UNDECODABLE, ValueError) as error:
        raise UnreadableMessageError("bad_time", f"observed_at {bytes(raw)[:60]!r} is not a time") from error


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise UnreadableMessageError("not_a_number", f"value {value}")
    return value


def _unit(fields: _Fields) -> str | None:
    try:
        return _text.decode(fields["unit"]) if "unit" in fields else None
    except _UNDECODABLE as error:
        raise UnreadableMessageError("wrong_unit", f"unit {bytes(fields['unit'])[:40]!r} is not a text") from error


def _seq(seq: int | None) -> int | None:
    return seq if seq is not None and 0 <= seq <= _LARGEST_SEQ else None


def _short(status: str | None) -> str | None:
    return status if status is not None and len(status) <= _LONGEST_STATUS and status.isprintable() else None


def _battery(volts: float | None) -> float | None:
    return volts if volts is not None and abs(volts) <= _LARGEST_BATTERY_V else None


def _raw_seq(raw: msgspec.Raw) -> int | None:
    try:
        return _seq(_int.decode(raw))
    except _UNDECODABLE:
        return None


def _raw_status(raw: msgspec.Raw) -> str | None:
    """Thông tư 10/2021 writes two digits; a device that sends 2 means "02"."""
    try:
        word = _status.decode(raw)
    except _UNDECODABLE:
        return None
    return _short(word if isinstance(word, str) else f"{word:02d}")


def _raw_battery(raw: msgspec.Raw) -> float | None:
    try:
        return _battery(_float.decode(raw))
    except _UNDECODABLE:
        return None
