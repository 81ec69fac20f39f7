"""How wide the band should be now, judged by the forecasts of the last weeks that have come due."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from domain.forecasts import PROBABILITIES
from forecasting.candidates import Predicted, Widths
from forecasting.inputs import Floats, StepGrid

#: Past forecasts that are judged, and how many it takes, for each hour of the lead, to believe them as much as the calibration:
#: outcomes of long leads overlap. Beyond six hours the weeks are too few for more.
WINDOW_H = 480.0
_BELIEF = 42.0
_OVERLAP_H = 6.0
_NARROWEST, _WIDEST = 0.5, 3.0
#: Share of outcomes below the upper edge, and above the lower one.
_INSIDE = 0.9
_LOW, _HIGH = PROBABILITIES.index(0.1), PROBABILITIES.index(0.9)
#: Changes smaller than this are the arithmetic's, not the water's.
_NO_CHANGE_M = 1e-6
_SMALLEST_CHANGES = 0.05
#: Where no two readings differ, a gauge is taken to report centimetres.
_CENTIMETRE_M = 0.01


def resolution(level: Floats) -> float:
    """The step in m in which a gauge reports: what its smallest changes from reading to reading are (their 5th percentile)."""
    change = np.abs(np.diff(level[np.isfinite(level)]))
    change = change[change > _NO_CHANGE_M]
    return float(np.quantile(change, _SMALLEST_CHANGES)) if len(change) else _CENTIMETRE_M


def recent_widths(
    predicted: Predicted, lead: int, grid: StepGrid, resolution_m: float, *, newest_only: bool = False
) -> Widths:
    """Factors (n,) for the lower and the upper half of the band at each step, from outcomes that were known at that step alone.

    Each forecast that has come due says by what factor its 90 % edge should have been multiplied to just reach the outcome;
    the factor now is the 90th percentile of these over the last 20 days (conformal prediction on a moving window, after Gibbs
    and Candès 2021, Adv. Neural Inf. Process. Syst. 34), drawn towards 1 while there are few. The 10 % edge has a factor of its
    own, for a season may lie above all forecasts. In rare states both fade to 1: three quiet weeks say nothing about the errors
    of a flood. A reading is rounded to `resolution_m`, so half of that is added to the error and to the edge alike: a band
    within the rounding is neither confirmed nor contradicted. `newest_only`: all but the last step are 1.0.
    """
    error = grid.level[lead:] - predicted.point[:-lead]
    side = partial(
        _factors,
        first=len(error) - 1 if newest_only else 0,
        calm=predicted.calm,
        span=grid.steps(WINDOW_H),
        rounding=max(resolution_m / 2, _NO_CHANGE_M),
        belief=_BELIEF * min(lead / grid.per_hour, _OVERLAP_H),
    )
    edges = predicted.errors[:-lead]
    return Widths(lower=side(-error, -edges[:, _LOW]), upper=side(error, edges[:, _HIGH]))


def _factors(
    error: Floats, edge: Floats, *, first: int, calm: Floats, span: int, rounding: float, belief: float
) -> Floats:
    """(n,) for one side: `error` and `edge` (n - lead,) count outwards; rows whose newest error is before `first` are 1.0."""
    needed = np.where(np.isnan(error), np.nan, (np.maximum(error, 0.0) + rounding) / (np.maximum(edge, 0.0) + rounding))
    count, percentile = _over_window(needed, span, first)
    bounded = np.clip(np.where(np.isnan(percentile), 1.0, percentile), _NARROWEST, _WIDEST)
    known = np.zeros(len(calm))
    known[len(calm) - len(bounded) :] = np.log(bounded) * count**2 / (count**2 + belief**2)
    return np.asarray(np.exp(known * calm))


def _over_window(needed: Floats, span: int, first: int) -> tuple[Floats, Floats]:
    """How many of the last `span` of `needed` are known, and their percentile, at each row from `first` on."""
    if len(needed) - first == 1:  # a single forecast: no need to slide
        window = needed[-span:][np.isfinite(needed[-span:])]
        return np.array([float(len(window))]), np.array([_percentile(window) if len(window) else np.nan])
    sliding = pd.Series(needed).rolling(span, min_periods=1)
    seen = np.cumsum(np.isfinite(needed), dtype=np.float64)
    count = seen - np.concatenate([np.zeros(span), seen])[: len(seen)]
    return count, sliding.quantile(_INSIDE).to_numpy(dtype=np.float64)


def _percentile(values: Floats) -> float:
    """What `np.quantile` gives, in a tenth of its time."""
    place = _INSIDE * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    ordered = np.partition(values, (below, above))
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))
