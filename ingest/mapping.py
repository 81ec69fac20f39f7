"""From what a device says to readings of a station: names become quantities, units the quantity's own, times are ranked."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TypeAlias

import msgspec

from domain.errors import UnreadableMessageError
from domain.stations import STATION_ID
from ingest.formats.native import Measurement, Refusal
from ingest.formats.uplink import Message, Uplink
from ingest.instants import bounded, read_instant
from ingest.source import Clock, Device, FieldMap, Role, Source
from ingest.units import to_own_unit

#: Numbers as texts; float() alone would also take 1_000, nan and Arabic digits.
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
_LONGEST_NUMBER = 40
_LARGEST_SEQ = 2**63 - 1
_LONGEST_STATUS = 16
_LARGEST_BATTERY_V = 1e6
_DECIMALS = 9


class Routed(msgspec.Struct, frozen=True, gc=False):
    """A reading of a station, with the bytes that hold it."""

    station: str
    measurement: Measurement
    payload: bytes


_Found: TypeAlias = list[tuple[FieldMap, object]]


def readings_of(uplink: Uplink, source: Source, message: Message) -> Iterator[Routed | Refusal]:
    """The readings of one uplink. What one value is does not touch the others; nothing is raised."""
    payload = message.payload if uplink.raw is None else uplink.raw
    try:
        device = _device(uplink, source)
        found = [(field, value) for field in device.fields if (value := _found(field, uplink)) is not None]
        if not any(field.quantity for field, _ in found):
            _check_ignored(found, uplink, source)
            return
        at = _time(found, uplink, source, message.received_at)
    except UnreadableMessageError as error:
        yield Refusal(error.reason, error.detail, payload)
        return
    extras = _extras(found, uplink)
    done: set[str] = set()
    for field, value in found:
        if field.quantity is None or field.quantity in done:
            continue  # of several fields for one quantity the first that is there counts
        done.add(field.quantity)
        try:
            number = _own(field, field.quantity, value, uplink.units)
            yield Routed(device.station, Measurement(field.quantity, at, number, *extras), payload)
        except UnreadableMessageError as error:
            yield Refusal(error.reason, error.detail, payload)


def _device(uplink: Uplink, source: Source) -> Device:
    device = source.device(uplink.devices)
    if device is None or not STATION_ID.fullmatch(device.station):
        names = " or ".join(uplink.devices)[:120]
        raise UnreadableMessageError("unknown_device", f"{names!r} is not listed in source {source.name}")
    return device


def _found(field: FieldMap, uplink: Uplink) -> object | None:
    return uplink.values.get(field.name) if field.find is None else field.find(uplink.whole)


def _check_ignored(found: _Found, uplink: Uplink, source: Source) -> None:
    """A message that only says what the source ignores is no reading; any other would be lost in silence."""
    if not any(field.role is Role.IGNORE for field, _ in found):
        names = ", ".join(uplink.values)[:200]
        raise UnreadableMessageError("no_reading", f"none of {names} is a quantity in source {source.name}")


def _time(found: _Found, uplink: Uplink, source: Source, received_at: datetime) -> datetime:
    """The first of the ranked times that is there and can be true."""
    first: UnreadableMessageError | None = None
    for clock in source.clocks:
        try:
            at = _clock(clock, found, uplink, source, received_at)
            if at is not None:
                return bounded(at, received_at)
        except UnreadableMessageError as error:
            first = first or error
    ranked = ", ".join(source.clocks)
    raise first or UnreadableMessageError("missing_field", f"no time: none of {ranked} in source {source.name}")


def _clock(clock: Clock, found: _Found, uplink: Uplink, source: Source, received_at: datetime) -> datetime | None:
    if clock is Clock.ARRIVAL:
        return received_at
    if clock is Clock.GATEWAY:
        return uplink.gateway_at
    said = _of_role(found, Role.TIME)
    return uplink.device_at if said is None else read_instant(said, source.offset)


def _of_role(found: _Found, role: Role) -> object | None:
    return next((value for field, value in found if field.role is role), None)


def _extras(found: _Found, uplink: Uplink) -> tuple[int | None, str | None, float | None]:
    """(seq, status, battery): what cannot be read of them costs no reading."""
    said = _of_role(found, Role.STATUS)
    return _seq(_of_role(found, Role.SEQ)), _status(uplink.status if said is None else said), _battery(found, uplink)


def _seq(value: object) -> int | None:
    number = value if isinstance(value, int) and not isinstance(value, bool) else None
    return number if number is not None and 0 <= number <= _LARGEST_SEQ else None


def _status(value: object) -> str | None:
    """Thông tư 10/2021 writes two digits; a device that sends 2 means "02"."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    word = str(value).strip()
    word = word.zfill(2) if word.isdigit() else word
    return word if 0 < len(word) <= _LONGEST_STATUS and word.isprintable() else None


def _battery(found: _Found, uplink: Uplink) -> float | None:
    for field, value in found:
        if field.role is Role.BATTERY:
            try:
                volts = number_of(value) / (1000 if (field.unit or uplink.units.get(field.name)) == "mV" else 1)
            except UnreadableMessageError:
                return None
            return volts if abs(volts) <= _LARGEST_BATTERY_V else None
    return None


def _own(field: FieldMap, quantity: str, value: object, units: Mapping[str, str]) -> float:
    """The value in the quantity's own unit, scaled and shifted. Raises: not_a_number, wrong_unit."""
    unit = field.unit if field.unit is not None else units.get(field.name)
    # Rounded far below what any sensor resolves: 6.10 - 3.10 is 3.00, the level itself, and not 2.9999999999999996 below it.
    own = round(field.scale * to_own_unit(number_of(value), unit, quantity) + field.offset, _DECIMALS)
    if not math.isfinite(own):
        raise UnreadableMessageError("not_a_number", f"{field.name} is {str(value)[:40]!r}")
    return own


def number_of(value: object) -> float:
    """A number, or one as a text. Raises UnreadableMessageError: not_a_number."""
    number = math.nan
    if isinstance(value, str):
        text = value.strip()
        if len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text):
            number = float(text)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        with suppress(OverflowError):
            number = float(value)
    if math.isfinite(number):
        return number
    raise UnreadableMessageError("not_a_number", f"value {str(value)[:40]!r}")
