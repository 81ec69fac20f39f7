"""The scores of a backtest: per lead and model under the floor's keys, with floods, chances, spread and skill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from domain.forecasts import at_any_time
from forecasting import skill
from forecasting.configuration import ModelSettings
from forecasting.flood_events import FloodEvent, crossing_error_h, flood_events, peak_error
from forecasting.hindcast import Backtested, LeadRun, backtest
from forecasting.inputs import Floats, StepGrid
from forecasting.probability_scores import exceedance, is_below, reached_within, reliability, spread_skill

_HEADER = (
    f"{'lead':>5} {'model':>12} {'n':>6} {'rmse_m':>7} {'pi':>6} {'pi_high':>7} {'bias_top':>8} {'crps_m':>7} "
    f"{'cover80':>7}  crossings hit/miss/false"
)


def run_backtest(dataset_path: Path, settings: ModelSettings | None = None) -> dict[str, object]:
    """The scores of the record at `dataset_path`; see `scores`."""
    return scores(backtest(dataset_path, settings))


def scores(tested: Backtested) -> dict[str, object]:
    """Everything a report says, ready for JSON.

    `leads` holds lead in hours → model → score, with the floor's keys and ours (`skill.score`, `floods`, `within_1` … for
    the chance of reaching each alarm level within the lead, `spread_skill`); `used` says how often each of our models was
    the operational one, `data` what was wrong with the record.
    """
    chances = _Chances(tested)
    floods = events(tested)
    leads = {f"{run.lead_h:g}": _lead(tested, run, floods, chances) for run in tested.runs}
    return {
        "dataset": tested.recording.name,
        "target": tested.recording.target,
        "model_version": tested.version,
        "calibration_s": tested.calibration_s,
        "leads": leads,
        "used": {f"{run.lead_h:g}": dict(run.used) for run in tested.runs},
        "events": [_event_json(event) for event in floods],
        "data": [asdict(fault) for fault in tested.faults],
        "notes": list(tested.notes),
    }


def events(tested: Backtested) -> list[FloodEvent]:
    """The floods of the test part: those that reached the first alarm level."""
    if not tested.recording.thresholds:
        return []
    gauge = tested.gauge
    return flood_events(gauge.grid, tested.recording.thresholds[0], gauge.test_from, gauge.test_until)


def at_valid_times(grid: StepGrid, run: LeadRun, point: Floats) -> Floats:
    """A lead's forecasts (n,) at the steps they are for; NaN where there is none."""
    out = np.full(len(grid.level), np.nan)
    valid = run.rows + grid.steps(run.lead_h)
    inside = valid < len(out)
    out[valid[inside]] = point[inside]
    return out


class _Chances:
    """The chance of reaching each alarm level within each lead, from those of the leads up to it (`chance_within`)."""

    def __init__(self, tested: Backtested) -> None:
        self._tested = tested
        self._so_far: dict[tuple[str, int], tuple[Floats, Floats]] = {}

    def within(self, run: LeadRun, model: str, number: int, level_m: float) -> Floats:
        """(n,) over the grid; NaN where nothing was issued. Leads must be asked in ascending order."""
        n = len(self._tested.gauge.grid.level)
        largest, none = self._so_far.setdefault((model, number), (np.full(n, np.nan), np.ones(n)))
        chance = exceedance(run.models[model][1], level_m)
        largest[run.rows] = np.fmax(largest[run.rows], chance)
        none[run.rows] *= 1.0 - np.nan_to_num(chance)
        return at_any_time(largest[run.rows], none[run.rows])


def _lead(
    tested: Backtested, run: LeadRun, floods: Sequence[FloodEvent], chances: _Chances
) -> dict[str, dict[str, object]]:
    return {name: _model(tested, run, name, floods, chances) for name in run.models}


def _model(
    tested: Backtested, run: LeadRun, name: str, floods: Sequence[FloodEvent], chances: _Chances
) -> dict[str, object]:
    levels, keep = tested.recording.thresholds, run.scored
    point, quantiles = run.models[name]
    out = skill.score(run.now[keep], run.observed[keep], point[keep], quantiles[keep], levels)
    out["floods"] = _floods(tested, run, point, quantiles, floods)
    out["spread_skill"] = spread_skill(point[keep], quantiles[keep], run.observed[keep])
    grid = tested.gauge.grid
    for number, level_m in enumerate(levels, start=1):
        came = reached_within(grid.level, grid.steps(run.lead_h), level_m)[run.rows]
        chance = chances.within(run, name, number, level_m)
        asked = is_below(run.now, level_m) & keep
        found = reliability(np.where(asked, chance, np.nan), came)
        out[f"within_{number}"] = found.as_json(level_m)
    return out


def _floods(
    tested: Backtested, run: LeadRun, point: Floats, quantiles: Floats, floods: Sequence[FloodEvent]
) -> dict[str, object]:
    """Peaks and crossings of all floods by the forecasts of one lead: means, and each flood by itself."""
    grid, levels = tested.gauge.grid, tested.recording.thresholds
    said = at_valid_times(grid, run, point)
    low, high = (at_valid_times(grid, run, quantiles[:, k]) for k in (0, -1))
    each: list[dict[str, object]] = []
    heights: list[float] = []
    hours: list[float] = []
    crossings: list[float] = []
    for event in floods:
        peak = peak_error(event, grid, said)
        late = [crossing_error_h(event, grid, said, level_m) for level_m in levels]
        if peak is not None:
            heights.append(peak.height_m)
            hours.append(peak.time_h)
        crossings += [h for h in late if h is not None]
        error = (None, None) if peak is None else (round(peak.height_m, 3), round(peak.time_h, 2))
        band = (low[event.peak], high[event.peak])
        inside = bool(band[0] <= event.peak_m <= band[1]) if np.isfinite(band).all() else None
        each.append(
            {
                "peak_error_m": error[0],
                "peak_time_error_h": error[1],
                "crossing_time_error_h": late,
                "peak_in_band90": inside,
            }
        )
    return {
        "n": len(heights),
        "peak_error_m": _mean(heights),
        "peak_error_abs_m": _mean([abs(h) for h in heights]),
        "peak_time_error_abs_h": _mean([abs(h) for h in hours]),
        "crossing_time_error_h": _mean(crossings),
        "crossing_time_error_abs_h": _mean([abs(h) for h in crossings]),
        "each": each,
    }


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _event_json(event: FloodEvent) -> dict[str, object]:
    return {"peak_at": event.peak_at.isoformat(), "peak_m": event.peak_m, "steps": event.last - event.first + 1}


def table(result: dict[str, object]) -> str:
    """The scores of `run_backtest` as lines of text, in the floor's layout."""
    lines = [str(result["dataset"]), _HEADER]
    leads = result["leads"]
    assert isinstance(leads, dict)
    lines += [_line(lead, model, score) for lead, models in leads.items() for model, score in models.items()]
    return "\n".join(lines)


def _line(lead: str, model: str, score: dict[str, object]) -> str:
    crossed = [value for key, value in score.items() if key.startswith("crossing")]
    counts = " ".join(f"{c['hit']}/{c['miss']}/{c['false']}" for c in crossed if isinstance(c, dict))
    high = "-" if score["pi_high"] is None else f"{score['pi_high']:.2f}"
    return (
        f"{lead:>4}h {model:>12} {score['n']:>6} {score['rmse_m']:>7.3f} {score['pi']:>6.2f} {high:>7} "
        f"{score['bias_top']:>8.2f} {score['crps_m']:>7.3f} {score['cover80']:>7.2f}  {counts}"
    )
