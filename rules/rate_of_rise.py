"""How fast the water rises (cường suất lũ lên), in m/h."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.alerts import Finding, Phase, Step
from domain.stations import Station
from rules.latch import Condition, level_steps
from rules.tables import LONGEST_GAP, RateOfRiseRule
from rules.trace import Trace, trace

_MICROSECONDS_PER_H = 3_600_000_000
#: Gauge clocks wander: a window of one hour must still reach the reading of an hour and some seconds ago.
_CLOCK_SLACK = 1.1
#: Rates are rounded to this before they are compared.
_ROUNDED = 1e-6
_Number = float | NDArray[np.float64]


def rate_of_rise_finding(
    station: Station, readings: pd.DataFrame | Trace, rule: RateOfRiseRule, since: datetime
) -> Finding:
    """Levels 1, 2, … where the rise over the window reaches the rates of this gauge's class, from `since` on.

    `readings`: water levels in m with columns observed_at, value, flag, received_at, beginning `rule.warm_up` before `since`.
    A level ends below its rate times `clear_ratio`.
    """
    levels = trace(readings)
    window = rule.window
    thresholds = rule.rates_of(station.id)
    start = levels.since(since)
    calm = _calm(levels, start, window, rule.minimum_readings, thresholds[0])
    if calm is not None:
        return _finding(station, rule, since, [_step(levels, rule, calm[0], 0, calm[1], thresholds)])
    rates = rates_of_rise(levels, window, rule.minimum_readings)
    known = start + np.flatnonzero(~np.isnan(rates[start:]))
    values = rates[known]
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


def _calm(
    levels: Trace, start: int, window: timedelta, minimum_readings: int, lowest: float
) -> tuple[int, float] | None:
    """Index and rate of the first known rate, where surely no rate from `start` on reaches `lowest`, in m/h; else None.

    Where readings come so evenly that each whole window holds the same number of gaps, the rises over them are the
    differences of two slices; the highest of these over the shortest of their spans is no less than any rate. The windows at
    the beginning are not whole: all of them begin with the first reading, and no rate is known of less than half a window.
    """
    shortest, longest = levels.gaps
    reach = window_reach(window)
    held = reach // longest if longest else 0
    if not held or not minimum_readings <= held + 1 <= len(levels) - start or (held + 1) * shortest <= reach:
        return None
    half = least_span(reach)
    begin = max(start - held, 0)
    first = max(
        int(levels.ticks.searchsorted(levels.ticks[begin] + math.ceil(half))), begin + minimum_readings - 1, start
    )
    rise_m = float((levels.values[held:] - levels.values[:-held]).max())
    if first > begin + held or not rates_below(rise_m, held * shortest, lowest):
        return None
    at_first_m = float(levels.values[start : held + 1].max() - levels.values[0]) if start < held else 0.0
    if not rates_below(at_first_m, half, lowest):
        return None
    span = int(levels.ticks[first] - levels.ticks[begin])
    rate = float(levels.values[first] - levels.values[begin]) / (span / _MICROSECONDS_PER_H)
    return first, round(rate * 1e6) / 1e6  # as numpy rounds


def rates_below(rise_m: _Number, span: float | NDArray[np.int64], lowest: _Number) -> Any:
    """Whether rises of at most `rise_m` over at least `span` (µs) are surely below `lowest` (m/h), however rounded; by element."""
    return np.maximum(rise_m, 0.0) / (span / _MICROSECONDS_PER_H) < lowest - _ROUNDED


def window_reach(window: timedelta) -> int:
    """How far back the first reading of a window may lie, in µs."""
    return round(window.total_seconds() * 1_000_000 * _CLOCK_SLACK)


def least_span(reach: int) -> float:
    """What the readings of a window must span at least, in µs: half of it."""
    return reach / _CLOCK_SLACK / 2


def rates_of_rise(levels: Trace, window: timedelta, minimum_readings: int) -> NDArray[np.float64]:
    """(z(t) - z(s)) / (t - s) in m/h for each instant t, where s is the first reading within `window` before t.

    NaN where the window holds fewer than `minimum_readings`, or where they span less than half of it: a rise of 3 cm between
    two readings a minute apart is noise, not 1.8 m/h. Where the window holds nothing before t, s is the reading before it.
    """
    first = _over_gaps(levels, np.searchsorted(levels.ticks, levels.ticks - window_reach(window), side="left"))
    span = levels.ticks - levels.ticks[first] if len(levels) else levels.ticks
    enough = (np.arange(len(levels)) - first + 1 >= minimum_readings) & (span >= least_span(window_reach(window)))
    rates = np.full(len(levels), np.nan)
    rise_m = levels.values - levels.values[first] if len(levels) else levels.values
    rates[enough] = np.round(rise_m[enough] / (span[enough] / _MICROSECONDS_PER_H), 6)
    return rates


def _over_gaps(levels: Trace, first: NDArray[np.int64]) -> NDArray[np.int64]:
    """`first`, and for an instant that is the first itself the reading before it, where that is at most `LONGEST_GAP` older.

    The rate over a gap is a mean, so somewhere in the gap the water rose at least as fast. Without it the jump that a gauge
    shows when it comes back would never be told, nor any rise of one that is read less often than once a window.
    """
    here = np.arange(len(levels))
    before = np.maximum(here - 1, 0)
    near = levels.ticks - levels.ticks[before] <= LONGEST_GAP / timedelta(microseconds=1)
    return np.where((first == here) & near, before, first)
