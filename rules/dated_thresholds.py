"""The alarm levels in force at each instant: thresholds are dated, and the date is the local one in Huế."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, time

import numpy as np
from numpy.typing import NDArray

from domain.stations import StageThresholds, Station
from domain.times import HUE_TIME, local
from rules.rule_table import LEVEL_NUMBERS, LevelName
from rules.trace import tick


def levels_in_force(
    station: Station, ticks: NDArray[np.int64], names: Sequence[LevelName]
) -> dict[int, NDArray[np.float64]]:
    """Threshold of each named level at each of `ticks` (µs, ascending), in m above the gauge's datum; NaN where not known.

    A level that is never known is left out. 0.0 is a threshold like any other.
    """
    levels: dict[int, NDArray[np.float64]] = {}
    for number in (LEVEL_NUMBERS[name] for name in names):
        column = np.full(len(ticks), np.nan)
        for thresholds in station.thresholds:  # ordered by date: a later one overwrites the rest of the record
            level = thresholds.levels_m[number - 1]
            begins = int(np.searchsorted(ticks, tick(_first_instant(thresholds))))
            column[begins:] = np.nan if level is None else level
        if not np.isnan(column).all():
            levels[number] = column
    return levels


def lowest_ever(station: Station, names: Sequence[LevelName]) -> float:
    """The lowest that any of the named levels ever was, in m; infinity when none is known."""
    lowest = math.inf
    for thresholds in station.thresholds:
        levels = thresholds.levels_m
        for name in names:
            level = levels[LEVEL_NUMBERS[name] - 1]
            if level is not None and level < lowest:
                lowest = level
    return lowest


def level_at(station: Station, at: datetime, number: int) -> float | None:
    """One level in force at one instant, in m; None when it is not known."""
    thresholds = station.thresholds_on(local(at).date())
    return None if thresholds is None else thresholds.levels_m[number - 1]


def height_of(station: Station, at: datetime, value_m: float) -> int:
    """The highest level in force at one instant that `value_m` reaches; 0 below all and where none is known."""
    thresholds = station.thresholds_on(local(at).date())
    levels = () if thresholds is None else thresholds.levels_m
    return max((number for number, level in enumerate(levels, 1) if level is not None and value_m >= level), default=0)


def lowest_level_at(station: Station, at: datetime, names: Sequence[LevelName]) -> float | None:
    """The lowest of the named levels that is known at one instant, in m."""
    thresholds = station.thresholds_on(local(at).date())
    if thresholds is None:
        return None
    levels = thresholds.levels_m
    for name in names:
        level = levels[LEVEL_NUMBERS[name] - 1]
        if level is not None:
            return level
    return None


def _first_instant(thresholds: StageThresholds) -> datetime:
    return datetime.combine(thresholds.valid_from, time(), tzinfo=HUE_TIME)
