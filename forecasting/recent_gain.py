"""Whether the changes that were forecast of late came, in a river as lively as it is now; where they did not, it stays as it is."""

from __future__ import annotations

import numpy as np

from forecasting.candidates import Predicted
from forecasting.inputs import Floats, StepGrid
from forecasting.recent_errors import WINDOW_H

#: Shares of the past in liveliness between which what was learnt is interpolated: still, usual, lively, the liveliest.
_LIVELY = np.array([0.0, 0.5, 0.85, 1.0])
#: The best share of a forecast change at which the level itself would have been the better forecast.
_NO_GAIN = 0.5
#: Outcomes that do not overlap without which nothing is said; a third of what the window can hold where that is less.
_ENOUGH = 15
#: A forecast change this many times as large as the usual one is not what was judged.
_LIKE = 2.0
_NOTHING = 1e-12


def share_of_persistence(predicted: Predicted, level: Floats, lead: int, grid: StepGrid, liveliness: Floats) -> Floats:
    """How far to draw each forecast (n,) to the `level` it starts from: 0.0 not at all, 1.0 wholly; from outcomes known at that step.

    Over the last 20 days the changes y that came are regressed on the changes f that were forecast, y = g·f, apart for a still, a
    usual and a lively river (by `liveliness`, 0-1), for a model may know floods well and see ghosts in dry weeks. Persistence
    would have been better where g < 1/2: there 1 - g is taken off, times max(0, 1 - s²/(1/2 - g)²) with s² the sampling variance
    of g, the positive part of the James-Stein estimator as for the bias. A change that is far larger than those that were judged
    is left as it is.
    """
    f = np.nan_to_num(predicted.point - level)
    due = np.full(len(f), np.nan)
    due[lead:] = grid.level[lead:] - level[:-lead]
    known = np.isfinite(due[lead:]) & np.isfinite(predicted.point[:-lead])
    share, usual = np.zeros(len(f)), np.zeros(len(f))
    for place in np.eye(len(_LIVELY)):
        near = np.interp(liveliness, _LIVELY, place)
        told = np.concatenate([np.zeros(lead), near[:-lead] * known])
        one, size = _judged(told, np.concatenate([np.zeros(lead), f[:-lead]]), np.nan_to_num(due), lead, grid)
        share += near * one
        usual += near * size
    return np.asarray(share * np.minimum(1.0, _LIKE * usual / np.maximum(np.abs(f), _NOTHING)))


def _judged(weight: Floats, f: Floats, y: Floats, lead: int, grid: StepGrid) -> tuple[Floats, Floats]:
    """What to take off in one state (n,), and the usual size of a forecast change in it (n,), m."""
    span = grid.steps(WINDOW_H)
    count, ff, fy, yy = (_over_window(weight * each, span) for each in (np.ones(len(f)), f * f, f * y, y * y))
    some, power = np.maximum(count, _NOTHING), np.maximum(ff, _NOTHING)
    gain = np.where(ff > _NOTHING, fy / power, 1.0)
    variance = np.maximum(yy - gain * fy, 0.0) / some * lead / power
    short = np.maximum(_NO_GAIN - gain, _NOTHING)  # by how much it falls short of what persistence gives
    believed = np.maximum(0.0, 1.0 - variance / short**2) * (count >= min(_ENOUGH * lead, span / 3))
    return np.clip(1.0 - gain, 0.0, 1.0) * believed, np.sqrt(power / some)


def _over_window(values: Floats, span: int) -> Floats:
    """Sums over the last `span` rows, each row with those before it."""
    total = np.concatenate([np.zeros(span), np.cumsum(values)])
    return np.asarray(total[span:] - total[:-span])
