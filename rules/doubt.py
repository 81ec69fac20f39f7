"""A doubtful reading that would be dangerous if it were true: record floods look like bad data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.alerts import Finding, Phase, Step
from domain.quantities import QUANTITIES, Aggregation
from domain.readings import QualityFlag
from domain.stations import Station
from domain.times import local
from rules.dated_thresholds import levels_in_force
from rules.latch import Condition, level_steps
from rules.rule_table import LEVEL_NUMBERS
from rules.tables import DoubtfulReadingRule
from rules.trace import Trace, trace

_FLAGS = {"suspect": QualityFlag.SUSPECT, "fail": QualityFlag.FAIL}


def doubt_finding(
    station: Station, quantity: str, readings: pd.DataFrame | Trace, rule: DoubtfulReadingRule, since: datetime
) -> Finding:
    """Level 1 where a reading of a doubtful flag is at or above the danger line, from `since` on.

    The danger line of a level is `rule.level`, or the highest alarm level that the gauge knows; of rain it is
    `rain_mm_per_h` over the gauge's cadence. Other quantities have none. Ends when no such reading came for `clear_after_min`.
    """
    seen = trace(readings, without=(QualityFlag.MISSING,))
    start = seen.since(since)
    if seen.worst_flag < min(int(_FLAGS[name]) for name in rule.flags):  # every reading passed its tests, as most do
        return _finding(
            station, rule, since, [_calm(station, quantity, seen, rule, start)] if start < len(seen) else []
        )
    danger = _danger(station, quantity, seen, rule)[start:]
    values, flags = seen.values[start:], seen.flags[start:]
    doubtful = np.isin(flags, [int(_FLAGS[name]) for name in rule.flags]) & (values >= danger)
    steps = [
        Step(
            at=seen.at(start + index),
            level=level,
            value=float(values[index]),
            threshold=None if np.isnan(danger[index]) else float(danger[index]),
            detail={"quantity": quantity, "flag": int(flags[index])},
        )
        for index, level in level_steps(
            seen.ticks[start:], {1: Condition(reached=doubtful, held=doubtful)}, rule.patience
        )
    ]
    return _finding(station, rule, since, steps)


def _finding(station: Station, rule: DoubtfulReadingRule, since: datetime, steps: Sequence[Step]) -> Finding:
    return Finding(
        station=station.id, event=rule.event, phase=Phase.OBSERVED, rule=rule.name, since=since, steps=tuple(steps)
    )


def _calm(station: Station, quantity: str, seen: Trace, rule: DoubtfulReadingRule, start: int) -> Step:
    """Level 0 from the first reading on."""
    at = seen.at(start)
    if QUANTITIES[quantity].aggregation is Aggregation.SUM:
        danger = _rain_danger(station, quantity, rule)
    else:
        danger = _level_danger(station, rule, at)
    return Step(
        at=at,
        level=0,
        value=float(seen.values[start]),
        threshold=danger,
        detail={"quantity": quantity, "flag": int(seen.flags[start])},
    )


def _level_danger(station: Station, rule: DoubtfulReadingRule, at: datetime) -> float | None:
    thresholds = station.thresholds_on(local(at).date())
    if thresholds is None:
        return None
    levels = thresholds.levels_m
    named = levels[LEVEL_NUMBERS[rule.level] - 1]
    return named if named is not None else next((level for level in levels[2::-1] if level is not None), None)


def _rain_danger(station: Station, quantity: str, rule: DoubtfulReadingRule) -> float | None:
    series = station.series_of(quantity)
    return None if series is None else rule.rain_mm_per_h * (series.cadence / timedelta(hours=1))


def _danger(station: Station, quantity: str, seen: Trace, rule: DoubtfulReadingRule) -> NDArray[np.float64]:
    """The danger line at each instant, in the quantity's unit; NaN where there is none."""
    if QUANTITIES[quantity].aggregation is Aggregation.SUM:
        danger = _rain_danger(station, quantity, rule)
        return np.full(len(seen), np.nan if danger is None else danger)
    levels = levels_in_force(station, seen.ticks, ("bd1", "bd2", "bd3"))
    nothing = np.full(len(seen), np.nan)
    highest = nothing
    for number in sorted(levels):
        highest = np.where(np.isnan(levels[number]), highest, levels[number])
    named = levels.get(LEVEL_NUMBERS[rule.level], nothing)
    return np.where(np.isnan(named), highest, named)
