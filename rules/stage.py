"""Water level against BĐ1-BĐ3 and the highest on record."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

from domain.alerts import Finding, Phase, Step
from domain.stations import Station
from rules.dated_thresholds import level_at, levels_in_force, lowest_level_at
from rules.latch import Condition, level_steps
from rules.tables import StageRule
from rules.trace import Trace, trace


def stage_finding(station: Station, readings: pd.DataFrame | Trace, rule: StageRule, since: datetime) -> Finding:
    """Levels 1-3 at or above BĐ1-BĐ3, level 4 at or above the highest on record, from `since` on.

    A level ends only below its threshold minus its hysteresis. `readings`: water levels in m above the gauge's datum, with
    columns observed_at, value, flag, received_at. A level the gauge does not know is never found.
    """
    levels = trace(readings)
    judged = slice(levels.since(since), None)
    ticks, values = levels.ticks[judged], levels.values[judged]
    conditions = {
        # Rounded to the micrometre, because 5.81 - 0.1 is not 5.71 in binary.
        number: Condition(reached=values >= level, held=values >= np.round(level - rule.hysteresis_of(number), 6))
        for number, level in levels_in_force(station, ticks, rule.levels).items()
    }
    patience = {number: rule.patience_of(number) for number in conditions}
    steps = []
    for index, number in level_steps(ticks, conditions, patience):
        at = levels.at(index + (judged.start or 0))
        compared = level_at(station, at, number) if number else lowest_level_at(station, at, rule.levels)
        steps.append(Step(at=at, level=number, value=float(values[index]), threshold=compared))
    return Finding(
        station=station.id, event=rule.event, phase=Phase.OBSERVED, rule=rule.name, since=since, steps=tuple(steps)
    )
