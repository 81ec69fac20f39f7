"""How far the forecasts of the last days lay beside the water, and what of that will last."""

from __future__ import annotations

import numpy as np

from domain.forecasts import PROBABILITIES
from forecasting.candidates import Predicted
from forecasting.inputs import Floats, StepGrid, or_zero

#: Past forecasts that are judged.
BIAS_WINDOW_H = 120.0
#: Outcomes that do not overlap without which nothing is said; a third of what the window can hold where that is less.
_ENOUGH = 15
#: How often the variance of the mean is taken off its square before it is believed.
_DOUBT = 3.0
#: A bias within this part of the step in which the gauge reports is the rounding's.
_ROUNDING = 0.3
_LOW, _MEDIAN, _HIGH = (PROBABILITIES.index(p) for p in (0.1, 0.5, 0.9))
_NOTHING = 1e-12


def recent_bias(predicted: Predicted, lead: int, grid: StepGrid, resolution_m: float) -> Floats:
    """What to add to the forecast at each step (n,), m, from outcomes that were known at that step alone.

    b is the mean distance of the outcomes of the last five days from the medians of their forecasts, each at most as far as the
    band reached, weighted by the inverse square of the band's width: a flood says little about a bias. It is taken times
    max(0, 1 - (3·s²/k + (0.3·r)²) / b²), the positive part of the James-Stein estimator (Efron and Morris 1973, J. Am. Stat.
    Assoc. 68): s² is the variance of those distances, k the number of outcomes that do not overlap, r the rounding of the
    gauge. So a bias counts when it is the same day after day: water held at another level by a weir, a season drier than all
    before, a zero that was moved. Where the band is wider now than it was, as much less of it is taken.
    """
    width = predicted.errors[:, _HIGH] - predicted.errors[:, _LOW] + max(resolution_m, _NOTHING) / 2
    beside = _beside(predicted, lead, grid)
    weight = np.where(np.isfinite(beside * width[:-lead]), width[:-lead] ** -2.0, 0.0)
    beside, span = or_zero(beside), grid.steps(BIAS_WINDOW_H)
    total, squared, outcomes = (
        _over_window(each, span) for each in (weight, weight**2, (weight > 0).astype(np.float64))
    )
    some = np.maximum(total, _NOTHING)
    mean = _over_window(weight * beside, span) / some
    variance = np.maximum(_over_window(weight * beside**2, span) / some - mean**2, 0.0)
    count = total**2 / np.maximum(squared, _NOTHING)  # equally weighted outcomes that would say as much
    doubt = _DOUBT * variance * lead / np.maximum(count, _NOTHING) + (_ROUNDING * resolution_m) ** 2
    believed = np.maximum(0.0, 1.0 - doubt / np.maximum(mean**2, _NOTHING)) * (count >= min(_ENOUGH * lead, span / 3))
    usual = np.sqrt(outcomes / some)
    bias = np.zeros(len(predicted.point))
    bias[lead:] = mean * believed * np.minimum(1.0, usual / width[lead:])
    return or_zero(bias)


def _beside(predicted: Predicted, lead: int, grid: StepGrid) -> Floats:
    """Outcome minus median of each forecast that has come due (n - lead,), no farther than the outermost quantiles."""
    low, middle, high = (predicted.errors[:-lead, k] for k in (0, _MEDIAN, -1))
    return np.asarray(np.clip(grid.level[lead:] - predicted.point[:-lead], low, high) - middle)


def _over_window(values: Floats, span: int) -> Floats:
    """Sums over the last `span` rows, each row with those before it."""
    total = np.concatenate([np.zeros(span), np.cumsum(values)])
    return np.asarray(total[span:] - total[:-span])
