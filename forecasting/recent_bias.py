"""How far the forecasts of the last days lay beside the water, and what of that will last."""

from __future__ import annotations

import numpy as np

from forecasting.candidates import Predicted
from forecasting.inputs import Floats, StepGrid

#: Past forecasts that are judged.
BIAS_WINDOW_H = 120.0
#: How often the variance of the mean is taken off its square before it is believed.
_DOUBT = 3.0
#: A bias within this part of the step in which the gauge reports is the rounding's.
_ROUNDING = 0.3
_MEDIAN = 9
_NOTHING = 1e-12


def recent_bias(predicted: Predicted, lead: int, grid: StepGrid, resolution_m: float) -> Floats:
    """What to add to the forecast at each step (n,), m, from outcomes that were known at that step alone.

    b is the mean distance of the outcomes of the last five days from the medians of their forecasts, each at most as far as the band
    reached, in usual states alone. It is taken times max(0, 1 - (3·s²/k + (0.3·r)²) / b²), the positive part of the James-Stein
    estimator (Efron and Morris 1973, J. Am. Stat. Assoc. 68): s² is the variance of those distances, k the number of
    outcomes that do not overlap, r the rounding of the gauge. So a bias counts when it is the same day after day: water held at
    another level by a weir, a season drier than all before, a zero that was moved. In rare states it fades to nothing.
    """
    low, middle, high = (predicted.errors[:-lead, k] for k in (0, _MEDIAN, -1))
    beside = np.clip(grid.level[lead:] - predicted.point[:-lead], low, high) - middle
    weight = np.where(np.isfinite(beside), np.nan_to_num(predicted.calm[:-lead]), 0.0)
    beside = np.nan_to_num(beside)
    span = grid.steps(BIAS_WINDOW_H)
    count = _over_window(weight, span)
    each = np.maximum(count, _NOTHING)
    mean = _over_window(weight * beside, span) / each
    variance = np.maximum(_over_window(weight * beside**2, span) / each - mean**2, 0.0)
    doubt = _DOUBT * variance * lead / each + (_ROUNDING * resolution_m) ** 2
    believed = np.where(count > lead, np.maximum(0.0, 1.0 - doubt / np.maximum(mean**2, _NOTHING)), 0.0)
    bias = np.zeros(len(predicted.point))
    bias[lead:] = mean * believed
    return np.asarray(bias * predicted.calm)


def _over_window(values: Floats, span: int) -> Floats:
    """Sums over the last `span` rows, each row with those before it."""
    total = np.concatenate([np.zeros(span), np.cumsum(values)])
    return np.asarray(total[span:] - total[:-span])
