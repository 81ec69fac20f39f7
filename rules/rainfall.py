"""Rain totals over 1, 3, 6, 12 and 24 hours against the Vietnamese classes."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.alerts import Finding, Phase, Step
from domain.stations import Station
from rules.amounts import share
from rules.latch import Condition, Mask, level_steps
from rules.tables import RainfallRule, RainWindow
from rules.trace import Trace, trace

_MICROSECONDS_PER_H = 3_600_000_000


def rainfall_finding(station: Station, readings: pd.DataFrame | Trace, rule: RainfallRule, since: datetime) -> Finding:
    """Levels 1 moderate, 2 heavy, 3 very heavy: the highest class that any window reaches, from `since` on.

    `readings`: rain per reading in mm with columns observed_at, value, flag, received_at, beginning `rule.warm_up` before
    `since`. Levels below `warn_from_level` are 0. The steps name the shortest window that reaches the level.
    """
    rain = trace(readings)
    start = rain.since(since)
    totals = {
        window.hours: accumulations(_fallen_within(rain, station, rule, window), window.hours)[start:]
        for window in rule.windows
    }
    covered = {window.hours: _coverage(station, rain, window, rule)[start:] for window in rule.windows}
    reached = {
        (window.hours, level): _at_class(totals[window.hours], window, level, rule)
        & (covered[window.hours] >= rule.minimum_coverage)
        for window in rule.windows
        for level in _levels(rule)
    }
    conditions = {}
    for level in _levels(rule):
        any_window = np.logical_or.reduce([reached[window.hours, level] for window in rule.windows])
        conditions[level] = Condition(reached=any_window, held=any_window)
    steps = []
    for index, level in level_steps(rain.ticks[start:], conditions, rule.patience):
        window = _telling_window(rule, index, level, reached)
        steps.append(
            Step(
                at=rain.at(start + index),
                level=level,
                value=float(totals[window.hours][index]),
                threshold=window.thresholds_mm[max(level, rule.warn_from_level) - 1],
                detail={
                    "window_h": window.hours,
                    "coverage": round(float(covered[window.hours][index]), 2),
                    "verified": int(window.verified),
                },
            )
        )
    return Finding(
        station=station.id, event=rule.event, phase=Phase.OBSERVED, rule=rule.name, since=since, steps=tuple(steps)
    )


def _fallen_within(rain: Trace, station: Station, rule: RainfallRule, window: RainWindow) -> Trace:
    part = share(rain.values, station, rule.quantity, timedelta(hours=window.hours))
    return Trace(ticks=rain.ticks, values=part, flags=rain.flags)


def accumulations(rain: Trace, hours: float) -> NDArray[np.float64]:
    """Rain total in mm over (t - hours, t] at each instant t; each reading holds the rain up to its time."""
    before = np.searchsorted(rain.ticks, rain.ticks - round(hours * _MICROSECONDS_PER_H), side="right")
    cumulated = np.concatenate(([0.0], np.cumsum(rain.values)))
    # Rounded far below what a gauge resolves, so that sixteen times 1.0 mm is 16 mm whatever fell before.
    totals: NDArray[np.float64] = np.round(cumulated[1:] - cumulated[before], 6)
    return totals


def _at_class(totals: NDArray[np.float64], window: RainWindow, level: int, rule: RainfallRule) -> Mask:
    threshold = window.thresholds_mm[level - 1]
    at_class: Mask = totals >= threshold if rule.inclusive[level - 1] else totals > threshold
    return at_class


def _coverage(station: Station, rain: Trace, window: RainWindow, rule: RainfallRule) -> NDArray[np.float64]:
    """Share of the expected readings in the window ending at each instant, at most 1; 1 where no cadence is known."""
    series = station.series_of(rule.quantity)
    if series is None:
        return np.ones(len(rain))
    before = np.searchsorted(rain.ticks, rain.ticks - round(window.hours * _MICROSECONDS_PER_H), side="right")
    there = np.arange(len(rain)) - before + 1
    share: NDArray[np.float64] = np.minimum(1.0, there * (series.cadence / timedelta(hours=window.hours)))
    return share


def _telling_window(rule: RainfallRule, index: int, level: int, reached: dict[tuple[float, int], Mask]) -> RainWindow:
    reaching = (w for w in sorted(rule.windows, key=lambda w: w.hours) if level and reached[w.hours, level][index])
    return next(reaching, max(rule.windows, key=lambda w: w.hours))


def _levels(rule: RainfallRule) -> range:
    return range(rule.warn_from_level, len(rule.severities) + 1)
