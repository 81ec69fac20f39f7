"""The blend: regression, boosted trees and rainfall-runoff, each weighted by how it did on what it had not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from domain.forecasts import PROBABILITIES
from forecasting import skill
from forecasting.candidates import Predicted, usable
from forecasting.error_bands import ErrorBand, fit_band
from forecasting.features import RAIN, RUNOFF, FeatureKind, FeatureTable
from forecasting.inputs import Floats, Integers
from forecasting.recent_errors import resolution
from forecasting.regression import Calibrated, Regression, state_of
from forecasting.ridge import clear_of_edges, time_blocks
from forecasting.runoff_features import dry_column, expected_column
from forecasting.trees import Forest, fit_forest

_BLOCKS = 5
#: Pairs that the trees are grown on: the calm hours are thinned, the others all kept.
_GROWN_ON = 12000
#: Trees multiply by themselves; sums of rain of days ago made them worse out of sample.
_NOT_FOR_TREES = (FeatureKind.PRODUCT, FeatureKind.LONG_RAIN_SUM)
#: The first guess of the weights counts as this many independent pairs; outcomes of one lead overlap, so a pair is a lead apart.
_BELIEF = 30.0
#: Independent pairs at which trees are first guessed at a quarter; with many at half. One season forecasts its own floods well
#: by trees and the next season's badly, and blocks of that season do not tell.
_FOR_TREES = 300.0
#: How much heavier than all pairs together it counts that the weights sum to 1.
_FIRMLY = 100.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Blend:
    """Expected change as a weighted sum of members, errors by a band that depends on the state.

    Trees cannot say more than they have seen; the regression and the catchment can, and carry the blend beyond its past.
    """

    regression: Regression
    forest: Forest
    columns: tuple[str, ...]  # of the forest, in its order
    runoff_column: str | None
    weights: Floats  # (3,) regression, forest, runoff (0.0 where there is none)
    band: ErrorBand
    pairs: int

    @property
    def name(self) -> str:
        """The family, as people read it."""
        return "blend"

    @property
    def needs(self) -> tuple[str, ...]:
        """The feature groups that must be usable."""
        return self.regression.needs

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of the feature table that it looks up by name."""
        return (*self.regression.columns, *self.columns)

    def predict(self, features: FeatureTable) -> Predicted:
        """Forecasts at every step; NaN where a needed feature is not known."""
        rows = np.flatnonzero(usable(self, features))
        members = [
            self.regression.change(features, rows),
            self.forest.predict(features.at(rows, self.columns)),
            self._runoff(features, rows),
        ]
        change = np.column_stack(members) @ self.weights
        state, n = state_of(features, rows, change), len(features.level)
        point, errors, calm = np.full(n, np.nan), np.full((n, len(PROBABILITIES)), np.nan), np.ones(n)
        point[rows] = features.level[rows] + change
        errors[rows], calm[rows] = self.band.at_and_calm(state)
        return Predicted(point=point, errors=errors, calm=calm)

    def _runoff(self, features: FeatureTable, rows: Integers) -> Floats:
        if self.runoff_column is None:
            return np.zeros(len(rows))
        return features.at(rows, (self.runoff_column,))[:, 0].astype(np.float64)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CalibratedBlend:
    """A blend with its record on the past, as `regression.Calibrated`."""

    model: Blend
    rows: Integers
    errors: Floats
    crps: Floats


def fit_blend(base: Calibrated, features: FeatureTable, change: Floats, lead: int, trees: int) -> CalibratedBlend:
    """Members and weights on the pairs of `base`, the regression that is one of the members.

    Blocks of time are left out one at a time, for the trees as for the weights: no part of the record that ranks the blend
    was seen by what made it.
    """
    rows, known = base.rows, change[base.rows]
    names = _columns(features, base.model.needs, lead)
    x = features.at(rows, names)
    kept, weight = _thinned(base.model.band.size(state_of(features, rows, known - base.errors)))
    block = time_blocks(rows, _BLOCKS)
    clear = clear_of_edges(rows, block, lead)
    unseen = np.empty(len(rows))
    for number in range(_BLOCKS):
        taught = kept[(block[kept] != number) & clear[kept]]
        unseen[block == number] = fit_forest(x[taught], known[taught], weight[taught], trees).predict(
            x[block == number]
        )
    runoff = expected_column(lead) if RUNOFF in features.groups and RAIN in base.model.needs else None
    simulated = np.zeros(len(rows)) if runoff is None else x[:, names.index(runoff)].astype(np.float64)
    members = np.column_stack([known - base.errors, unseen, simulated])
    errors = known - _stacked(members, known, block, lead)
    state = state_of(features, rows, known - errors)
    band = fit_band(errors, state, resolution(features.level[rows]), lead, apart=features.day)
    model = Blend(
        regression=base.model,
        forest=fit_forest(x[kept], known[kept], weight[kept], trees),
        columns=names,
        runoff_column=runoff,
        weights=_weights(members, known, lead),
        band=band,
        pairs=len(rows),
    )
    return CalibratedBlend(model=model, rows=rows, errors=errors, crps=skill.crps_each(band.at(state), errors))


def _columns(features: FeatureTable, needs: tuple[str, ...], lead: int) -> tuple[str, ...]:
    """What the trees see: the measured features of the groups, and the runoff of this lead."""
    measured = [features.names[k] for k in features.columns_of(needs) if features.kinds[k] not in _NOT_FOR_TREES]
    simulated = (expected_column(lead), dry_column(lead)) if RUNOFF in features.groups and RAIN in needs else ()
    return (*measured, *simulated)


def _thinned(size: Floats) -> tuple[Integers, Floats]:
    """Pairs to grow trees on, and the weight (n,) of every pair: the chance to be kept grows with the expected error.

    Weights are the inverse chances, so that the sum over the kept pairs stands for all of them (Horvitz and Thompson 1952).
    The choice is systematic: the same data give the same pairs.
    """
    share = np.minimum(size * (_GROWN_ON / size.sum()), 1.0)
    share = np.minimum(share * (min(_GROWN_ON, len(size)) / share.sum()), 1.0)  # what the certain ones left over
    kept = np.flatnonzero(np.diff(np.floor(np.cumsum(share) + 0.5), prepend=0.0) > 0)
    return kept, np.asarray(1.0 / share)


def _stacked(members: Floats, known: Floats, block: Integers, lead: int) -> Floats:
    """The blend of each pair with the weights of the other blocks."""
    out = np.empty(len(known))
    for number in range(_BLOCKS):
        inside = block == number
        out[inside] = members[inside] @ _weights(members[~inside], known[~inside], lead)
    return out


def _weights(members: Floats, known: Floats, lead: int) -> Floats:
    """Stacking weights (3,) of regression, trees and runoff (Breiman 1996, Mach. Learn. 24), not negative and with sum 1.

    Least squares drawn to a mean of regression and trees: with much data the plain mean, which is hard to beat (Clemen
    1989, Int. J. Forecast. 5), with little the regression. The runoff starts with nothing, for the trees know it already; one that
    is not there, all zeros, gets none. A smaller sum would damp every flood for the sake of calm hours.
    """
    there = np.array([True, True, members[:, 2].any()])  # on a river that stands still all of them say nothing
    size, independent = int(there.sum()), len(known) / lead
    trees = 0.5 * independent / (independent + _FOR_TREES)
    guess = np.array([1.0 - trees, trees, 0.0])[there]
    scale = max(float(np.sqrt(np.mean(known**2))), 1e-9)
    pull, firm = np.sqrt(_BELIEF * lead), _FIRMLY * np.sqrt(len(known))
    design = np.vstack([members[:, there] / scale, pull * np.eye(size), np.full((1, size), firm)])
    weights = np.zeros(len(there))
    weights[there] = nnls(design, np.concatenate([known / scale, pull * guess, [firm]]))[0]
    return weights
