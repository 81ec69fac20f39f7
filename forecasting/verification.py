"""Issued forecasts that have come due, as sums by lead: bias, errors, skill, bands, crossings, chances, completeness, timeliness.

The figures are those of Thông tư 42/2017/TT-BTNMT (bias, MAE, RMSE and time error of each lead by itself, completeness and
timeliness of issues) with the scores of `skill` beside them. Sums of days add up, so any span of days can be told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from domain.forecasts import LevelForecast, chance_within
from forecasting import skill
from forecasting.inputs import Floats, nanoseconds
from forecasting.probability_scores import BINS

#: Sums by name.
Tally = dict[str, float]
Span = tuple[datetime, datetime]
#: By issue and valid time: alarm level → chance of having reached it by then.
_Chances = dict[tuple[datetime, datetime], dict[int, float]]

#: A forecast is compared with the reading nearest to the time it is for, if one is so near.
_NEAR = timedelta(minutes=15)
#: An issue this long after the reading it starts from is late.
ON_TIME = timedelta(minutes=30)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class GaugeRecord:
    """What a gauge read and what was said of it."""

    level: pd.Series[float]  # m over ascending UTC times
    levels_m: Mapping[int, float]  # alarm level 1-3 → m; those that are known
    forecasts: Sequence[LevelForecast]
    made_at: Mapping[datetime, datetime]  # by issue time: when it was known; empty where the clock is not the wall's
    excluded: Sequence[Span] = ()  # not scored: releases differed from plan


def tally_of(record: GaugeRecord, start: datetime, end: datetime) -> dict[float, Tally]:
    """Sums of the forecasts valid in start < valid_at <= end, by lead in hours."""
    readings = _Readings(record.level)
    by_issue: dict[datetime, list[LevelForecast]] = defaultdict(list)
    for forecast in record.forecasts:
        by_issue[forecast.issued_at].append(forecast)
    chances = _chances_within(by_issue, record.levels_m)
    due: dict[float, list[LevelForecast]] = defaultdict(list)
    for forecast in record.forecasts:
        if start < forecast.valid_at <= end:
            due[lead_h(forecast)].append(forecast)
    return {lead: _tally(record, found, readings, chances, (start, end)) for lead, found in sorted(due.items())}


def lead_h(forecast: LevelForecast) -> float:
    """The lead in hours, to the minute."""
    return round(forecast.lead_time / _HOUR, 2)


def added(tallies: Iterable[Mapping[str, float]]) -> Tally:
    """The sums of several days."""
    total: Counter[str] = Counter()
    for tally in tallies:
        total.update(tally)
    return dict(total)


class _Readings:
    """Readings by time, looked up quickly."""

    def __init__(self, level: pd.Series[float]) -> None:
        self.times = pd.DatetimeIndex(level.index).as_unit("ns").asi8
        self.values = level.to_numpy(dtype=np.float64)

    def near(self, moments: Sequence[datetime]) -> Floats:
        """The reading nearest to each time; NaN where none is near."""
        out = np.full(len(moments), np.nan)
        if not len(self.times):
            return out
        wanted = np.array([nanoseconds(moment) for moment in moments], dtype=np.int64)
        after = np.clip(np.searchsorted(self.times, wanted), 0, len(self.times) - 1)
        before = np.maximum(after - 1, 0)
        nearer = np.where(np.abs(self.times[before] - wanted) < np.abs(self.times[after] - wanted), before, after)
        close = np.abs(self.times[nearer] - wanted) <= round(_NEAR.total_seconds() * 1e9)
        out[close] = self.values[nearer[close]]
        return out

    def reached(self, start: datetime, end: datetime, level_m: float) -> float:
        """1.0 when a reading in start < t <= end is at or above the level, 0.0 when none is; NaN when too few were read."""
        first, last = np.searchsorted(self.times, [nanoseconds(start), nanoseconds(end)], side="right")
        inside = self.values[first:last]
        if len(inside) and inside.max() >= level_m:
            return 1.0
        hours = len(np.unique(self.times[first:last] // 3_600_000_000_000))
        return 0.0 if 2 * hours >= (end - start) / _HOUR else float("nan")


def _chances_within(by_issue: Mapping[datetime, Sequence[LevelForecast]], levels_m: Mapping[int, float]) -> _Chances:
    """By issue and valid time the chance of reaching each level by then."""
    out: _Chances = {}
    for issued_at, found in by_issue.items():
        so_far: dict[int, list[float]] = {number: [] for number in levels_m}
        for forecast in sorted(found, key=lambda f: f.valid_at):
            for number, level_m in levels_m.items():
                so_far[number].append(forecast.probability_at_or_above(level_m))
            out[issued_at, forecast.valid_at] = {number: chance_within(each) for number, each in so_far.items()}
    return out


def _tally(
    record: GaugeRecord,
    due: Sequence[LevelForecast],
    readings: _Readings,
    chances: _Chances,
    span: Span,
) -> Tally:
    observed = readings.near([f.valid_at for f in due])
    now = readings.near([f.issued_at for f in due])
    barred = np.array([_excluded(f, record.excluded) for f in due])
    keep = np.isfinite(observed) & np.isfinite(now) & ~barred
    out: Tally = {
        "due": len(due),
        "excluded": int(barred.sum()),
        "unread": int((~np.isfinite(observed) & ~barred).sum()),
    }
    out |= _issues(record, due, readings, span)
    scored = [f for f, kept in zip(due, keep, strict=True) if kept]
    if not scored:
        return out | {"n": 0}
    quantiles = np.array([f.quantiles_m for f in scored])
    point = np.array([f.point_m for f in scored])
    out |= _errors(point, quantiles, observed[keep], now[keep])
    for number, level_m in record.levels_m.items():
        crossed = skill.crossings(point, observed[keep], now[keep], level_m)
        counts = {"hit": crossed.hit, "miss": crossed.miss, "false": crossed.false}
        asked = [f for f, level in zip(scored, now[keep], strict=True) if level < level_m]
        chance = np.array([chances[f.issued_at, f.valid_at][number] for f in asked])
        came = np.array([readings.reached(f.issued_at, f.valid_at, level_m) for f in asked])
        out |= {f"l{number}.{key}": value for key, value in (counts | _chance_sums(chance, came)).items()}
    return out


def _errors(point: Floats, quantiles: Floats, observed: Floats, now: Floats) -> Tally:
    error = point - observed
    return {
        "n": len(observed),
        "error": float(error.sum()),
        "absolute": float(np.abs(error).sum()),
        "square": float((error**2).sum()),
        "persistence": float(((now - observed) ** 2).sum()),
        "crps": float(skill.crps_each(quantiles, observed).sum()),
        "inside": skill.cover80(quantiles, observed) * len(observed),
    }


def _chance_sums(chance: Floats, came: Floats) -> Tally:
    known = np.isfinite(came)
    p, o = chance[known], came[known]
    out: Tally = {"n": len(p), "p": float(p.sum()), "o": float(o.sum())}
    out |= {"pp": float((p * p).sum()), "po": float((p * o).sum()), "brier": float(((p - o) ** 2).sum())}
    number = np.minimum((p * BINS).astype(int), BINS - 1)
    for k in np.unique(number):
        inside = number == k
        out |= {f"b{k}.n": int(inside.sum()), f"b{k}.p": float(p[inside].sum()), f"b{k}.o": float(o[inside].sum())}
    return out


def _issues(record: GaugeRecord, due: Sequence[LevelForecast], readings: _Readings, span: Span) -> Tally:
    """Completeness by hours in which the gauge was read, timeliness by issues whose clock is the wall's."""
    lead = due[0].lead_time
    first, last = (nanoseconds(moment - lead) for moment in span)
    inside = readings.times[(readings.times > first) & (readings.times <= last)]
    hours = {int(ns) // 3_600_000_000_000 for ns in inside}
    issued = {nanoseconds(f.issued_at) // 3_600_000_000_000 for f in due}
    delays = [record.made_at[f.issued_at] - f.issued_at for f in due if f.issued_at in record.made_at]
    return {
        "hours": len(hours),
        "hours_issued": len(hours & issued),
        "timed": len(delays),
        "on_time": sum(delay <= ON_TIME for delay in delays),
    }


def _excluded(forecast: LevelForecast, spans: Sequence[Span]) -> bool:
    return any(start < forecast.valid_at and forecast.issued_at < end for start, end in spans)
