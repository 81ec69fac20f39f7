"""Any quantity against numbers of the rule: each level begins and ends in its own way."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.alerts import Finding, Phase, Step
from domain.stations import Station
from rules.amounts import share
from rules.latch import Condition, level_steps
from rules.threshold_tables import AMOUNTS, ThresholdRule
from rules.trace import Trace, trace

_Column = NDArray[np.float64]
_MICROSECOND = timedelta(microseconds=1)
#: Clocks wander: a window of three hours must still reach the reading of three hours and some seconds ago.
_CLOCK_SLACK = 1.1


def threshold_finding(
    station: Station, readings: pd.DataFrame | Trace, rule: ThresholdRule, since: datetime
) -> Finding:
    """The levels of the rule that the quantity, or what it does over the window, reaches, from `since` on.

    `readings`: in the quantity's unit, with columns observed_at, value, flag, received_at, beginning `rule.warm_up` before
    `since`. Windows with fewer than `minimum_readings` are not judged.
    """
    seen = trace(readings)
    if rule.of in AMOUNTS:
        part = share(seen.values, station, rule.quantity, timedelta(minutes=rule.window_min))
        seen = Trace(ticks=seen.ticks, values=part, flags=seen.flags)
    columns = compared(seen, rule)
    known = np.flatnonzero(~np.isnan(columns) & (np.arange(len(seen)) >= seen.since(since)))
    values = columns[known]
    sign = 1 if rule.direction == "above" else -1
    conditions = {
        each.level: Condition(reached=sign * values >= sign * each.raise_at, held=sign * values > sign * each.clear_at)
        for each in rule.levels
    }
    patience = {each.level: each.patience for each in rule.levels}
    numbers = {each.level: each.raise_at for each in rule.levels}
    steps = tuple(
        Step(
            at=seen.at(known[index]),
            level=level,
            value=float(values[index]),
            threshold=numbers.get(level, rule.levels[0].raise_at),
            detail={"quantity": rule.quantity, "of": rule.of, "window_min": rule.window_min},
        )
        for index, level in level_steps(seen.ticks[known], conditions, patience)
    )
    return Finding(station=station.id, event=rule.event, phase=Phase.OBSERVED, rule=rule.name, since=since, steps=steps)


def compared(seen: Trace, rule: ThresholdRule) -> _Column:
    """What the rule compares at each instant: the value, or a number over the window that ends there; NaN where too little.

    Sums, rates, means, lowest and highest are over (t - window, t]; a change is from the first reading within the window and
    a tenth before it, and needs at least half of it.
    """
    if rule.of == "last" or not len(seen):
        return seen.values
    window = timedelta(minutes=rule.window_min)
    reach = round(window / _MICROSECOND * (_CLOCK_SLACK if rule.of == "change" else 1))
    first = np.searchsorted(seen.ticks, seen.ticks - reach, side="left" if rule.of == "change" else "right")
    enough = np.arange(len(seen)) - first + 1 >= rule.minimum_readings
    return np.where(enough, np.round(_over(seen, first, rule, window), 6), np.nan)


def _over(seen: Trace, first: NDArray[np.int64], rule: ThresholdRule, window: timedelta) -> _Column:
    here = np.arange(len(seen))
    if rule.of == "change":
        spans = seen.ticks - seen.ticks[first]
        return np.where(spans >= window / _MICROSECOND / 2, seen.values - seen.values[first], np.nan)
    if rule.of in {"lowest", "highest"}:
        extreme = np.min if rule.of == "lowest" else np.max
        return np.array([extreme(seen.values[f : i + 1]) for f, i in zip(first, here, strict=True)])
    cumulated = np.concatenate(([0.0], np.cumsum(seen.values)))
    sums: _Column = cumulated[1:] - cumulated[first]
    if rule.of == "mean":
        return sums / (here - first + 1)
    return sums / (window / timedelta(hours=1)) if rule.of == "rate_per_h" else sums
