"""How lively a river is now, by its own past: from still and dry to moving or rained upon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.features import RAIN_4H, VOLATILITY_6H, FeatureTable
from forecasting.inputs import Booleans, Floats

_STEPS = 20


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Liveliness:
    """Past values of the volatility over 6 h and of the rain index of 4 h, at 21 equal shares of the past."""

    volatility: Floats  # (21,) ascending
    rain: Floats  # (21,)

    def of(self, features: FeatureTable) -> Floats:
        """The larger of the shares of the past (0-1, (n,)) in which the river moved less, and in which it had rained less."""
        moved = np.searchsorted(self.volatility, features.state[:, VOLATILITY_6H])
        rained = np.searchsorted(self.rain, features.state[:, RAIN_4H])
        return np.asarray(np.minimum(np.maximum(moved, rained), _STEPS) / _STEPS)


def fit_liveliness(features: FeatureTable, past: Booleans) -> Liveliness:
    """From the steps of the `past` (n,), at least one of them."""
    shares = np.linspace(0.0, 1.0, _STEPS + 1)
    volatility, rain = (np.quantile(features.state[past, column], shares) for column in (VOLATILITY_6H, RAIN_4H))
    return Liveliness(volatility=np.asarray(volatility), rain=np.asarray(rain))
