"""VN_AQI of the day (1459/QĐ-TCMT, 2.2.2), and mean concentrations against the limits of QCVN 05:2023."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from domain.alerts import Finding, Phase, Step
from domain.stations import Station
from domain.times import HUE_TIME, local
from rules.air_quality import index_steps
from rules.air_tables import AirLimit, AirQualityDayRule, AirStandardRule
from rules.latch import Condition, level_steps
from rules.trace import Trace, instant, tick, trace
from rules.vn_aqi import DUST, GASES, hourly_means, index_of

_HOUR = 3_600_000_000  # µs
_DAY = 24 * _HOUR
_OFFSET = round(HUE_TIME.utcoffset(None) / timedelta(microseconds=1))
_Means = Mapping[str, Mapping[int, float]]
_BEFORE_MIDNIGHT = timedelta(microseconds=1)  # the hour that ends at midnight belongs to the day that ends
_OZONE_8H_UP_TO = 400.0  # µg/m³: above it the eight-hour column of the table does not reach


def air_quality_day_finding(
    station: Station, readings: Mapping[str, pd.DataFrame | Trace], rule: AirQualityDayRule, since: datetime
) -> Finding:
    """Levels 1-4 where the index of a whole day is above `warn_above`; each step stands at the end of its day.

    `readings`: µg/m³ by quantity, beginning `rule.warm_up` before `since`.
    """
    means, newest = _hourly(readings)
    days = [end for end in _day_ends(means, newest) if end >= tick(since)]
    found = [(end, *best) for end in days if (best := day_index(end, means, rule)) is not None]
    ticks = np.array([end for end, _, _ in found], dtype=np.int64)
    indices = np.array([index for _, index, _ in found])
    steps = index_steps(ticks, indices, [name for _, _, name in found], rule)
    return Finding(station=station.id, event=rule.event, phase=Phase.OBSERVED, rule=rule.name, since=since, steps=steps)


def day_index(end: int, means: _Means, rule: AirQualityDayRule) -> tuple[float, str] | None:
    """The greatest index of the day that ends at `end` (µs, 00:00 in Huế), not rounded, and whose it is.

    Dust by its mean over 24 h, gases by their highest hour, ozone by the higher of that and its highest mean over 8 h (not
    used above 400 µg/m³). None without a mean of PM2.5 or PM10, as for the hour.
    """
    found: dict[str, float] = {}
    for name, by_hour in means.items():
        hours = [by_hour[end - i * _HOUR] for i in range(24) if end - i * _HOUR in by_hour]
        column = f"{name}_1h"
        if not hours or column not in rule.breakpoints:
            continue
        if name in DUST:
            if len(hours) >= rule.hours_needed:
                found[name] = index_of(column, float(np.mean(hours)), rule)
            continue
        found[name] = index_of(column, max(hours), rule)
        if name == "o3" and "o3_8h" in rule.breakpoints:
            found[name] = max(found[name], _ozone_8h(end, by_hour, rule))
    if not any(name in DUST for name in found):
        return None
    name = max(sorted(found), key=lambda each: found[each])
    return found[name], name


def _ozone_8h(end: int, by_hour: Mapping[int, float], rule: AirQualityDayRule) -> float:
    """The index of the day's highest mean over eight hours, of which six must be there; 0 when none can be used."""
    means = []
    for ends in (end - i * _HOUR for i in range(24)):
        hours = [by_hour[ends - i * _HOUR] for i in range(8) if ends - i * _HOUR in by_hour]
        if len(hours) >= 6:
            means.append(float(np.mean(hours)))
    highest = max(means, default=0.0)
    return 0.0 if highest > _OZONE_8H_UP_TO else index_of("o3_8h", highest, rule)


def _day_ends(means: _Means, newest: int) -> list[int]:
    """The ends of the days that have a mean and are over, ascending."""
    hours = {hour for by_hour in means.values() for hour in by_hour}
    ends = {-(-(hour + _OFFSET) // _DAY) * _DAY - _OFFSET for hour in hours}
    return sorted(end for end in ends if end <= newest)


def _hourly(readings: Mapping[str, pd.DataFrame | Trace]) -> tuple[dict[str, dict[int, float]], int]:
    """Hourly means by quantity, and the newest reading (µs)."""
    traces = {name: trace(readings[name]) for name in (*DUST, *GASES) if name in readings}
    newest = max((int(each.ticks[-1]) for each in traces.values() if len(each)), default=0)
    return {name: hourly_means(each) for name, each in traces.items() if len(each)}, newest


def air_standard_finding(
    station: Station, readings: Mapping[str, pd.DataFrame | Trace], rule: AirStandardRule, since: datetime
) -> Finding:
    """Level 1 where a mean is above its limit, at the ends of whole hours from `since` on.

    The limits over 24 h are judged at the end of the day (24:00 in Huế), those over 1 and 8 h every hour. The steps name the
    concentration that exceeds its limit the most.
    """
    means, newest = _hourly(readings)
    hours = sorted({h for by_hour in means.values() for h in by_hour if tick(since) <= h <= newest})
    worst = [_worst(hour, means, rule) for hour in hours]
    above = np.array([found is not None and found[0] > 1 for found in worst], dtype=bool)
    known = np.flatnonzero(np.array([found is not None for found in worst], dtype=bool))
    ticks = np.array(hours, dtype=np.int64)[known]
    condition = Condition(reached=above[known], held=above[known])
    steps = []
    for index, level in level_steps(ticks, {1: condition}, rule.patience):
        found = worst[int(known[index])]
        assert found is not None
        _, mean, limit = found
        detail: dict[str, str | float | int] = {"pollutant": limit.quantity, "window_h": limit.hours}
        steps.append(
            Step(at=instant(ticks[index]), level=level, value=round(mean, 3), threshold=limit.limit, detail=detail)
        )
    return Finding(
        station=station.id, event=rule.event, phase=Phase.OBSERVED, rule=rule.name, since=since, steps=tuple(steps)
    )


def _in_force(end: int, rule: AirStandardRule) -> tuple[AirLimit, ...]:
    """The limits of the day in which the hour lies that ends at `end`."""
    return rule.in_force(local(instant(end) - _BEFORE_MIDNIGHT).date())


def _worst(hour: int, means: _Means, rule: AirStandardRule) -> tuple[float, float, AirLimit] | None:
    """The greatest share of its limit that a mean has reached: (share, mean, limit); None when nothing can be judged.

    The daily means hold until the next ones: between two midnights the last midnight's counts.
    """
    found = []
    midnight = (hour + _OFFSET) // _DAY * _DAY - _OFFSET
    ends = [(hour, limit) for limit in _in_force(hour, rule) if limit.hours < 24]
    ends += [(midnight, limit) for limit in _in_force(midnight, rule) if limit.hours == 24]
    for end, limit in ends:
        by_hour = means.get(limit.quantity, {})
        there = [by_hour[end - i * _HOUR] for i in range(limit.hours) if end - i * _HOUR in by_hour]
        if there and len(there) >= rule.minimum_coverage * limit.hours:
            mean = float(np.mean(there))
            found.append((round(mean / limit.limit, 9), mean, limit))
    return max(found, key=lambda each: (each[0], -each[2].hours, each[2].quantity)) if found else None
