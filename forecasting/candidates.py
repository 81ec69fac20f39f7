"""What every model of a lead time gives, so that they can be compared and stand in for one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from forecasting.features import FeatureTable
from forecasting.inputs import Booleans, Floats


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Predicted:
    """Forecasts of one lead at n steps, in m above the gauge's datum."""

    point: Floats  # (n,) expected level
    errors: Floats  # (n, 19) quantiles of observed minus point, ascending in each row
    calm: Floats  # (n,) 1.0 where the river is in a usual state, falling to 0.0 in the states of the largest errors

    def quantiles(self, widen: Floats | float = 1.0) -> Floats:
        """Level quantiles (n, 19), the errors multiplied by `widen` (a number or one a step)."""
        return self.point[:, None] + self.errors * (widen if isinstance(widen, float) else widen[:, None])


class Candidate(Protocol):
    """A model of one lead time at one gauge."""

    @property
    def name(self) -> str:
        """The family, as people read it."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The feature groups that must be usable."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of the feature table that it looks up by name."""

    def predict(self, features: FeatureTable) -> Predicted:
        """Forecasts at every step; NaN where a needed feature is not known."""


def usable(candidate: Candidate, features: FeatureTable) -> Booleans:
    """The steps (n,) at which everything the candidate needs is known."""
    if not set(candidate.reads) <= set(features.names):  # a gauge has gone from the configuration since
        return np.zeros(len(features.level), dtype=bool)
    out = features.age >= 0
    for group in candidate.needs:
        known = features.usable.get(group)
        out = out & known if known is not None else out & False
    return out
