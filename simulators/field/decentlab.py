"""The bytes of Decentlab's radar gauge DL-RAD, protocol version 2 as its maker describes it: big-endian, 16-bit words."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

_FRAME = struct.Struct(">BHH5H")
_VERSION = 2
_DEVICE = 3001
#: The radar's four words and the battery's one follow.
_BOTH = 0b11
_ZERO = 32_768
_WARM_C, _CLEAR_DB = 28.0, 24.0
_OK = 0


def dl_rad(named: Mapping[str, Any]) -> bytes:
    """Distance in mm and battery in V, as far as a word holds them; a steady temperature and echo."""
    return _FRAME.pack(
        _VERSION,
        _DEVICE,
        _BOTH,
        _word(named["Distance"]),
        _word(_ZERO + 100 * _WARM_C),
        _word(_ZERO + 100 * _CLEAR_DB),
        _OK,
        _word(1000 * named.get("Battery voltage", 0.0)),
    )


def _word(value: float) -> int:
    return min(max(round(value), 0), 0xFFFF)


#: What a device packs into bytes, by its vendor and model.
PACKERS: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], bytes]] = {("decentlab", "DL-RAD"): dl_rad}
#: Units that a vendor's documents give to its names, where a sources.toml need not say them.
UNITS: Mapping[tuple[str, str], str] = {("decentlab", "Distance"): "mm"}
