"""How wide the band should be now, judged by the forecasts of the last weeks that have come due."""

from __future__ import annotations

import numpy as np
import pandas as pd

from domain.forecasts import PROBABILITIES
from forecasting.candidates import Predicted
from forecasting.inputs import Floats, StepGrid

#: Past forecasts that are judged, and how many of them it takes to believe them as much as the calibration.
WINDOW_H = 480.0
_BELIEF = 100.0
_NARROWEST, _WIDEST = 0.5, 3.0
_INSIDE = 0.8
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


def recent_width(predicted: Predicted, lead: int, grid: StepGrid, resolution_m: float) -> Floats:
    """Factors (n,) for the band at each step, from outcomes that were known at that step alone.

    Each forecast that has come due says by what factor its 10-90 % band should have been multiplied to just reach the
    outcome; the factor now is the 80th percentile of these over the last 20 days (conformal prediction on a moving window,
    after Gibbs and Candès 2021, Adv. Neural Inf. Process. Syst. 34), drawn towards 1 while there are few. In rare states
    it fades to 1: three quiet weeks say nothing about the errors of a flood. A reading is rounded to `resolution_m`, so half of that
    is added to the error and to the edge alike: a band within the rounding is neither confirmed nor contradicted.
    """
    rounding = max(resolution_m / 2, _NO_CHANGE_M)
    error = np.full(len(grid.level), np.nan)
    error[:-lead] = grid.level[lead:] - predicted.point[:-lead]
    edge = np.where(error > 0, predicted.errors[:, _HIGH], -predicted.errors[:, _LOW])
    needed, span = (np.abs(error) + rounding) / (np.maximum(edge, 0.0) + rounding), grid.steps(WINDOW_H)
    seen = np.cumsum(np.isfinite(needed), dtype=np.float64)
    count = seen - np.concatenate([np.zeros(span), seen])[: len(seen)]
    percentile = pd.Series(needed).rolling(span, min_periods=1).quantile(_INSIDE).to_numpy(dtype=np.float64)
    bounded = np.clip(np.nan_to_num(percentile, nan=1.0), _NARROWEST, _WIDEST)
    logarithm = np.log(bounded) * count / (count + _BELIEF)
    known = np.zeros(len(error))
    known[lead:] = logarithm[:-lead]
    return np.asarray(np.exp(known * predicted.calm))
