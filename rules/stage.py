"""Water level against BĐ1-BĐ3 and the highest on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from domain.alerts import Finding, Phase, Step
from domain.stations import Station
from rules.dated_thresholds import level_at, levels_in_force, lowest_ever, lowest_level_at
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
    if levels.highest < lowest_ever(station, rule.levels):  # a calm day, as most are
        return _finding(station, rule, since, _calm(station, levels, rule, start))
    judged = slice(start, None)
    ticks, values = levels.ticks[judged], levels.values[judged]
    conditions = {
        # Rounded to the micrometre, because 5.81 - 0.1 is not 5.71 in binary.
        number: Condition(reached=values >= level, held=values >= np.round(level - rule.hysteresis_of(number), 6))
        for number, level in levels_in_force(station, ticks, rule.levels).items()
    }
    patience = {number: rule.patience_of(number) for number in conditions}
    steps = []
    for index, number in level_steps(ticks, conditions, patience):
        at = levels.at(index + start)
        compared = level_at(station, at, number) if number else lowest_level_at(station, at, rule.levels)
        steps.append(Step(at=at, level=number, value=float(values[index]), threshold=compared))
    return _finding(station, rule, since, steps)


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
