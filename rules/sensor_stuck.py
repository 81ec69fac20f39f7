"""A sensor that shows one value for longer than nature does."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import numpy as np
import pandas as pd

from domain.alerts import Finding, Phase, Step
from domain.readings import QualityFlag
from domain.stations import Station
from rules.latch import Condition, Mask, level_steps
from rules.threshold_tables import SensorStuckRule, StuckLimit
from rules.trace import Trace, trace

_MICROSECONDS_PER_H = 3_600_000_000
_LOOKS = 8


def sensor_stuck_finding(
    station: Station, quantity: str, readings: pd.DataFrame | Trace, rule: SensorStuckRule, since: datetime
) -> Finding:
    """Level 1 where all readings of the last hours lie within the tolerance, from `since` on; failed readings count too.

    `readings` begin `rule.warm_up` before `since`. The window must be full: a sensor that reported for one hour is not stuck
    for a day. With `above`, only values above it count (calm air is no fault).
    """
    limit = rule.limits[quantity]
    seen = trace(readings, without=(QualityFlag.MISSING,))
    start = seen.since(since)
    if not len(seen) or not _could_be(seen, limit):
        changes = [(0, 0)] if start < len(seen) else []
    else:
        stuck = _stuck(seen, limit, rule.minimum_readings)[start:]
        changes = level_steps(seen.ticks[start:], {1: Condition(reached=stuck, held=stuck)}, rule.patience)
    steps = tuple(
        Step(
            at=seen.at(start + index),
            level=level,
            value=float(seen.values[start + index]),
            detail={"quantity": quantity, "window_h": limit.hours},
        )
        for index, level in changes
    )
    return Finding(station=station.id, event=rule.event, phase=Phase.OBSERVED, rule=rule.name, since=since, steps=steps)


def _stuck(seen: Trace, limit: StuckLimit, minimum_readings: int) -> Mask:
    """Where the run of values that stay within the tolerance of their own beginning is at least so long.

    A run begins anew where a value leaves the span of the tolerance round the run's lowest and highest.
    """
    found = np.zeros(len(seen), dtype=bool)
    reach = round(limit.hours * _MICROSECONDS_PER_H)
    begin, low, high = 0, seen.values[0], seen.values[0]
    for index, value in enumerate(seen.values.tolist()):
        low, high = min(low, value), max(high, value)
        if round(high - low, 6) > limit.tolerance:
            begin, low, high = index, value, value
        long = seen.ticks[index] - seen.ticks[begin] >= reach and index - begin + 1 >= minimum_readings
        found[index] = long and (limit.above is None or value > limit.above)
    return found


def _could_be(seen: Trace, limit: StuckLimit) -> bool:
    """A quick look at eight instants in each span of the hours asked for.

    A sensor that is stuck so long shows the same, give or take the tolerance, at seven or more of them in a row.
    """
    if seen.ticks[-1] - seen.ticks[0] < limit.hours * _MICROSECONDS_PER_H:
        return False
    every = round(limit.hours * _MICROSECONDS_PER_H / _LOOKS)
    looks = np.searchsorted(seen.ticks, np.arange(seen.ticks[0], seen.ticks[-1] + 1, every))
    values = seen.values[looks].tolist()
    run = longest = 0
    for one, other in pairwise(values):
        run = run + 1 if abs(one - other) <= limit.tolerance + 1e-9 else 0
        longest = max(longest, run)
    return longest >= _LOOKS - 2
