"""Floods as they were forecast: errors of height and time of the peak by lead, and lead time won before each alarm level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from forecasting.flood_events import FloodEvent, flood_events, peak_error
from forecasting.inputs import Floats, GaugeInputs, StepGrid, align, instant
from forecasting.probability_scores import exceedance
from forecasting.verification import GaugeRecord, lead_h

#: An issue announces a level when it gives it at least this chance at one of its leads.
ANNOUNCED = 0.5
#: An issue so long before the level was reached is the last that counts; a longer silence before it ends the announcement.
_PAUSE = timedelta(hours=3)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class PeakScore:
    """One flood's peak by the forecasts of one lead; errors None when too few were issued."""

    at: datetime
    lead_h: float
    peak_m: float
    height_error_m: float | None
    time_error_h: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RiseScore:
    """One rise over an alarm level; `won_h` is None when it was not announced before it came."""

    at: datetime
    level: int
    won_h: float | None


def issued_floods(record: GaugeRecord, start: datetime, end: datetime) -> tuple[list[PeakScore], list[RiseScore]]:
    """Floods that began and ended in start..end: those still on at either edge are left for another time."""
    level = record.level[(record.level.index > start) & (record.level.index <= end)]
    if level.empty or not record.levels_m:
        return [], []
    grid = align(GaugeInputs(station="", level=level), end)
    events = [e for e in flood_events(grid, min(record.levels_m.values()), 0, len(grid.level)) if _whole(e, grid)]
    said = _by_lead(record, grid)
    peaks = [
        PeakScore(
            at=event.peak_at,
            lead_h=lead,
            peak_m=event.peak_m,
            height_error_m=None if error is None else error.height_m,
            time_error_h=None if error is None else error.time_h,
        )
        for event in events
        for lead, points in said.items()
        for error in [peak_error(event, grid, points)]
    ]
    announced = _announcements(record)
    return peaks, [rise for event in events for rise in _rises(record, event, grid, announced)]


def _whole(event: FloodEvent, grid: StepGrid) -> bool:
    return event.first > 0 and event.last < len(grid.level) - grid.steps(12)


def _by_lead(record: GaugeRecord, grid: StepGrid) -> Mapping[float, Floats]:
    """Expected levels by lead at the hours they are for; of several issues for one hour the newest."""
    out: dict[float, Floats] = defaultdict(lambda: np.full(len(grid.level), np.nan))
    for forecast in record.forecasts:
        row = grid.row_of(forecast.valid_at)
        if row >= 0 and instant(int(grid.times_ns[row])) + grid.step > forecast.valid_at:
            out[lead_h(forecast)][row] = forecast.point_m
    return dict(sorted(out.items()))


def _announcements(record: GaugeRecord) -> dict[int, dict[datetime, bool]]:
    """By level: each issue time, and whether the issue gave the level at least an even chance."""
    out: dict[int, dict[datetime, bool]] = {number: {} for number in record.levels_m}
    for forecast in record.forecasts:
        quantiles = np.array([forecast.quantiles_m])
        for number, level_m in record.levels_m.items():
            said = bool(exceedance(quantiles, level_m)[0] >= ANNOUNCED)
            out[number][forecast.issued_at] = out[number].get(forecast.issued_at, False) or said
    return out


def _rises(
    record: GaugeRecord, event: FloodEvent, grid: StepGrid, announced: Mapping[int, Mapping[datetime, bool]]
) -> list[RiseScore]:
    start, end = instant(int(grid.times_ns[event.first])) - grid.step, instant(int(grid.times_ns[event.last]))
    level = record.level[(record.level.index > start) & (record.level.index <= end)]
    found = []
    for number, level_m in record.levels_m.items():
        reached = level[level >= level_m]
        if len(reached):
            at = pd.Timestamp(reached.index[0]).to_pydatetime()
            found.append(RiseScore(at=at, level=number, won_h=lead_time_won(announced[number], at)))
    return found


def lead_time_won(announced: Mapping[datetime, bool], reached_at: datetime) -> float | None:
    """Hours from the first of the unbroken announcements before a level was reached; None without one.

    An announcement that was taken back does not count, nor does one from a series of issues that broke off.
    """
    before = sorted((at for at in announced if at < reached_at), reverse=True)
    first, newer = None, reached_at
    for at in before:
        if not announced[at] or newer - at > _PAUSE:
            break
        first = newer = at
    return None if first is None else (reached_at - first) / _HOUR
