"""How fast the water rises (cường suất lũ lên), in m/h."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.alerts import Finding, Phase, Step
from domain.stations import Station
from rules.latch import Condition, level_steps
from rules.tables import RateOfRiseRule
from rules.trace import Trace, trace

_MICROSECONDS_PER_H = 3_600_000_000
#: Gauge clocks wander: a window of one hour must still reach the reading of an hour and some seconds ago.
_CLOCK_SLACK = 1.1


def rate_of_rise_finding(
    station: Station, readings: pd.DataFrame | Trace, rule: RateOfRiseRule, since: datetime
) -> Finding:
    """Levels 1, 2, … where the rise over the window reaches the rates of this gauge's class, from `since` on.

    `readings`: water levels in m with columns observed_at, value, flag, received_at, beginning `rule.warm_up` before `since`.
    A level ends below its rate times `clear_ratio`.
    """
    levels = trace(readings)
    window = timedelta(minutes=rule.window_min)
    thresholds = rule.rates_of(station.id)
    rates = rates_of_rise(levels, window, rule.minimum_readings)
    start = levels.since(since)
    known = start + np.flatnonzero(~np.isnan(rates[start:]))
    values = rates[known]
    if len(known) and values.max() < thresholds[0]:  # a calm day, as most are
        return _finding(station, rule, since, [_step(levels, rule, int(known[0]), 0, float(values[0]), thresholds)])
    ticks = levels.ticks[known]
    conditions = {
        number: Condition(reached=values >= rate, held=values >= round(rate * rule.clear_ratio, 6))
        for number, rate in enumerate(thresholds, start=1)
    }
    steps = [
        _step(levels, rule, int(known[index]), number, float(values[index]), thresholds)
        for index, number in level_steps(ticks, conditions, rule.patience)
    ]
    return _finding(station, rule, since, steps)


def _step(  # noqa: PLR0917 - the parts of one step
    levels: Trace, rule: RateOfRiseRule, index: int, number: int, rate: float, thresholds: Sequence[float]
) -> Step:
    return Step(
        at=levels.at(index),
        level=number,
        value=rate,
        threshold=thresholds[max(number, 1) - 1],
        detail={
            "level_m": float(levels.values[index]),
            "window_min": rule.window_min,
            "verified": int(rule.verified),
        },
    )


def _finding(station: Station, rule: RateOfRiseRule, since: datetime, steps: Sequence[Step]) -> Finding:
    return Finding(
        station=station.id, event=rule.event, phase=Phase.OBSERVED, rule=rule.name, since=since, steps=tuple(steps)
    )


def rates_of_rise(levels: Trace, window: timedelta, minimum_readings: int) -> NDArray[np.float64]:
    """(z(t) - z(s)) / (t - s) in m/h for each instant t, where s is the first reading within `window` before t.

    NaN where the window holds fewer than `minimum_readings`, or where they span less than half of it: a rise of 3 cm between
    two readings a minute apart is noise, not 1.8 m/h.
    """
    reach = round(window.total_seconds() * 1_000_000 * _CLOCK_SLACK)
    first = np.searchsorted(levels.ticks, levels.ticks - reach, side="left")
    span = levels.ticks - levels.ticks[first] if len(levels) else levels.ticks
    enough = (np.arange(len(levels)) - first + 1 >= minimum_readings) & (span >= reach / _CLOCK_SLACK / 2)
    rates = np.full(len(levels), np.nan)
    rise_m = levels.values - levels.values[first] if len(levels) else levels.values
    rates[enough] = np.round(rise_m[enough] / (span[enough] / _MICROSECONDS_PER_H), 6)
    return rates
