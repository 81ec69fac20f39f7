"""One gauge's models: all calibrated, the best of the past chosen for each lead among those whose inputs are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from domain.forecasts import LevelForecast
from forecasting.candidates import Candidate, usable
from forecasting.configuration import ModelSettings
from forecasting.features import HOLD_H, MEMORY_H, OWN, RAIN, FeatureTable, feature_table, upstream_group
from forecasting.inputs import Booleans, Floats, GaugeInputs, Integers, StepGrid, align, newest_reading
from forecasting.persistence import Persistence, fit_persistence
from forecasting.ranking import rank
from forecasting.recent_errors import WINDOW_H, recent_width
from forecasting.regression import Regression, fit_regression, patterns

#: A band that rests on fewer past changes than this is called the default spread in the forecast itself.
_FEW_PAIRS = 48


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LeadModels:
    """The models of one lead, best of the past first; the last is persistence, which always works."""

    lead_h: float
    regressions: tuple[Regression, ...]
    records: tuple[float, ...]  # of each regression: CRPS and RMSE relative to persistence (geometric mean), below 1.0
    persistence: Persistence

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """In the order in which they are tried."""
        return (*self.regressions, self.persistence)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LeadForecasts:
    """Forecasts of one lead at n steps; NaN and -1 where they are withheld."""

    lead_h: float
    point: Floats  # (n,) expected level in m
    quantiles: Floats  # (n, 19) in m, ascending
    candidate: Integers  # (n,) which of the lead's candidates was used


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class GaugeModel:
    """Everything needed to forecast one gauge. `version` changes with every calibration."""

    station: str
    version: str
    step: timedelta
    calibrated_until: datetime
    pairs: int  # pairs of issue and outcome at the shortest lead
    leads: tuple[LeadModels, ...]

    @property
    def history_needed(self) -> timedelta:
        """How far before the issue time readings are looked at."""
        return timedelta(hours=MEMORY_H + WINDOW_H + max(lead.lead_h for lead in self.leads))

    def forecast(self, inputs: GaugeInputs, moment: datetime) -> list[LevelForecast]:
        """One forecast a lead with what was observed up to `moment`; none when the own level is too old.

        The issue time is that of the newest reading used. Readings after `moment` are never looked at.
        """
        known = inputs.between(moment - self.history_needed, moment)
        issued_at = newest_reading(known)
        if issued_at is None or withheld(known, moment) is not None:
            return []
        grid = align(known, issued_at, issued_at - self.history_needed)
        features = feature_table(grid)
        return [self._issue(lead, grid, features, issued_at) for lead in self.leads]

    def forecast_many(self, inputs: GaugeInputs, moments: Sequence[datetime]) -> list[LevelForecast]:
        """The forecasts of each of `moments`, each as if nothing after it had been observed."""
        return [forecast for moment in moments for forecast in self.forecast(inputs, moment)]

    def predict(self, grid: StepGrid) -> list[LeadForecasts]:
        """Forecasts of every lead at every step of `grid`; those of a step rest on it and the steps before it alone."""
        features = feature_table(grid)
        return [predict_lead(lead, grid, features) for lead in self.leads]

    def _issue(self, lead: LeadModels, grid: StepGrid, features: FeatureTable, issued_at: datetime) -> LevelForecast:
        made = predict_lead(lead, grid, features, first=len(grid.level) - 1)
        chosen = lead.candidates[int(made.candidate[-1])]
        return LevelForecast(
            station=self.station,
            issued_at=issued_at,
            valid_at=issued_at + timedelta(hours=lead.lead_h),
            quantiles_m=tuple(float(q) for q in np.maximum.accumulate(made.quantiles[-1])),
            model=chosen.name,
            version=self.version,
            inputs=_in_words(chosen, grid, features),
        )


def predict_lead(lead: LeadModels, grid: StepGrid, features: FeatureTable, *, first: int = 0) -> LeadForecasts:
    """At each step from row `first` on, the forecast of the first candidate whose inputs are known there."""
    n = len(grid.level)
    point, quantiles = np.full(n, np.nan), np.full((n, lead.persistence.changes.shape[1]), np.nan)
    used = np.full(n, -1, dtype=np.int64)
    shift = grid.steps(lead.lead_h)
    stale = 1.0 + np.maximum(features.age, 0) / grid.per_hour / lead.lead_h
    for number, candidate in enumerate(lead.candidates):
        rows = _can_run(candidate, features) & (used < 0)
        rows[:first] = False
        if not rows.any():
            continue
        predicted = candidate.predict(features)
        width = recent_width(predicted, shift, grid) * stale
        point[rows], used[rows] = predicted.point[rows], number
        quantiles[rows] = predicted.quantiles(width)[rows]
    return LeadForecasts(lead_h=lead.lead_h, point=point, quantiles=quantiles, candidate=used)


def calibrate(inputs: GaugeInputs, settings: ModelSettings, until: datetime) -> GaugeModel:
    """Calibrate every model of every lead on what was observed up to `until`; works with no history at all."""
    past = inputs.between(until - settings.training, until)
    last = past.calibration_anchor(until)
    return calibrate_grid(inputs.station, align(past, last), settings, until)


def calibrate_grid(
    station: str, grid: StepGrid, settings: ModelSettings, until: datetime, *, before: int | None = None
) -> GaugeModel:
    """The same on an aligned grid; outcomes at or after row `before` are not used (None: all rows are)."""
    end = len(grid.level) if before is None else before
    features = feature_table(grid)
    leads = tuple(_calibrate_lead(grid, features, lead_h, settings, end) for lead_h in settings.leads_h)
    pairs = min((lead.persistence.pairs for lead in leads[:1]), default=0)
    return GaugeModel(
        station=station,
        version=f"{until:%Y%m%dT%H%MZ}-{pairs}",
        step=grid.step,
        calibrated_until=until,
        pairs=pairs,
        leads=leads,
    )


def withheld(inputs: GaugeInputs, moment: datetime) -> str | None:
    """Why no forecast is issued at `moment`; None when one is. `inputs` must hold nothing after it."""
    if len(inputs.level) == 0:
        return "no reading of the own level"
    age = moment - inputs.level.index[-1].to_pydatetime()
    if age > timedelta(hours=HOLD_H):
        return f"own level {age / timedelta(hours=1):.1f} h old; forecasts are withheld after {HOLD_H:.0f} h"
    return None


def _can_run(candidate: Candidate, features: FeatureTable) -> Booleans:
    """Steps at which the inputs are known, none when a feature has gone from the configuration since."""
    if isinstance(candidate, Regression) and not set(candidate.columns) <= set(features.names):
        return np.zeros(len(features.level), dtype=bool)
    return usable(candidate, features)


def _calibrate_lead(
    grid: StepGrid, features: FeatureTable, lead_h: float, settings: ModelSettings, before: int
) -> LeadModels:
    lead = grid.steps(lead_h)
    change = np.full(len(grid.level), np.nan)
    change[:-lead] = grid.level[lead:] - grid.level[:-lead]
    pairs = np.isfinite(change)
    pairs[max(0, before - lead) :] = False
    persistence = fit_persistence(change[pairs], features.rate_3h[pairs], lead_h, settings.default_spread)
    reference = persistence.predict(features)
    fits = [
        fit_regression(features, change, needs, lead, before=before, minimum_pairs=settings.minimum_pairs)
        for needs in patterns(features, tuple(grid.upstream))
    ]
    compared = rank([fit for fit in fits if fit is not None], change, reference)
    return LeadModels(
        lead_h=lead_h,
        regressions=tuple(entry.model for entry in compared),
        records=tuple(entry.relative for entry in compared),
        persistence=persistence,
    )


def _in_words(candidate: Candidate, grid: StepGrid, features: FeatureTable) -> str:
    """What the newest forecast rested on, and what was configured but missing."""
    age_h = features.age[-1] / grid.per_hour
    parts = ["own level" if features.age[-1] == 0 else f"own level {age_h:.1f} h old"]
    used = [name for name in grid.upstream if upstream_group(name) in candidate.needs]
    if used:
        parts.append(f"{len(used)} of {len(grid.upstream)} upstream gauges")
    reporting = [name for name, known in features.rain_known.items() if known[-1]]
    if RAIN in candidate.needs:
        parts.append(f"rain of {len(reporting)} of {len(grid.rain)} gauges")
    missing = [name for name in grid.upstream if not features.usable[upstream_group(name)][-1]]
    if grid.rain and not features.usable[RAIN][-1]:
        missing.append("rain")
    if candidate.needs == () and not features.usable[OWN][-1]:
        missing.append("own level of the last day")
    if missing:
        parts.append(f"missing: {', '.join(missing)}")
    if isinstance(candidate, Persistence) and candidate.pairs < _FEW_PAIRS:
        parts.append(f"default spread, {candidate.pairs} past changes known")
    return ", ".join(parts)
