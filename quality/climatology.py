"""Climatology: a value that no earlier year had in this month (QARTOD, Water Level v2.1, test 5). Suspect at most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from domain.times import HUE_TIME
from quality.flags import NOT_EVALUATED, PASS, SUSPECT
from quality.stretch import Flags, Floats, Stretch


@dataclass(frozen=True, slots=True)
class MonthClimate:
    """What earlier years had in one calendar month (of Huế), in the quantity's unit."""

    years: int
    low: float
    high: float


def climatology(value: Floats, climate: MonthClimate, *, years: int, margin: float) -> Flags:
    """SUSPECT outside [low - margin · span, high + margin · span] when at least `years` years are known."""
    if climate.years < years:
        return np.full(len(value), int(NOT_EVALUATED), dtype=np.int8)
    room = margin * (climate.high - climate.low)
    outside = (value < climate.low - room) | (value > climate.high + room)
    return np.where(outside, int(SUSPECT), int(PASS)).astype(np.int8)


def climatology_flags(stretch: Stretch, climates: dict[int, MonthClimate]) -> Flags:
    """The test with the limits of the series; `climates` by month, 1 to 12."""
    limits = stretch.series.limits
    flags = np.full(len(stretch), int(NOT_EVALUATED), dtype=np.int8)
    if limits.climatology_years is None or limits.climatology_margin is None:
        return flags
    months = _months(stretch.at_s)
    for month, climate in climates.items():
        here = months == month
        flags[here] = climatology(
            stretch.value[here], climate, years=limits.climatology_years, margin=limits.climatology_margin
        )
    return flags


def _months(at_s: Floats) -> np.ndarray:
    offset_s = (HUE_TIME.utcoffset(None) or timedelta(0)).total_seconds()
    local = (at_s + offset_s).astype("M8[s]")
    return local.astype("M8[M]").astype(np.int64) % 12 + 1
