"""Persistence: the level stays, give or take what it did in the past from such a state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.forecasts import PROBABILITIES
from forecasting.candidates import Predicted
from forecasting.default_spread import DefaultSpread
from forecasting.features import FeatureTable
from forecasting.inputs import Floats

_P = np.array(PROBABILITIES)
#: A class of trend has its own quantiles from this many past changes on; below, all changes are taken together.
_ENOUGH_PAIRS = 100
#: The default spread counts as this many past changes: ten days of an hourly gauge outweigh it five to one.
_DEFAULT_WEIGHT = 48.0
_TREND_LASTS_H = 6.0
#: Between these shares of the past changes over 3 h the river counts as steady.
_STEADY_SHARES = (0.15, 0.85)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Persistence:
    """Quantiles of the change over one lead for a falling, a steady and a rising river."""

    falling_below: float  # change over 3 h in m
    rising_above: float
    changes: Floats  # (3, 19) falling, steady, rising; ascending in each row
    lead_h: float
    pairs: int  # past changes it rests on

    @property
    def name(self) -> str:
        """The family, as people read it."""
        return "persistence"

    @property
    def needs(self) -> tuple[str, ...]:
        """Nothing but the own level."""
        return ()

    @property
    def reads(self) -> tuple[str, ...]:
        """No column."""
        return ()

    def predict(self, features: FeatureTable) -> Predicted:
        """Forecasts at every step; NaN where the own level is not known."""
        trend = self._trend(features.rate_3h)
        steady = np.where(trend == 1, 1.0, 0.0)
        errors = self.changes[trend] + self._continued(features.rate_3h)
        return Predicted(point=features.level, errors=errors, calm=steady)

    def _continued(self, rate_3h: Floats) -> Floats:
        """Room (n, 19) for the present trend to go on, while there are too few past changes to tell how it does.

        At the outermost quantiles nearly the whole of it for up to 6 h, at the median nothing; without it, the band of a
        gauge first seen in a flood would not contain the flood.
        """
        onward = rate_3h / 3 * min(self.lead_h, _TREND_LASTS_H) * _default_share(self.pairs)
        reach = 2 * _P - 1
        up, down = np.maximum(reach, 0.0), np.minimum(reach, 0.0)
        return np.outer(np.maximum(onward, 0.0), up) + np.outer(np.maximum(-onward, 0.0), down)

    def _trend(self, rate_3h: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return 1 + (rate_3h > self.rising_above).astype(np.int64) - (rate_3h < self.falling_below).astype(np.int64)


def fit_persistence(changes: Floats, rate_3h: Floats, lead_h: float, default: DefaultSpread) -> Persistence:
    """From past changes over the lead (m, (n,)) and the changes over the 3 h before them (n,); n may be 0."""
    low, high = np.quantile(rate_3h, _STEADY_SHARES) if len(rate_3h) else (0.0, 0.0)
    low, high = min(float(low), 0.0), max(float(high), 0.0)
    classes = [rate_3h < low, (rate_3h >= low) & (rate_3h <= high), rate_3h > high]
    blended = [
        _blend(changes[members] if members.sum() >= _ENOUGH_PAIRS else changes, lead_h, default) for members in classes
    ]
    return Persistence(
        falling_below=low, rising_above=high, changes=np.array(blended), lead_h=lead_h, pairs=len(changes)
    )


def _blend(changes: Floats, lead_h: float, default: DefaultSpread) -> Floats:
    """Quantiles of the changes, drawn towards the default spread while there are few of them."""
    if len(changes) == 0:
        return default.quantiles(lead_h)
    share = _default_share(len(changes))
    return np.asarray((1 - share) * np.quantile(changes, _P) + share * default.quantiles(lead_h))


def _default_share(pairs: int) -> float:
    """How much of a band is the default: 1.0 without past changes, a sixth after ten days of hours."""
    return _DEFAULT_WEIGHT / (pairs + _DEFAULT_WEIGHT)
