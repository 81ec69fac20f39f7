"""A record forecast as if live: calibrated before the test part, scored in it, beside the floor's simple models."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from domain.errors import ConfigurationError
from domain.recording import Recording, load_recording
from forecasting import skill
from forecasting.configuration import ModelSettings
from forecasting.floor import FloorForecasts, lay_floor
from forecasting.inputs import Floats, GaugeInputs, StepGrid, align, nanoseconds, newest_reading
from forecasting.selection import GaugeModel, LeadForecasts, calibrate_grid

#: The name of the forecast that would have been issued, among the floor's models.
OPERATIONAL = "ews"
_HEADER = (
    f"{'lead':>5} {'model':>12} {'n':>6} {'rmse_m':>7} {'pi':>6} {'pi_high':>7} {'bias_top':>8} {'crps_m':>7} "
    f"{'cover80':>7}  crossings hit/miss/false"
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RecordedGauge:
    """A record on its grid, with the rows that bound the test part."""

    grid: StepGrid
    test_from: int
    test_until: int


def run_backtest(dataset_path: Path, settings: ModelSettings | None = None) -> dict[str, object]:
    """Scores of the operational forecast and the floor's models on the record described at `dataset_path`.

    The result has `dataset`, `leads` (lead in hours → model → score, keys as in `skill.score`), `used` (lead → how often
    each model was the operational one), `calibration_s` and `notes`. ConfigurationError when the record names no test part.
    """
    recording = load_recording(dataset_path)
    if recording.test_from is None:
        remedy = "a backtest needs the time from which forecasts are tested; what lies before it calibrates"
        raise ConfigurationError(place=str(dataset_path), key="test_from", value=None, remedy=remedy)
    gauge = lay_out(recording)
    asked = replace(settings or ModelSettings(), leads_h=tuple(float(h) for h in recording.lead_hours))
    begun = time.monotonic()
    model = calibrate_grid(recording.slug, gauge.grid, asked, recording.test_from, before=gauge.test_from)
    seconds = time.monotonic() - begun
    return {"dataset": recording.name, "calibration_s": round(seconds, 2)} | _score(recording, gauge, model)


def lay_out(recording: Recording) -> RecordedGauge:
    """The record on steps of its own spacing, each time rounded to the nearest step as the floor does."""
    inputs = GaugeInputs(
        station=recording.slug,
        level=_rounded(recording, recording.target),
        upstream={name: _rounded(recording, name) for name in recording.upstream},
        rain={name: _rounded(recording, name) for name in recording.rain},
        step=recording.step,
    )
    last, first = newest_reading(inputs), _oldest_reading(inputs)
    if last is None or first is None or recording.test_from is None:
        raise ValueError("a record without readings or without a test part cannot be laid out")
    grid = align(inputs, last, first)
    return RecordedGauge(
        grid=grid,
        test_from=_row(grid, recording.test_from),
        test_until=len(grid.level) if recording.test_until is None else _row(grid, recording.test_until),
    )


def table(result: dict[str, object]) -> str:
    """The scores of `run_backtest` as lines of text, in the floor's layout."""
    lines = [str(result["dataset"]), _HEADER]
    leads = result["leads"]
    assert isinstance(leads, dict)
    lines += [_line(lead, model, score) for lead, models in leads.items() for model, score in models.items()]
    return "\n".join(lines)


def _score(recording: Recording, gauge: RecordedGauge, model: GaugeModel) -> dict[str, object]:
    floor = lay_floor(gauge.grid)
    leads: dict[str, dict[str, object]] = {}
    used: dict[str, dict[str, int]] = {}
    notes: list[str] = []
    for made, models in zip(model.predict(gauge.grid), model.leads, strict=True):
        lead = gauge.grid.steps(made.lead_h)
        reference = floor.forecast(gauge.grid, lead, gauge.test_from, gauge.test_until)
        if reference is None:
            notes.append(f"{made.lead_h:g} h: too few pairs of issue and outcome to score")
            continue
        leads[f"{made.lead_h:g}"] = _score_lead(recording, gauge.grid, reference, made)
        names = [_label(c.name, c.needs) for c in models.candidates]
        counts = np.bincount(made.candidate[reference.rows], minlength=len(names))
        used[f"{made.lead_h:g}"] = {n: int(c) for n, c in zip(names, counts, strict=True) if c}
    return {"leads": leads, "used": used, "notes": notes}


def _score_lead(
    recording: Recording, grid: StepGrid, reference: FloorForecasts, made: LeadForecasts
) -> dict[str, object]:
    now, rows = grid.level[reference.rows], reference.rows
    forecasts: dict[str, tuple[Floats, Floats]] = reference.models | {
        OPERATIONAL: (made.point[rows], made.quantiles[rows])
    }
    return {
        name: skill.score(now, reference.observed, point, quantiles, recording.thresholds)
        for name, (point, quantiles) in forecasts.items()
    }


def _label(name: str, needs: tuple[str, ...]) -> str:
    return f"{name} on {', '.join(needs)}" if needs else name


def _line(lead: str, model: str, score: dict[str, object]) -> str:
    crossed = [value for key, value in score.items() if key.startswith("crossing")]
    counts = " ".join(f"{c['hit']}/{c['miss']}/{c['false']}" for c in crossed if isinstance(c, dict))
    high = "-" if score["pi_high"] is None else f"{score['pi_high']:.2f}"
    return (
        f"{lead:>4}h {model:>12} {score['n']:>6} {score['rmse_m']:>7.3f} {score['pi']:>6.2f} {high:>7} "
        f"{score['bias_top']:>8.2f} {score['crps_m']:>7.3f} {score['cover80']:>7.2f}  {counts}"
    )


def _rounded(recording: Recording, name: str) -> pd.Series[float]:
    readings = recording.readings[recording.readings["series"] == name]
    index = pd.DatetimeIndex(readings["observed_at"]).round(pd.Timedelta(recording.step))
    series = pd.Series(readings["value"].to_numpy(dtype=np.float64), index=index)
    return series[~series.index.duplicated()].sort_index()


def _oldest_reading(inputs: GaugeInputs) -> datetime | None:
    every = [inputs.level, *inputs.upstream.values(), *inputs.rain.values()]
    return min((series.index[0].to_pydatetime() for series in every if len(series)), default=None)


def _row(grid: StepGrid, moment: datetime) -> int:
    """The first row at or after `moment`."""
    return int(np.searchsorted(grid.times_ns, nanoseconds(moment)))
