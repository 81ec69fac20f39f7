"""The alarm levels in force at each instant: thresholds are dated, and the date is the local one in Huế."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from domain.stations import Station
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
            begins = int(np.searchsorted(ticks, _first_tick(thresholds.valid_from)))
            column[begins:] = np.nan if level is None else level
        if not np.isnan(column).all():
            levels[number] = column
    return levels


def levels_of(
    station: Station, ticks: NDArray[np.int64], names: Sequence[LevelName]
) -> Mapping[int, float | NDArray[np.float64]]:
    """The same, with a plain number for a level where one table is in force at all of `ticks`, as it mostly is."""
    first = [_first_tick(thresholds.valid_from) for thresholds in station.thresholds]
    begun = sum(each <= ticks[0] for each in first) if len(ticks) else 0
    if not begun or (begun < len(first) and first[begun] <= ticks[-1]):
        return levels_in_force(station, ticks, names)
    levels = station.thresholds[begun - 1].levels_m
    known = ((number, levels[number - 1]) for number in (LEVEL_NUMBERS[name] for name in names))
    return {number: level for number, level in known if level is not None}


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


@lru_cache(maxsize=1024)
def _first_tick(day: date) -> int:
    """When thresholds of this day begin, in µs since 1970 UTC."""
    return tick(datetime.combine(day, time(), tzinfo=HUE_TIME))
