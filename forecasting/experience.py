"""Whether a river is in a state it was never seen in, and how much less is then known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.features import FeatureKind, FeatureTable
from forecasting.inputs import Booleans, Floats

#: Rain indices that count as the rain of the event; single hours of a single gauge set records too easily.
_RAIN = ("rain index 8 h", "rain index 32 h")
#: The band grows with the distance beyond the past, at most to this multiple.
_WIDEST = 3.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Experience:
    """The highest levels and rain of the past, and how far they lay above the middle of it."""

    columns: tuple[str, ...]
    highest: Floats  # one a column
    reach: Floats  # highest minus median of each column
    own_highest_m: float
    own_reach_m: float

    def beyond(self, features: FeatureTable, point: Floats) -> Floats:
        """How far each of n steps lies beyond the past, in reaches: 0.0 within it, 1.0 twice as far out as the farthest.

        Looked at are own and upstream levels, rain indices and the expected level `point` (n,).
        """
        out = np.maximum((point - self.own_highest_m) / self.own_reach_m, 0.0)
        present = [k for k, name in enumerate(self.columns) if name in features.names]
        for k, column in zip(present, features.named(self.columns[k] for k in present), strict=True):
            out = np.fmax(out, (features.values[:, column] - self.highest[k]) / self.reach[k])
        return np.nan_to_num(out)


def fit_experience(features: FeatureTable, past: Booleans) -> Experience:
    """From the steps of the `past` (n,); without any, nothing is beyond experience, for there is none to be beyond."""
    wanted = [
        name
        for name, kind in zip(features.names, features.kinds, strict=True)
        if kind is FeatureKind.LEVEL or name in _RAIN
    ]
    values = features.values[past][:, features.named(wanted)].astype(np.float64)
    own = features.level[past]
    ranges = [_range(column) for column in (own, *values.T)]
    return Experience(
        columns=tuple(wanted),
        highest=np.array([high for high, _ in ranges[1:]]),
        reach=np.array([reach for _, reach in ranges[1:]]),
        own_highest_m=ranges[0][0],
        own_reach_m=ranges[0][1],
    )


def widening(beyond: Floats) -> Floats:
    """The factor (n,) of the band at a distance `beyond` the past: one more for every reach."""
    return np.asarray(np.minimum(1.0 + beyond, _WIDEST))


def _range(column: Floats) -> tuple[float, float]:
    """The highest value and its height above the median; unattainable ones when nothing is known."""
    known = column[np.isfinite(column)]
    if len(known) == 0:
        return float(np.finfo(np.float32).max), 1.0
    return float(known.max()), max(float(known.max() - np.median(known)), 1e-3)
