"""What a device has measured, and what it hands to its radio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Reading(NamedTuple):
    """One value as the device tells it. `at_s`: seconds since 1970 by the device's own clock; `faults`: ids of what touched it."""

    quantity: str
    at_s: int
    value: float
    seq: int
    battery_v: float
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """One message in a device's own dialect, with the readings that a reader of the dialect finds in it."""

    topic: str
    payload: bytes
    readings: tuple[Reading, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Departure:
    """One message that leaves a device at `at_s` (seconds since 1970, true time).

    `unreadable`: the fault that garbled it or gave it a wrong name; none of its readings can be stored under its station.
    `again`: a repetition of one that has left before.
    """

    at_s: float
    station: str
    source: str
    written: Written
    unreadable: str | None = None
    again: bool = False
