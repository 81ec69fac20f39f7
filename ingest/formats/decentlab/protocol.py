"""The frame of protocol version 2, big-endian: version (1 byte), device id (2), flags (2), 16-bit words.

Bit n of the flags says that the words of the model's n-th sensor follow, in that order.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping

from domain.errors import UnreadableMessageError
from ingest.formats.decentlab.models import MODELS
from ingest.formats.decentlab.table import Sensor, Words

_VERSION = 2
_HEADER = struct.Struct(">BHH")


def decode(
    data: bytes, model: str, parameters: Mapping[str, float] | None = None
) -> tuple[dict[str, object], dict[str, str]]:
    """(values, units) by the names in the vendor's documents; a value that cannot be computed is left out.

    `parameters` replace those of the model, where a device has its own.
    Raises UnreadableMessageError: unknown_model, wrong_length, wrong_version.
    """
    if model not in MODELS:
        raise UnreadableMessageError("unknown_model", f"{model[:40]!r} is none of {', '.join(MODELS)}")
    if len(data) < _HEADER.size or (len(data) - _HEADER.size) % 2:
        raise UnreadableMessageError("wrong_length", f"{len(data)} bytes; 5 and an even number are needed")
    version, _, flags = _HEADER.unpack_from(data)
    if version != _VERSION:
        raise UnreadableMessageError("wrong_version", f"protocol version {version}; {_VERSION} is read")
    words = struct.unpack(f">{(len(data) - _HEADER.size) // 2}H", data[_HEADER.size :])
    values: dict[str, object] = {}
    units: dict[str, str] = {}
    all_parameters = {**MODELS[model].parameters, **(parameters or {})}
    for sensor, own in _sensors(model, flags, words):
        for value in sensor.values:
            try:
                number = value.convert(own, all_parameters)
            except (ArithmeticError, ValueError):
                continue  # a division by a reading of zero, the logarithm of a negative resistance
            if math.isfinite(number):
                values[value.name] = number
                units.update({} if value.unit is None else {value.name: value.unit})
    return values, units


def _sensors(model: str, flags: int, words: Words) -> Iterator[tuple[Sensor, Words]]:
    """The sensors that are in the frame with their words. A frame of another model hardly ever has the right length."""
    sensors = MODELS[model].sensors
    present = [sensor for bit, sensor in enumerate(sensors) if flags >> bit & 1]
    if flags >> len(sensors) or sum(sensor.words for sensor in present) != len(words):
        raise UnreadableMessageError("wrong_length", f"{len(words)} words with flags {flags:#x} is no frame of {model}")
    at = 0
    for sensor in present:
        yield sensor, words[at : at + sensor.words]
        at += sensor.words
