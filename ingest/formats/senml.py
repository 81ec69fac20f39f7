"""SenML in JSON (RFC 8428): a pack of records, resolved with their base fields, grouped by device and time.

The name of a record (base name and name) is split into device and field by the longest configured device id it begins
with, and otherwise at its last separator: the RFC leaves open where the one ends.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.errors import UnreadableMessageError
from ingest.formats.uplink import Message, Refusal, Uplink, as_list, as_object, read_json
from ingest.formats.writing import as_json
from ingest.instants import instant
from ingest.source import Source

#: Section 4.5.3: below this a time is relative to now.
_ABSOLUTE_FROM = 2**28
#: Section 4.4: packs of a later version must not be used.
_VERSION = 10
#: Section 4.5.1.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-:./_]*")
_SEPARATORS = ":/._-"
_BASE_NUMBERS, _NUMBERS = ("bt", "bv", "bs", "bver"), ("t", "v", "s", "ut")
#: Neither infinite nor beyond: an integer of JSON may have hundreds of digits, which no float holds.
_LARGEST = sys.float_info.max
_BASE_TEXTS, _TEXTS = ("bn", "bu"), ("n", "u", "vs", "vd")


class _Base(NamedTuple):
    """The base fields in force: each holds from its record on until another replaces it."""

    name: str = ""
    time: float = 0.0
    unit: str | None = None
    value: float | None = None
    version: float = _VERSION

    def after(self, record: Mapping[str, object]) -> _Base:
        """The base fields of this record and those that follow."""
        names = {"bn": "name", "bt": "time", "bu": "unit", "bv": "value", "bver": "version"}
        return self._replace(**{names[key]: value for key, value in record.items() if key in names})  # type: ignore[arg-type]


class _Resolved(NamedTuple):
    device: str
    field: str
    at: datetime
    value: object
    unit: str | None


def decode(message: Message, source: Source) -> list[Uplink | Refusal]:
    """The uplinks of a pack; a record that cannot be read is refused alone, with its base fields resolved or not."""
    pack = as_list(read_json(message.payload), "a SenML pack")
    if not pack:
        raise UnreadableMessageError("empty", "a SenML pack without records")
    base, refused = _Base(), []
    found: dict[tuple[str, datetime], list[_Resolved]] = {}
    for element in pack:
        record = _of_pack(element)
        base = base.after(record)
        if base.version > _VERSION:
            raise UnreadableMessageError("wrong_version", f"SenML version {base.version}; up to {_VERSION} is read")
        try:
            _check(record, _NUMBERS, _TEXTS)
            one = _resolve(record, base, message.received_at, source)
        except UnreadableMessageError as error:
            refused.append(Refusal(error.reason, error.detail, _alone(record, base)))
            continue
        if one is not None:
            found.setdefault((one.device, one.at), []).append(one)
    return [*(_uplink(device, at, records) for (device, at), records in found.items()), *refused]


def _of_pack(element: object) -> dict[str, object]:
    """A record, as far as the others hang on it: what it says of them cannot be guessed. Raises UnreadableMessageError."""
    record = as_object(element, "a SenML record")
    for key in record:
        if key.endswith("_"):
            raise UnreadableMessageError("wrong_shape", f"field {key[:40]!r} must be understood and is not")
    _check(record, _BASE_NUMBERS, _BASE_TEXTS)
    return record


def _check(record: Mapping[str, object], numbers: Sequence[str], texts: Sequence[str]) -> None:
    """Whether these fields have the types of section 4.3. Raises UnreadableMessageError: wrong_shape."""
    for key, value in record.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= _LARGEST
        if (key in numbers and not number) or (key in texts and not isinstance(value, str)):
            raise UnreadableMessageError("wrong_shape", f"SenML field {key} is {str(value)[:40]!r}")


def _resolve(record: Mapping[str, object], base: _Base, received_at: datetime, source: Source) -> _Resolved | None:
    """The record alone; None when it carries no value of its own: base fields, or an integral only."""
    name = base.name + str(record.get("n", ""))
    kinds = [key for key in ("v", "vs", "vb", "vd") if key in record]
    if not kinds and (base.value is None or "s" in record):
        return None
    if len(kinds) > 1:
        raise UnreadableMessageError("wrong_shape", f"{name[:80]!r} has {' and '.join(kinds)}")
    if not _NAME.fullmatch(name):
        raise UnreadableMessageError("wrong_shape", f"{name[:80]!r} is no SenML name")
    value = record[kinds[0]] if kinds else 0
    if base.value is not None and (not kinds or kinds == ["v"]):
        value = float(value) + base.value  # type: ignore[arg-type]  # numbers: _check
    unit = record.get("u", base.unit)
    at = _time(base.time + float(record.get("t", 0)), received_at)  # type: ignore[arg-type]  # numbers: _check
    return _Resolved(*_split(name, source), at, value, None if unit is None else str(unit))


def _time(seconds: float, received_at: datetime) -> datetime:
    if seconds >= _ABSOLUTE_FROM:
        return instant(seconds)
    try:
        return received_at + timedelta(seconds=seconds)
    except (OverflowError, ValueError) as error:
        raise UnreadableMessageError("bad_time", f"{seconds} seconds from now is out of range") from error


def _split(name: str, source: Source) -> tuple[str, str]:
    """(device, field); the field of a name that is only a device is `value`."""
    cuts = [cut for cut in range(len(name), 0, -1) if cut == len(name) or _is_cut(name, cut)]
    for cut in cuts:
        for device in (name[:cut], name[:cut].rstrip(_SEPARATORS)):
            if device.casefold() in source.devices:
                return device, name[cut:].lstrip(_SEPARATORS) or "value"
    cut = max(name.rfind(letter) for letter in ":/")
    return (name[:cut].rstrip(_SEPARATORS), name[cut + 1 :] or "value") if cut > 0 else (name, "value")


def _is_cut(name: str, cut: int) -> bool:
    return name[cut - 1] in _SEPARATORS or name[cut] in _SEPARATORS


def _uplink(device: str, at: datetime, records: list[_Resolved]) -> Uplink:
    values = {one.field: one.value for one in records}
    units = {one.field: one.unit for one in records if one.unit is not None}
    return Uplink(devices=(device,), values=values, units=units, whole=values, device_at=at)


def _alone(record: Mapping[str, object], base: _Base) -> bytes:
    """A pack of this record alone, so that its neighbours are not replayed with it."""
    fields = {"bn": base.name, "bt": base.time, "bu": base.unit, "bv": base.value}
    return as_json([{key: value for key, value in fields.items() if value is not None} | dict(record)])
