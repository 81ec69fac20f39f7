"""Water level against BĐ1-BĐ3 and the highest on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.alerts import Finding, Phase, Step
from domain.stations import Station
from rules.dated_thresholds import level_at, levels_of, lowest_ever, lowest_level_at
from rules.latch import Condition, level_steps
from rules.tables import StageRule
from rules.trace import Trace, trace


def stage_finding(station: Station, readings: pd.DataFrame | Trace, rule: StageRule, since: datetime) -> Finding:
    """Levels 1-3 at or above BĐ1-BĐ3, level 4 at or above the highest on record, from `since` on.

    A level ends only below its threshold minus its hysteresis. `readings`: water levels in m above the gauge's datum, with
    columns observed_at, value, flag, received_at. A level the gauge does not know is never found.
    """
    levels = trace(readings)
    start = levels.since(since)
    lowest = lowest_ever(station, rule.levels)
    if levels.highest < lowest:  # a calm day, as most are
        return _finding(station, rule, since, _calm(station, levels, rule, start))
    # Before any level is reached none begins or ends: in a storm only the newest of three days of readings is looked at closely.
    reached = levels.values[start:] >= lowest
    first = start + int(reached.argmax()) if len(reached) else len(levels)
    first = first if first < len(levels) and levels.values[first] >= lowest else len(levels)
    before = _calm(station, levels, rule, start) if first > start else []
    changes = _changes(station, levels, rule, first)
    if before and changes and changes[0][1] == 0:
        del changes[0]  # still calm
    steps = []
    for index, number in changes:
        at = levels.at(index)
        compared = level_at(station, at, number) if number else lowest_level_at(station, at, rule.levels)
        steps.append(Step(at=at, level=number, value=float(levels.values[index]), threshold=compared))
    return _finding(station, rule, since, [*before, *steps])


def _changes(station: Station, levels: Trace, rule: StageRule, first: int) -> list[tuple[int, int]]:
    """Index and level of every change from the reading `first` on, and always the level there."""
    if first == len(levels):
        return []
    ticks, values = levels.ticks[first:], levels.values[first:]
    known = levels_of(station, ticks, rule.levels)
    begun = _begun_and_held(values.tolist(), known, rule)
    if begun is not None:
        return [(first + index, number) for index, number in begun]
    conditions = {}
    for number, level in known.items():
        reached = values >= level
        if reached.any():  # a level that is never reached neither begins nor ends
            low = level - rule.hysteresis_of(number)
            held = values >= (_rounded(low) if isinstance(low, float) else low.round(6))
            conditions[number] = Condition(reached=reached, held=held)
    patience = {number: rule.patience_of(number) for number in conditions}
    return [(first + index, number) for index, number in level_steps(ticks, conditions, patience)]


def _begun_and_held(
    values: Sequence[float], levels: Mapping[int, float | NDArray[np.float64]], rule: StageRule
) -> list[tuple[int, int]] | None:
    """What `level_steps` finds where every level that is reached begins at once and is held from then on; None where it is not so.

    A rising flood, and so a storm over thousands of gauges: a few comparisons instead of arrays for two or three readings.
    """
    began: dict[int, int] = {}
    highest = max(values)
    for number, level in levels.items():
        if not isinstance(level, float):
            return None
        if level > highest:
            continue
        patience = rule.patience_of(number)
        index = next(i for i, value in enumerate(values) if value >= level)
        ends = min(values[index:]) < _rounded(level - rule.hysteresis_of(number))
        if ends or patience.raise_after or patience.raise_count > 1:
            return None
        began[number] = index
    steps: list[tuple[int, int]] = []
    for index in sorted({0, *began.values()}):
        level_on = max((number for number, since in began.items() if since <= index), default=0)
        if not steps or level_on != steps[-1][1]:
            steps.append((index, level_on))
    return steps


def _rounded(level_m: float) -> float:
    """To the micrometre, because 5.81 - 0.1 is not 5.71 in binary."""
    return round(level_m, 6)


def _calm(station: Station, levels: Trace, rule: StageRule, start: int) -> list[Step]:
    """What is found where no level is ever reached: level 0 from the first reading on."""
    if start == len(levels):
        return []
    at = levels.at(start)
    compared = lowest_level_at(station, at, rule.levels)
    return [Step(at=at, level=0, value=float(levels.values[start]), threshold=compared)]


def _finding(station: Station, rule: StageRule, since: datetime, steps: Sequence[Step]) -> Finding:
    return Finding(
        station=station.id, event=rule.event, phase=Phase.OBSERVED, rule=rule.name, since=since, steps=tuple(steps)
    )
