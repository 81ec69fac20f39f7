"""Readings and their quality flags."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum

import msgspec

from domain.times import require_aware


class QualityFlag(IntEnum):
    """QARTOD primary flags, numbers as published (Manual for Real-Time Quality Control of Water Level Data v2.1, 2021)."""

    PASS = 1
    NOT_EVALUATED = 2
    SUSPECT = 3
    FAIL = 4
    MISSING = 9


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One value of one series at one time. The key is (station, quantity, observed_at).

    Millions pass by: a struct is made in a sixth of the time that a dataclass takes.
    """

    station: str
    quantity: str
    observed_at: datetime  # event time: when the device measured
    received_at: datetime  # when we knew
    value: float  # in the quantity's own unit
    flag: QualityFlag = QualityFlag.NOT_EVALUATED
    seq: int | None = None  # counts per station and quantity at the device
    status: str | None = None  # Thông tư 10/2021: "00" normal, "01" calibrating, "02" device error
    battery_v: float | None = None

    def __post_init__(self) -> None:
        if self.observed_at.tzinfo is None or self.received_at.tzinfo is None:
            require_aware(self.observed_at, "observed_at")
            require_aware(self.received_at, "received_at")
