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
#: Bands narrower than this are within a gauge's reading of a centimetre.
_RESOLUTION_M = 0.001


def recent_width(predicted: Predicted, lead: int, grid: StepGrid) -> Floats:
    """Factors (n,) for the band at each step, from outcomes that were known at that step alone.

    Each forecast that has come due says by what factor its 10-90 % band should have been multiplied to just reach the
    outcome; the factor now is the 80th percentile of these over the last 20 days (conformal prediction on a moving window,
    after Gibbs and Candès 2021, Adv. Neural Inf. Process. Syst. 34), drawn towards 1 while there are few. In rare states
    it fades to 1: three quiet weeks say nothing about the errors of a flood.
    """
    error = np.full(len(grid.level), np.nan)
    error[:-lead] = grid.level[lead:] - predicted.point[:-lead]
    edge = np.where(error > 0, predicted.errors[:, _HIGH], -predicted.errors[:, _LOW])
    needed = pd.Series(np.abs(error) / np.maximum(edge, _RESOLUTION_M))
    window = needed.rolling(grid.steps(WINDOW_H), min_periods=1)
    count = window.count().to_numpy(dtype=np.float64)
    percentile = window.quantile(_INSIDE).to_numpy(dtype=np.float64)
    bounded = np.clip(np.nan_to_num(percentile, nan=1.0), _NARROWEST, _WIDEST)
    logarithm = np.log(bounded) * count / (count + _BELIEF)
    known = np.zeros(len(error))
    known[lead:] = logarithm[:-lead]
    return np.asarray(np.exp(known * predicted.calm))
