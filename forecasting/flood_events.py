"""Floods of a record, and what was forecast of each: height and time of its peak, time of reaching an alarm level."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from forecasting.inputs import Floats, StepGrid, instant

#: Two rises above the level with less than this between them are one flood.
_APART_H = 24.0
#: Forecasts of a flood are looked at from so long before it to so long after.
_ROUND_H = 12.0
#: A peak that was read in fewer than this share of its hours is not compared.
_READ = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class FloodEvent:
    """One flood: rows of the grid at or above the level, from the first to the last, and its peak."""

    first: int
    last: int
    peak: int
    peak_m: float
    peak_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PeakError:
    """What the forecasts of one lead said of one flood's peak; errors are forecast minus observed."""

    height_m: float
    time_h: float


def flood_events(grid: StepGrid, level_m: float, first: int, until: int) -> list[FloodEvent]:
    """Floods that reached `level_m` in rows first..until-1, oldest first."""
    rows = np.flatnonzero(grid.level[first:until] >= level_m) + first
    if not len(rows):
        return []
    parts = np.split(rows, np.flatnonzero(np.diff(rows) > grid.steps(_APART_H)) + 1)
    return [_event(grid, int(part[0]), int(part[-1])) for part in parts]


def _event(grid: StepGrid, first: int, last: int) -> FloodEvent:
    peak = first + int(np.nanargmax(grid.level[first : last + 1]))
    return FloodEvent(
        first=first,
        last=last,
        peak=peak,
        peak_m=float(grid.level[peak]),
        peak_at=instant(int(grid.times_ns[peak])),
    )


def peak_error(event: FloodEvent, grid: StepGrid, forecast: Floats) -> PeakError | None:
    """The highest forecast round the flood against its peak; `forecast` (n,) stands at the times it is for.

    None where less than half of the flood has a forecast, or was read.
    """
    room = grid.steps(_ROUND_H)
    start, end = max(0, event.first - room), min(len(forecast), event.last + room + 1)
    said = forecast[start:end]
    inside = slice(event.first, event.last + 1)
    if min(np.isfinite(said).mean(), np.isfinite(grid.level[inside]).mean()) < _READ or np.isnan(said).all():
        return None
    at = start + int(np.nanargmax(said))
    return PeakError(height_m=float(forecast[at] - event.peak_m), time_h=(at - event.peak) / grid.per_hour)


def crossing_error_h(event: FloodEvent, grid: StepGrid, forecast: Floats, level_m: float) -> float | None:
    """Hours by which the forecast crossing of `level_m` came after the observed one (negative: before it).

    None where the flood never reached the level or the forecast never did.
    """
    inside = np.flatnonzero(grid.level[event.first : event.last + 1] >= level_m)
    if not len(inside):
        return None
    observed = event.first + int(inside[0])
    start = max(0, event.first - grid.steps(_ROUND_H))
    said = np.flatnonzero(forecast[start : event.last + 1] >= level_m)
    return (start + int(said[0]) - observed) / grid.per_hour if len(said) else None
