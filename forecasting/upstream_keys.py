"""What an input from upstream is called in a model: by its gauge, and by its quantity where that is not the level.

A model that learnt from levels in m must never be given a release in m³/s: under another key it is another input.
"""

from __future__ import annotations

_LEVEL = "water_level"


def upstream_key(station: str, quantity: str) -> str:
    """`binh_dien` for the level of a gauge, `binh_dien:outflow` for another quantity."""
    return station if quantity == _LEVEL else f"{station}:{quantity}"


def station_of(key: str) -> str:
    """The gauge."""
    return key.partition(":")[0]


def quantity_of(key: str) -> str:
    """What is measured there."""
    return key.partition(":")[2] or _LEVEL
