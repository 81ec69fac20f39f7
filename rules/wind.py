"""Mean wind and gusts by Beaufort force (18/2021/QĐ-TTg Annex III)."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.alerts import Finding, Phase, Step
from domain.stations import Station
from rules.latch import Condition, level_steps
from rules.tables import WindRule
from rules.trace import Trace, instant, tick, trace

_Column = NDArray[np.float64]


def wind_finding(
    station: Station, mean_wind: pd.DataFrame | Trace, gusts: pd.DataFrame | Trace, rule: WindRule, since: datetime
) -> Finding:
    """The highest force of `warn_at` that the mean wind reaches, or that gusts reach `gust_forces_above_mean` higher.

    Both frames: m/s with columns observed_at, value, flag, received_at; either may be empty. The level is the force itself.
    """
    ticks, mean_ms, gust_ms = _side_by_side(trace(mean_wind), trace(gusts), tick(since))
    conditions = {}
    for force in rule.warn_at:
        blows = _blows(mean_ms, gust_ms, force, rule)
        conditions[force] = Condition(reached=blows, held=blows)
    steps = tuple(
        _step(rule, instant(ticks[index]), force, float(mean_ms[index]), float(gust_ms[index]))
        for index, force in level_steps(ticks, conditions, rule.patience)
    )
    return Finding(station=station.id, event=rule.event, phase=Phase.OBSERVED, rule=rule.name, since=since, steps=steps)


def forces_reached(mean_ms: float | None, gust_ms: float | None, rule: WindRule) -> int:
    """How many forces of `warn_at` this mean wind or these gusts reach, as `wind_finding` compares them; None: not measured."""
    mean, gust = (np.array([np.nan if speed is None else speed]) for speed in (mean_ms, gust_ms))
    return sum(bool(_blows(mean, gust, force, rule)[0]) for force in rule.warn_at)


def beaufort(speed_ms: float, rule: WindRule) -> int:
    """The Beaufort force of a wind speed in m/s by the table of the rule; 0 below the table's first force."""
    return max((f for f, begins in zip(rule.forces, rule.from_m_per_s, strict=True) if speed_ms >= begins), default=0)


def _side_by_side(mean: Trace, gusts: Trace, start: int) -> tuple[NDArray[np.int64], _Column, _Column]:
    """Both series on the instants of either, NaN where one has no value."""
    ticks = np.union1d(mean.ticks, gusts.ticks)
    ticks = ticks[ticks >= start]
    return ticks, _on(ticks, mean), _on(ticks, gusts)


def _on(ticks: NDArray[np.int64], values: Trace) -> _Column:
    column = np.full(len(ticks), np.nan)
    kept = np.isin(values.ticks, ticks)
    column[np.searchsorted(ticks, values.ticks[kept])] = values.values[kept]
    return column


def _blows(mean_ms: _Column, gust_ms: _Column, force: int, rule: WindRule) -> NDArray[np.bool_]:
    """Where the mean wind reaches a force, or gusts so many forces above it; NaN reaches none."""
    return (mean_ms >= _begins(rule, force)) | (gust_ms >= _begins(rule, force + rule.gust_forces_above_mean))


def _begins(rule: WindRule, force: int) -> float:
    speed = rule.begins_at(force)
    return np.inf if speed is None else speed


def _step(rule: WindRule, at: datetime, force: int, mean_ms: float, gust_ms: float) -> Step:
    detail: dict[str, str | float | int] = {}
    if not np.isnan(gust_ms):
        detail |= {"gust_ms": gust_ms, "gust_force": beaufort(gust_ms, rule)}
    compared, value = force or rule.warn_at[0], mean_ms
    if np.isnan(mean_ms):  # only gusts are measured here, or only they came
        compared, value = compared + rule.gust_forces_above_mean, gust_ms
    else:
        detail["force"] = beaufort(mean_ms, rule)
    return Step(at=at, level=force, value=value, threshold=rule.begins_at(compared), detail=detail)
