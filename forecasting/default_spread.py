"""The spread of a gauge with no history."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from domain.forecasts import PROBABILITIES

#: Quantiles (19,) of the standard normal distribution.
_NORMAL = np.array([NormalDist().inv_cdf(each) for each in PROBABILITIES])


@dataclass(frozen=True, kw_only=True, slots=True)
class DefaultSpread:
    """Standard deviation sd_1h_m · lead^exponent, rises `rise_factor` times as far.

    The shipped numbers lie amid the persistence errors of four gauges (docs/forecasting.md); they
    are a stopgap for the first days of a gauge, not a statement about it.
    """

    sd_1h_m: float = 0.05
    exponent: float = 0.75
    rise_factor: float = 1.5

    def quantiles(self, lead_h: float) -> npt.NDArray[np.float64]:
        """Quantiles (19,) of the change in m over the lead."""
        normal = self.sd_1h_m * lead_h**self.exponent * _NORMAL
        return np.asarray(np.where(normal > 0, normal * self.rise_factor, normal))
