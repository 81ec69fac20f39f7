"""Ridge regression of the change over one lead on levels, rates, rain and wetness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from domain.forecasts import PROBABILITIES
from forecasting import skill
from forecasting.candidates import Predicted, usable
from forecasting.error_bands import ErrorBand, fit_band
from forecasting.features import OWN, RAIN, FeatureKind, FeatureTable, upstream_group
from forecasting.inputs import Floats, Integers
from forecasting.recent_errors import resolution
from forecasting.ridge import Blocks, Ridge, clear_of_edges, fit_ridge, time_blocks

_BLOCKS = 12
_FEWEST_BLOCKS = 4
#: A larger family of features takes part when there are this many pairs for each of its columns.
_PAIRS_A_COLUMN = 15
#: Features may leave their past range by this share of it before they are cut off. The same for all: a level that grows
#: on while its square is cut off would bend the fitted curve.
_MARGIN = 0.3
_STILL_M = 0.002
_SHORT = {FeatureKind.LEVEL, FeatureKind.RATE}
#: From few columns to many; the first always takes part.
_FAMILIES: tuple[set[FeatureKind], ...] = (
    _SHORT | {FeatureKind.RAIN_SUM},
    _SHORT | {FeatureKind.RAIN_INDEX},
    _SHORT | {FeatureKind.LONG_RATE, FeatureKind.RAIN_INDEX, FeatureKind.PRODUCT},
    set(FeatureKind),
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Regression:
    """Expected change by a ridge, errors by a band that depends on the state."""

    needs: tuple[str, ...]
    columns: tuple[str, ...]  # names of the features, in the ridge's order
    ridge: Ridge
    band: ErrorBand
    pairs: int  # past pairs of issue and outcome it rests on

    @property
    def name(self) -> str:
        """The family, as people read it."""
        return "regression"

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of the feature table that it looks up by name."""
        return self.columns

    def predict(self, features: FeatureTable) -> Predicted:
        """Forecasts at every step; NaN where a needed feature is not known."""
        known = usable(self, features)
        rows = np.flatnonzero(known)
        change = self.change(features, rows)
        state = state_of(features, rows, change)
        point, errors = np.full(len(known), np.nan), np.full((len(known), len(PROBABILITIES)), np.nan)
        calm = np.ones(len(known))
        point[rows] = features.level[rows] + change
        errors[rows], calm[rows] = self.band.at_and_calm(state)
        return Predicted(point=point, errors=errors, calm=calm)

    def change(self, features: FeatureTable, rows: Integers) -> Floats:
        """The expected change in m from each of `rows`."""
        return self.ridge.predict(features.at(rows, self.columns).astype(np.float64))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Calibrated:
    """A regression with its record on the past: out-of-sample errors at the pairs it was cross-validated on."""

    model: Regression
    rows: Integers  # (n,) steps of issue
    errors: Floats  # (n,) observed minus forecast, m
    crps: Floats  # (n,) of the band around each forecast, m


def patterns(features: FeatureTable, upstream: Sequence[str]) -> list[tuple[str, ...]]:
    """Sets of feature groups worth a model of their own: with and without rain, with every choice of upstream gauges.

    With more than three upstream gauges only: all, all but one, each alone, none.
    """
    groups = [upstream_group(name) for name in upstream]
    sizes = range(len(groups) + 1) if len(groups) <= 3 else sorted({0, 1, len(groups) - 1, len(groups)})
    choices = [chosen for size in sizes for chosen in combinations(groups, size)]
    rain = [(RAIN,), ()] if RAIN in features.groups else [()]
    return [(OWN, *chosen, *wet) for chosen in choices for wet in rain]


def fit_regression(
    features: FeatureTable, change: Floats, needs: tuple[str, ...], lead: int, *, before: int, minimum_pairs: int
) -> Calibrated | None:
    """Fit one pattern of inputs to `change` (n,), the change over `lead` steps from every step, NaN where not observed.

    Only steps whose outcome lies before row `before` are used. None when there are fewer than `minimum_pairs` pairs.
    """
    columns = features.columns_of(needs)
    known = np.isfinite(change)
    known[max(0, before - lead) :] = False
    for group in needs:
        known &= features.usable[group]
    rows = np.flatnonzero(known)
    if len(rows) < minimum_pairs:
        return None
    block = time_blocks(rows, _BLOCKS)
    clear = clear_of_edges(rows, block, lead)
    rows, block = rows[clear], np.unique(block[clear], return_inverse=True)[1]
    if len(rows) < minimum_pairs / 2 or len(set(block)) < _FEWEST_BLOCKS:
        return None
    families = _families([features.kinds[k] for k in columns], len(rows))
    fit = fit_ridge(Blocks.of(features.values, rows, columns, block), change[rows], families, _MARGIN)
    errors, state = change[rows] - fit.out_of_sample, state_of(features, rows, fit.out_of_sample)
    band = fit_band(errors, state, resolution(features.level[rows]), lead, apart=features.day)
    model = Regression(
        needs=needs,
        columns=tuple(features.names[k] for k in columns),
        ridge=fit.ridge,
        band=band,
        pairs=len(rows),
    )
    return Calibrated(model=model, rows=rows, errors=errors, crps=skill.crps_each(band.at(state), errors))


def _families(kinds: Sequence[FeatureKind], pairs: int) -> list[Integers]:
    """Column numbers of the families that the pairs suffice for, without repetitions."""
    members = [np.flatnonzero([kind in family for kind in kinds]) for family in _FAMILIES]
    allowed = [m for k, m in enumerate(members) if k == 0 or pairs >= _PAIRS_A_COLUMN * len(m)]
    return list({tuple(m): m for m in allowed}.values())


def state_of(features: FeatureTable, rows: Integers, change: Floats) -> Floats:
    """What errors depend on: the state of the river, the predicted rise and the predicted fall, for a rise is less certain."""
    ways = [np.log(np.maximum(way, 0.0) + _STILL_M) for way in (change, -change)]
    return np.column_stack([features.state[rows], *ways])
