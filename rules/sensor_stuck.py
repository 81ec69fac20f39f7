"""A sensor that shows one value for longer than nature does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from domain.alerts import Finding, Phase, Step
from domain.readings import QualityFlag
from domain.stations import Station
from rules.latch import Condition, Mask, level_steps
from rules.threshold_tables import SensorStuckRule, StuckLimit
from rules.trace import Trace, trace

#: Differences are rounded to this before they are compared.
_ROUNDED = 1e-6


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
    begin, low, high = 0, seen.values[0], seen.values[0]
    for index, value in enumerate(seen.values.tolist()):
        low, high = min(low, value), max(high, value)
        if round(high - low, 6) > limit.tolerance:
            begin, low, high = index, value, value
        long = seen.ticks[index] - seen.ticks[begin] >= limit.reach and index - begin + 1 >= minimum_readings
        found[index] = long and (limit.above is None or value > limit.above)
    return found


def looks_between(reach: int, longest_gap: Any) -> Any:
    """How many readings lie between two of the quick looks, where readings come at least every `longest_gap` (µs); 0: too few.

    Whoever is stuck for `reach` is so in more than `reach // longest_gap` readings in a row. Four such steps fit into them,
    and so at least one even look and the two after it, wherever they begin.
    """
    return reach // longest_gap // 4


def _could_be(seen: Trace, limit: StuckLimit) -> bool:
    """A quick look at a few readings: False where surely no run is so long."""
    if int(seen.ticks[-1]) - int(seen.ticks[0]) < limit.reach:
        return False
    step = looks_between(limit.reach, seen.gaps[1])
    if not step:
        return True
    looks = seen.values[::step].tolist()
    return any(
        max(three) - min(three) <= limit.tolerance + _ROUNDED
        for three in zip(looks[::2], looks[1::2], looks[2::2], strict=False)
    )
