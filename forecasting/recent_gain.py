"""Whether the changes that were forecast of late came, in a river as lively as it is now; where they did not, it stays as it is."""

from __future__ import annotations

import numpy as np

from forecasting.candidates import Predicted
from forecasting.inputs import Floats, StepGrid, or_zero
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


def nearness(liveliness: Floats) -> Floats:
    """How much each of n steps belongs to each of the states between which is interpolated, (n, 4), by its `liveliness` (0-1)."""
    return np.column_stack([np.interp(liveliness, _LIVELY, place) for place in np.eye(len(_LIVELY))])


def share_of_persistence(
    predicted: Predicted, level: Floats, lead: int, grid: StepGrid, near: Floats, *, first: int = 0
) -> Floats:
    """How far to draw each forecast from row `first` on to the `level` it starts from: 0.0 not at all, 1.0 wholly; (n - first,).

    Over the last 20 days the changes y that came are regressed on the changes f that were forecast, y = g·f, apart for a still, a
    usual and a lively river (by `nearness`), for a model may know floods well and see ghosts in dry weeks. Persistence
    would have been better where g < 1/2: there 1 - g is taken off, times max(0, 1 - s²/(1/2 - g)²) with s² the sampling variance
    of g, the positive part of the James-Stein estimator as for the bias. A change that is far larger than those that were judged
    is left as it is. Outcomes count from when they were known.
    """
    f, y = or_zero(predicted.point - level), np.full(len(level), np.nan)
    y[lead:] = grid.level[lead:] - level[:-lead]
    said = np.concatenate([np.full(lead, np.nan), (predicted.point - level)[:-lead]])
    due = np.concatenate([np.zeros((lead, len(_LIVELY))), near[:-lead]]) * np.isfinite(said * y)[:, None]
    said, y = or_zero(said), or_zero(y)
    moments = np.column_stack([np.ones(len(f)), said * said, said * y, y * y])
    share, usual = _judged(_over_window(due, moments, grid.steps(WINDOW_H), first), lead, grid)
    share, usual = ((near[first:] * each).sum(axis=1) for each in (share, usual))
    return np.asarray(share * np.minimum(1.0, _LIKE * usual / np.maximum(np.abs(f[first:]), _NOTHING)))


def _judged(sums: Floats, lead: int, grid: StepGrid) -> tuple[Floats, Floats]:
    """Of each row in each state (n, 4): what to take off, and the usual size of a forecast change, m."""
    count, ff, fy, yy = np.moveaxis(sums, -1, 0)
    some, power = np.maximum(count, _NOTHING), np.maximum(ff, _NOTHING)
    gain = np.where(ff > _NOTHING, fy / power, 1.0)
    variance = np.maximum(yy - gain * fy, 0.0) / some * lead / power
    short = np.maximum(_NO_GAIN - gain, _NOTHING)  # by how much it falls short of what persistence gives
    enough = count >= min(_ENOUGH * lead, grid.steps(WINDOW_H) / 3)
    believed = np.maximum(0.0, 1.0 - variance / short**2) * enough
    return np.clip(1.0 - gain, 0.0, 1.0) * believed, np.sqrt(power / some)


def _over_window(due: Floats, moments: Floats, span: int, first: int) -> Floats:
    """Sums of the moments (n, 4) over the last `span` rows, weighted by each state's part in them (n, 4): (n - first, 4, 4)."""
    if len(due) - first == 1:  # a single forecast: no need to slide
        return (due[-span:].T @ moments[-span:])[None]
    total = np.concatenate([np.zeros((span, 4, 4)), np.cumsum(due[:, :, None] * moments[:, None, :], axis=0)])
    return np.asarray(total[span + first :] - total[first:-span])
