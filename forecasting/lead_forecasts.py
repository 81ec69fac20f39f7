"""What is forecast of one lead: the first of its models whose inputs are known, after what its last forecasts were worth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forecasting.blend import Blend
from forecasting.candidates import Candidate, Widths, usable
from forecasting.experience import Experience, widening
from forecasting.features import FeatureTable
from forecasting.inputs import Floats, Integers, StepGrid
from forecasting.persistence import Persistence
from forecasting.recent_bias import recent_bias
from forecasting.recent_errors import recent_widths
from forecasting.recent_gain import share_of_persistence
from forecasting.regression import Regression


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LeadModels:
    """The models of one lead, best of the past first; the last is persistence, which always works."""

    lead_h: float
    ranked: tuple[Blend | Regression, ...]
    records: tuple[float, ...]  # of each: CRPS and RMSE relative to persistence (geometric mean), below 1.0
    persistence: Persistence
    rain_response: (
        float  # part of what the catchment makes of known rain that the best model's past errors confirm, 0-1
    )
    resolution_m: float  # step in which the own gauge reports

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """In the order in which they are tried."""
        return (*self.ranked, self.persistence)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LeadForecasts:
    """Forecasts of one lead at n steps; NaN and -1 where they are withheld."""

    lead_h: float
    point: Floats  # (n,) expected level in m
    quantiles: Floats  # (n, 19) in m, ascending
    candidate: Integers  # (n,) which of the lead's candidates was used
    beyond: Floats  # (n,) how far outside all experience: see `experience.Experience.beyond`


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RiverState:
    """What the forecasts of every lead rest on: n steps, of which those from row `first` on are asked for."""

    grid: StepGrid
    features: FeatureTable
    first: int
    asked: FeatureTable  # of the steps that are asked for
    experience: Experience
    near: Floats  # (n, 4) how much each step belongs to each of the states of `recent_gain.nearness`

    @classmethod
    def of(
        cls, grid: StepGrid, features: FeatureTable, experience: Experience, *, near: Floats, first: int
    ) -> RiverState:
        """With the features of the steps that are asked for cut out once for all leads."""
        asked = features.newest(len(grid.level) - first)
        return cls(grid=grid, features=features, first=first, asked=asked, experience=experience, near=near)


def predict_lead(lead: LeadModels, state: RiverState) -> LeadForecasts:
    """At each step that is asked for, the forecast of the first candidate whose inputs are known there."""
    n, first = len(state.grid.level), state.first
    point, quantiles = np.full(n, np.nan), np.full((n, lead.persistence.changes.shape[1]), np.nan)
    used, beyond = np.full(n, -1, dtype=np.int64), np.zeros(n)
    for number, candidate in enumerate(lead.candidates):
        if (used[first:] >= 0).all():
            break
        rows = usable(candidate, state.features) & (used < 0)
        rows[:first] = False
        if not rows.any():
            continue
        said = _say(lead, candidate, state)
        told = rows[first:]
        point[rows], quantiles[rows], beyond[rows] = said.point[told], said.quantiles[told], said.beyond[told]
        used[rows] = number
    return LeadForecasts(lead_h=lead.lead_h, point=point, quantiles=quantiles, candidate=used, beyond=beyond)


@dataclass(frozen=True, slots=True, eq=False)
class _Said:
    """What one candidate says at the steps from a first one on; NaN where it says nothing."""

    point: Floats
    quantiles: Floats
    beyond: Floats


def _say(lead: LeadModels, candidate: Candidate, state: RiverState) -> _Said:
    """A candidate's forecasts after what its last ones were worth: bias taken off, band made wider or narrower, drawn to the level."""
    grid, asked, first = state.grid, state.asked, state.first
    n, shift = len(grid.level), grid.steps(lead.lead_h)
    predicted = candidate.predict(state.features)
    bias = recent_bias(predicted, shift, grid, lead.resolution_m)
    predicted = replace(predicted, point=predicted.point + bias)
    recent = recent_widths(predicted, shift, grid, lead.resolution_m, newest_only=first == n - 1)
    share = share_of_persistence(predicted, state.features.level, shift, grid, state.near, first=first)
    now = predicted.newest(n - first)
    beyond = state.experience.beyond(asked, now.point)
    stale = 1.0 + np.maximum(asked.age, 0) / grid.per_hour / lead.lead_h
    quantiles = now.quantiles(recent.newest(n - first).times(stale * widening(beyond)))
    stays = lead.persistence.predict(asked)
    held = stays.quantiles(Widths(lower=stale, upper=stale))
    return _Said(
        point=now.point + share * (asked.level - now.point),
        quantiles=quantiles + share[:, None] * (held - quantiles),
        beyond=beyond,
    )
