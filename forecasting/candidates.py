"""What every model of a lead time gives, so that they can be compared and stand in for one another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from forecasting.features import FeatureTable
from forecasting.inputs import Booleans, Floats


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Widths:
    """By what the band is multiplied at each of n steps."""

    lower: Floats  # (n,) the part below the point
    upper: Floats  # (n,) the part above it

    def times(self, factor: Floats) -> Widths:
        """Both parts multiplied by `factor` (n,)."""
        return Widths(lower=self.lower * factor, upper=self.upper * factor)

    def newest(self, rows: int) -> Widths:
        """The last `rows` steps."""
        return Widths(lower=self.lower[-rows:], upper=self.upper[-rows:])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Predicted:
    """Forecasts of one lead at n steps, in m above the gauge's datum."""

    point: Floats  # (n,) expected level
    errors: Floats  # (n, 19) quantiles of observed minus point, ascending in each row
    calm: Floats  # (n,) 1.0 where the river is in a usual state, falling to 0.0 in the states of the largest errors

    def quantiles(self, widths: Widths) -> Floats:
        """Level quantiles (n, 19), the errors below and above the point each multiplied by its factor."""
        factors = np.where(self.errors < 0, widths.lower[:, None], widths.upper[:, None])
        return self.point[:, None] + self.errors * factors

    def newest(self, rows: int) -> Predicted:
        """The last `rows` steps."""
        return Predicted(point=self.point[-rows:], errors=self.errors[-rows:], calm=self.calm[-rows:])


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
    if not _all_among(candidate.reads, features.names):  # a gauge has gone from the configuration since
        return np.zeros(len(features.level), dtype=bool)
    out = features.age >= 0
    for group in candidate.needs:
        known = features.usable.get(group)
        out = out & known if known is not None else out & False
    return out


@lru_cache(maxsize=256)
def _all_among(reads: tuple[str, ...], names: tuple[str, ...]) -> bool:
    return set(reads) <= set(names)
