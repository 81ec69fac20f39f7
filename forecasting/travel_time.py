"""How long water takes from one gauge to the next, by cross-correlation of their hourly changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

_FURTHEST_H = 24
#: A correlation below this is no travel time; with fewer hours, or fewer in which the water moved, nothing is said.
_CLEAR, _FEWEST_H, _FEWEST_MOVING_H = 0.5, 120, 12
#: Hours in which the water moved by more than this part of its fastest hour.
_MOVING = 0.1


@dataclass(frozen=True, slots=True)
class TravelTime:
    """The lag of the highest correlation, to the hour."""

    lag: timedelta
    correlation: float


def travel_time(upstream: pd.Series[float], downstream: pd.Series[float]) -> TravelTime | None:
    """By how many hours (0-24) the changes downstream follow those upstream; None where the record does not say.

    Both are levels in m, one an hour, indexed by time (UTC). A lag at either end of the span is no peak of the correlation and
    counts as none, but for 0: neighbours may rise together.
    """
    both = pd.concat([upstream, downstream], axis=1, keys=["up", "down"], sort=True).asfreq("h")
    changes = both.diff()
    if changes.notna().all(axis=1).sum() < _FEWEST_H:
        return None
    a, b = (changes[name].fillna(0.0).to_numpy(dtype=np.float64) for name in ("up", "down"))
    if min(_moving(a), _moving(b)) < _FEWEST_MOVING_H:
        return None
    size = float(np.sqrt((a**2).sum() * (b**2).sum()))
    profile = np.array([(a[: len(a) - k] * b[k:]).sum() / size for k in range(_FURTHEST_H + 1)])
    best = int(profile.argmax())
    if profile[best] < _CLEAR or best == _FURTHEST_H:
        return None
    return TravelTime(timedelta(hours=best), float(profile[best]))


def _moving(changes: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    return int((np.abs(changes) > _MOVING * np.abs(changes).max()).sum()) if np.abs(changes).max() > 0 else 0
