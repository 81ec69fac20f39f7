"""Which calibrated model is tried first: by past out-of-sample errors, ties to the one that looks at more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from forecasting import skill
from forecasting.blend import Blend
from forecasting.candidates import Predicted
from forecasting.inputs import Floats, Integers
from forecasting.regression import Regression

#: A model with fewer inputs or members is preferred only when it was better by this many standard errors of the difference.
_CLEARLY = 2.0
_BLOCKS = 12


class Record(Protocol):
    """A calibrated model with its out-of-sample errors; see `regression.Calibrated`."""

    @property
    def model(self) -> Regression | Blend:
        """The model itself."""

    @property
    def rows(self) -> Integers:
        """(n,) steps of issue."""

    @property
    def errors(self) -> Floats:
        """(n,) observed minus forecast, m."""

    @property
    def crps(self) -> Floats:
        """(n,) of the band around each forecast, m."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """A model with its past errors."""

    fit: Record
    relative: float  # CRPS and RMSE as a share of persistence's on the same pairs, geometric mean
    loss: Floats  # (n,) of each pair: CRPS and squared error, each as a share of persistence's mean

    @property
    def model(self) -> Regression | Blend:
        """The model itself."""
        return self.fit.model


def rank(fits: Sequence[Record], change: Floats, persistence: Predicted) -> list[Ranked]:
    """The fits that beat persistence (`change` observed and `persistence` forecast, both over all steps), best first.

    They start in the order of how many inputs they use (a blend before the regression in it, then by their errors); one
    moves ahead of what stands before it only where it was clearly better on the pairs both forecast, because chance decides
    small differences, a ridge can leave an input unused by itself, and a blend its trees.
    """
    entries = [_entry(fit, change, persistence) for fit in fits]
    entries = [entry for entry in entries if entry.relative < 1.0]
    ranked: list[Ranked] = []
    for entry in sorted(entries, key=lambda e: (-len(e.model.needs), not isinstance(e.model, Blend), e.relative)):
        place = len(ranked)
        while place and _clearly_better(entry, ranked[place - 1]):
            place -= 1
        ranked.insert(place, entry)
    return ranked


def _entry(fit: Record, change: Floats, persistence: Predicted) -> Ranked:
    observed, reference = change[fit.rows], persistence.errors[fit.rows]
    crps, squared = fit.crps, fit.errors**2
    reference_crps = max(skill.crps(reference, observed), 1e-9)
    reference_square = max(float(np.mean(observed**2)), 1e-9)
    relative = np.sqrt(crps.mean() / reference_crps * np.sqrt(squared.mean() / reference_square))
    return Ranked(fit, float(relative), crps / reference_crps + squared / reference_square)


def _clearly_better(one: Ranked, other: Ranked) -> bool:
    """Whether `one` lost less than `other` on their common pairs, by more than chance between blocks of time explains."""
    _, mine, theirs = np.intersect1d(one.fit.rows, other.fit.rows, assume_unique=True, return_indices=True)
    if len(mine) < _BLOCKS:
        return False
    saved = [part.sum() for part in np.array_split(other.loss[theirs] - one.loss[mine], _BLOCKS)]
    return bool(np.sum(saved) > _CLEARLY * np.std(saved, ddof=1) * np.sqrt(_BLOCKS))
