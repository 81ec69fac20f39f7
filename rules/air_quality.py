"""Hourly VN_AQI against its bands Kém, Xấu, Rất xấu, Nguy hại."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from domain.alerts import Finding, Phase, Step
from domain.stations import Station
from rules.air_tables import AirQualityDayRule, AirQualityRule
from rules.latch import Condition, level_steps
from rules.trace import Trace, instant, tick, trace
from rules.vn_aqi import DUST, GASES, hourly_indices, rounded


def air_quality_finding(
    station: Station, readings: Mapping[str, pd.DataFrame | Trace], rule: AirQualityRule, since: datetime
) -> Finding:
    """Levels 1-4 where the hourly index is above `warn_above`, from `since` on.

    `readings`: concentrations in µg/m³ by quantity, each with columns observed_at, value, flag, received_at, beginning
    `rule.warm_up` before `since`. Steps are dated at the end of the hour; their value is the index, rounded as published.
    """
    traces = {name: trace(readings[name]) for name in (*DUST, *GASES) if name in readings}
    hours, indices, names = hourly_indices(traces, rule)
    start = int((hours < tick(since)).sum())
    hours, indices, names = hours[start:], indices[start:], names[start:]
    steps = index_steps(hours, indices, names, rule)
    return Finding(station=station.id, event=rule.event, phase=Phase.OBSERVED, rule=rule.name, since=since, steps=steps)


def index_steps(
    ticks: npt.NDArray[np.int64],
    indices: npt.NDArray[np.float64],
    names: Sequence[str],
    rule: AirQualityRule | AirQualityDayRule,
) -> tuple[Step, ...]:
    """The steps between levels 1-4 of the indices at `ticks` (µs), not rounded, each with the pollutant whose it is."""
    conditions = {}
    for level, limit in enumerate(rule.warn_above, start=1):
        above = indices.round(6) > limit
        conditions[level] = Condition(reached=above, held=above)
    return tuple(
        Step(
            at=instant(ticks[number]),
            level=level,
            value=float(rounded(indices[number])),
            threshold=rule.warn_above[max(level, 1) - 1],
            detail={"pollutant": names[number]},
        )
        for number, level in level_steps(ticks, conditions, rule.patience)
    )
