"""VN_AQI, the Vietnamese air quality index of Decision 1459/QĐ-TCMT (12/11/2019)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from rules.air_tables import AirIndex, AirQualityRule
from rules.trace import Trace

_HOUR = 3_600_000_000  # µs
#: Dust is judged by its NowCast, and without dust there is no index.
DUST = ("pm2_5", "pm10")
GASES = ("o3", "co", "so2", "no2")


def hourly_means(values: Trace) -> dict[int, float]:
    """Mean of each hour in the series' unit, by the hour's end (µs): the day of the decision runs 01:00 to 00:00.

    A reading on the full hour belongs to the hour it ends.
    """
    ends = -(-values.ticks // _HOUR) * _HOUR
    hours, first = np.unique(ends, return_index=True)
    parts = np.split(values.values, first[1:]) if len(hours) else []
    return {int(hour): float(np.mean(part)) for hour, part in zip(hours, parts, strict=True)}


def nowcast(concentrations: Sequence[float | None], rule: AirQualityRule) -> float | None:
    """NowCast in µg/m³ of hourly means c1, c2, … c12, the newest first; None where the hour is missing.

    w* = c_min / c_max, w = max(w*, 1/2). For w > 1/2: Σ w^(i-1) c_i / Σ w^(i-1) over the hours that are there; for w = 1/2:
    Σ (1/2)^i c_i. None unless 2 of c1, c2, c3 are there. (1459/QĐ-TCMT, 2.2.1a)
    """
    recent = [c for c in concentrations[: rule.nowcast_recent_hours] if c is not None]
    if len(recent) < rule.nowcast_needed:
        return None
    there = [(i, c) for i, c in enumerate(concentrations[: rule.nowcast_hours]) if c is not None]
    greatest = max(c for _, c in there)
    if greatest <= 0:
        return 0.0
    weight = min(c for _, c in there) / greatest
    if weight <= 0.5:
        return sum(0.5 ** (i + 1) * c for i, c in there)
    return sum(weight**i * c for i, c in there) / sum(weight**i for i, _ in there)


def index_of(column: str, concentration: float, rule: AirIndex) -> float:
    """The index of one concentration in µg/m³, linear between the rows of Table 2 and 500 above its last; not rounded.

    `column`: a name in `rule.breakpoints`, such as pm2_5_1h.
    """
    rows = rule.breakpoints[column]
    return float(np.interp(concentration, rows, rule.index[: len(rows)]))


def rounded(index: float) -> int:
    """The whole number that is published.

    Rounded up: of the usual roundings the only one that gives all composite values of the decision's worked example (59.35 is
    printed as 60, 109.5 as 110), and it keeps the bands 0-50, 51-100 in step with the concentrations that part them.
    """
    return ceil(round(index, 6))


def hourly_indices(
    traces: Mapping[str, Trace], rule: AirQualityRule
) -> tuple[NDArray[np.int64], NDArray[np.float64], list[str]]:
    """VN_AQI of each whole hour: the hours' ends (µs), the greatest index over the pollutants (not rounded), and whose it is.

    An hour is whole once a reading at or after its end is there. Hours without the NowCast of PM2.5 or PM10 are left out.
    """
    means = _means(traces)
    found = [(hour, _greatest(hour, means, rule)) for hour in _whole_hours(traces, means)]
    known = [(hour, *greatest) for hour, greatest in found if greatest is not None]
    ends, indices = [hour for hour, _, _ in known], [index for _, index, _ in known]
    return np.array(ends, dtype=np.int64), np.array(indices, dtype=float), [name for _, _, name in known]


def newest_index(traces: Mapping[str, Trace], rule: AirQualityRule) -> tuple[int, float] | None:
    """The last of `hourly_indices` alone with its hour's end (µs), which may be long ago; None when there is none."""
    means = _means(traces)
    found = ((hour, _greatest(hour, means, rule)) for hour in reversed(_whole_hours(traces, means)))
    return next(((hour, greatest[0]) for hour, greatest in found if greatest is not None), None)


def _means(traces: Mapping[str, Trace]) -> dict[str, dict[int, float]]:
    return {name: hourly_means(each) for name, each in traces.items() if len(each)}


def _whole_hours(traces: Mapping[str, Trace], means: Mapping[str, Mapping[int, float]]) -> list[int]:
    newest = max((int(each.ticks[-1]) for each in traces.values() if len(each)), default=0)
    return sorted({hour for each in means.values() for hour in each if hour <= newest})


def _greatest(hour: int, means: Mapping[str, Mapping[int, float]], rule: AirQualityRule) -> tuple[float, str] | None:
    """The greatest index of that hour and whose it is; None without dust."""
    found = _indices_at(hour, means, rule)
    if not any(name in DUST for name in found):
        return None
    name = max(sorted(found), key=lambda each: found[each])
    return found[name], name


def _indices_at(hour: int, means: Mapping[str, Mapping[int, float]], rule: AirQualityRule) -> dict[str, float]:
    """The index of every pollutant that has one at this hour."""
    found = {}
    for name, by_hour in means.items():
        column = f"{name}_1h"
        if column not in rule.breakpoints:
            continue
        value = by_hour.get(hour)
        if name in DUST:
            value = nowcast([by_hour.get(hour - i * _HOUR) for i in range(rule.nowcast_hours)], rule)
        if value is not None:
            found[name] = index_of(column, value, rule)
    return found
