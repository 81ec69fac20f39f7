"""One gauge's models: all calibrated, the best of the past chosen for each lead among those whose inputs are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from domain.forecasts import LevelForecast
from forecasting.blend import fit_blend
from forecasting.configuration import ModelSettings
from forecasting.experience import Experience, fit_experience
from forecasting.features import HOLD_H, MEMORY_H, FeatureTable, feature_table
from forecasting.inputs import Floats, GaugeInputs, StepGrid, align, instant, newest_reading
from forecasting.lead_forecasts import LeadForecasts, LeadModels, RiverState, predict_lead
from forecasting.liveliness import Liveliness, fit_liveliness
from forecasting.persistence import fit_persistence
from forecasting.ranking import Ranked, Record, rank
from forecasting.recent_bias import BIAS_WINDOW_H
from forecasting.recent_errors import WINDOW_H, resolution
from forecasting.recent_gain import nearness
from forecasting.regression import fit_regression, patterns
from forecasting.runoff_features import RunoffSetting, effect_of_known_rain, fit_runoff
from forecasting.scenarios import RainAssumption, RainScenario, stage_differences
from forecasting.wording import in_words


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class GaugeModel:
    """Everything needed to forecast one gauge. `version` changes with every calibration."""

    station: str
    version: str
    step: timedelta
    calibrated_from: datetime
    calibrated_until: datetime
    pairs: int  # pairs of issue and outcome at the shortest lead
    leads: tuple[LeadModels, ...]
    runoff: RunoffSetting
    experience: Experience
    liveliness: Liveliness
    upstream: tuple[str, ...]  # the keys of the inputs that it was calibrated with, used or not

    @property
    def history_needed(self) -> timedelta:
        """How far before the issue time readings are looked at."""
        return timedelta(hours=MEMORY_H + self._judged_h)

    @property
    def _judged_h(self) -> float:
        """How far back forecasts say something about the forecast now."""
        return WINDOW_H + BIAS_WINDOW_H + 2 * max(lead.lead_h for lead in self.leads)

    def forecast(self, inputs: GaugeInputs, moment: datetime, rain: RainScenario | None = None) -> list[LevelForecast]:
        """One forecast a lead with what was observed up to `moment`; none when the own level is too old.

        The issue time is that of the newest reading used. Readings after `moment` are never looked at. `rain` is what to
        suppose of rain after it (None: what followed on average).
        """
        known = inputs.between(moment - self.history_needed, moment)
        issued_at = newest_reading(known)
        if issued_at is None or withheld(known, moment) is not None:
            return []
        grid = align(known, issued_at, issued_at - self.history_needed)
        supposed = self._suppose(grid, rain or RainScenario())
        judged = grid.steps(self._judged_h) + 1
        state = self._state(grid, judged, first=judged - 1)
        return [self._issue(lead, state, issued_at, one) for lead, one in zip(self.leads, supposed, strict=True)]

    def forecast_many(self, inputs: GaugeInputs, moments: Sequence[datetime]) -> list[LevelForecast]:
        """The forecasts of each of `moments`, each as if nothing after it had been observed."""
        return [forecast for moment in moments for forecast in self.forecast(inputs, moment)]

    def predict(self, grid: StepGrid) -> list[LeadForecasts]:
        """Forecasts of every lead at every step of `grid`; those of a step rest on it and the steps before it alone."""
        state = self._state(grid, len(grid.level), first=0)
        return [predict_lead(lead, state) for lead in self.leads]

    def _state(self, grid: StepGrid, rows: int, *, first: int) -> RiverState:
        """What the forecasts from row `first` of the last `rows` rows on rest on."""
        features = self.runoff.add_to(feature_table(grid).newest(rows), grid)
        return RiverState.of(
            grid.newest(rows), features, self.experience, near=nearness(self.liveliness.of(features)), first=first
        )

    def _suppose(self, grid: StepGrid, rain: RainScenario) -> list[_Supposed]:
        """What the scenario changes at each lead; nothing where no catchment could be fitted, and that is said."""
        if rain.assumption is RainAssumption.AVERAGE:
            return [_Supposed(0.0, rain.in_words(0.0)) for _ in self.leads]
        if self.runoff.catchment is None:
            return [_Supposed(0.0, RainScenario().in_words(0.0)) for _ in self.leads]
        millimetres, covered = rain.steps(grid, self.runoff.leads[-1])
        by_lead = dict(
            zip(
                self.runoff.leads,
                stage_differences(self.runoff.catchment, grid, millimetres, self.runoff.leads),
                strict=True,
            )
        )
        words = rain.in_words(covered / grid.per_hour)
        return [_Supposed(lead.rain_response * float(by_lead[grid.steps(lead.lead_h)]), words) for lead in self.leads]

    def _issue(self, lead: LeadModels, state: RiverState, issued_at: datetime, supposed: _Supposed) -> LevelForecast:
        made = predict_lead(lead, state)
        chosen, beyond = lead.candidates[int(made.candidate[-1])], bool(made.beyond[-1] > 0)
        return LevelForecast(
            station=self.station,
            issued_at=issued_at,
            valid_at=issued_at + timedelta(hours=lead.lead_h),
            quantiles_m=tuple(float(q) + supposed.higher_m for q in np.maximum.accumulate(made.quantiles[-1])),
            model=chosen.name,
            version=self.version,
            inputs=in_words(chosen, state.grid, state.features, beyond=beyond),
            expected_m=float(made.point[-1]) + supposed.higher_m,
            beyond_experience=beyond,
            assumption=supposed.words,
        )


@dataclass(frozen=True, slots=True)
class _Supposed:
    """What a rain scenario adds to the forecast of one lead, and how it is called."""

    higher_m: float
    words: str


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
    measured = feature_table(grid)
    runoff, features = fit_runoff(measured, grid, [grid.steps(h) for h in settings.leads_h], end)
    past = _Past(grid, features, effect_of_known_rain(runoff, grid), end, settings)
    leads = tuple(_calibrate_lead(past, lead_h) for lead_h in settings.leads_h)
    pairs = min((lead.persistence.pairs for lead in leads[:1]), default=0)
    return GaugeModel(
        station=station,
        version=f"{until:%Y%m%dT%H%MZ}-{pairs}",
        step=grid.step,
        calibrated_from=instant(int(grid.times_ns[0])),
        calibrated_until=until,
        pairs=pairs,
        leads=leads,
        runoff=runoff,
        experience=fit_experience(measured, np.arange(len(grid.level)) < end),
        liveliness=fit_liveliness(measured, np.arange(len(grid.level)) < max(end, 1)),
        upstream=tuple(grid.upstream),
    )


def withheld(inputs: GaugeInputs, moment: datetime) -> str | None:
    """Why no forecast is issued at `moment`; None when one is. `inputs` must hold nothing after it."""
    if len(inputs.level) == 0:
        return "no reading of the own level"
    age = moment - inputs.level.index[-1].to_pydatetime()
    if age > timedelta(hours=HOLD_H):
        return f"own level {age / timedelta(hours=1):.1f} h old; forecasts are withheld after {HOLD_H:.0f} h"
    return None


@dataclass(frozen=True, slots=True, eq=False)
class _Past:
    """What the models of every lead are calibrated on."""

    grid: StepGrid
    features: FeatureTable
    known_rain: dict[int, Floats]  # see `effect_of_known_rain`
    before: int  # outcomes at or after this row are not used
    settings: ModelSettings


def _calibrate_lead(past: _Past, lead_h: float) -> LeadModels:
    grid, features, settings = past.grid, past.features, past.settings
    lead = grid.steps(lead_h)
    change = np.full(len(grid.level), np.nan)
    change[:-lead] = grid.level[lead:] - grid.level[:-lead]
    pairs = np.isfinite(change)
    pairs[max(0, past.before - lead) :] = False
    persistence = fit_persistence(change[pairs], features.rate_3h[pairs], lead_h, settings.default_spread)
    reference = persistence.predict(features)
    fits = [
        fit_regression(features, change, needs, lead, before=past.before, minimum_pairs=settings.minimum_pairs)
        for needs in patterns(features, tuple(grid.upstream))
    ]
    regressions = [fit for fit in fits if fit is not None]
    compared = rank(regressions, change, reference)
    if compared:  # the blend stands on the best set of inputs; it takes its place by its own record
        best = next(fit for fit in regressions if fit.model is compared[0].model)
        everyone: list[Record] = [*regressions, fit_blend(best, features, change, lead, settings.boosted_trees)]
        compared = rank(everyone, change, reference)
    return LeadModels(
        lead_h=lead_h,
        ranked=tuple(entry.model for entry in compared),
        records=tuple(entry.relative for entry in compared),
        persistence=persistence,
        rain_response=_rain_response(compared, past.known_rain.get(lead)),
        resolution_m=resolution(grid.level[: past.before]),
    )


def _rain_response(compared: Sequence[Ranked], known_rain: Floats | None) -> float:
    """How much of the effect of known rain the best model's errors show: least squares through the origin, in 0-1."""
    if known_rain is None or not compared:
        return 0.0
    record = compared[0].fit
    effect = known_rain[record.rows]
    power = float(effect @ effect)
    return float(np.clip(effect @ record.errors / power, 0.0, 1.0)) if power > 0 else 0.0
