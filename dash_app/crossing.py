"""When a forecast expects the water to reach a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from domain.forecasts import PROBABILITIES, LevelForecast

_HIGH, _MIDDLE, _LOW = (PROBABILITIES.index(p) for p in (0.95, 0.5, 0.05))


@dataclass(frozen=True, kw_only=True, slots=True)
class Crossing:
    """The times at which the 95 %, 50 % and 5 % quantiles reach the level; None: not within the forecast."""

    earliest: datetime
    expected: datetime | None
    latest: datetime | None


def crossing(leads: Sequence[LevelForecast], level_m: float) -> Crossing | None:
    """Linear between leads; None when even the highest quantile stays below. `leads` are those of one issue, by lead."""
    earliest = _reached(leads, level_m, _HIGH)
    if earliest is None:
        return None
    return Crossing(
        earliest=earliest, expected=_reached(leads, level_m, _MIDDLE), latest=_reached(leads, level_m, _LOW)
    )


def _reached(leads: Sequence[LevelForecast], level_m: float, quantile: int) -> datetime | None:
    """The first time at which one quantile stands at or above the level."""
    points = [(f.valid_at, f.quantiles_m[quantile]) for f in leads]
    if points and points[0][1] >= level_m:
        return points[0][0]
    for (before, low), (after, high) in pairwise(points):
        if low < level_m <= high:
            return before + (level_m - low) / (high - low) * (after - before)
    return None
