"""What a backtest leaves behind: its scores, its report, and every forecast as a table."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from domain.forecasts import PROBABILITIES
from domain.recording import Recording
from forecasting.backtest import scores
from forecasting.backtest_report import chart_files, html_report
from forecasting.configuration import ModelSettings
from forecasting.hindcast import OPERATIONAL, Backtested, LeadRun, Progress, backtest_recording
from forecasting.largest_flood import largest_flood


@dataclass(frozen=True, kw_only=True, slots=True)
class BacktestFiles:
    """One record's results as text, so that they can come from another machine."""

    result: dict[str, object]  # see forecasting.backtest.scores
    html: str
    forecasts_csv: str
    charts: dict[str, str]  # see forecasting.backtest_report.chart_files

    @property
    def json(self) -> str:
        """The scores; a number that is not defined is null."""
        return json.dumps(_plain(self.result), indent=1, allow_nan=False, ensure_ascii=False)


def backtest_files(
    recording: Recording,
    *,
    settings: ModelSettings | None = None,
    progress: Progress = lambda _stage: None,
    largest_out: bool = False,
) -> BacktestFiles:
    """Backtest one record and write it up."""
    tested = backtest_recording(recording, settings, progress, largest_out=largest_out)
    progress("scoring")
    result = scores(tested)
    if largest_out:
        result["largest_flood"] = largest_flood(tested, result["leads"])  # type: ignore[arg-type]
    return BacktestFiles(
        result=result,
        html=html_report(tested, result),
        forecasts_csv=forecasts_csv(tested),
        charts=chart_files(tested, result),
    )


def forecasts_csv(tested: Backtested) -> str:
    """Every operational forecast of the test part: one row an issue and lead, times in UTC, levels in m."""
    frames = [_frame(tested, run) for run in tested.runs]
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"issued_at": []})
    return table.to_csv(index=False, float_format="%.4f", date_format="%Y-%m-%dT%H:%M:%SZ")


def _frame(tested: Backtested, run: LeadRun) -> pd.DataFrame:
    issued = pd.DatetimeIndex(tested.gauge.grid.times_ns[run.rows].view("M8[ns]"))
    point, quantiles = run.models[OPERATIONAL]
    columns = {f"q{round(100 * p):02d}": quantiles[:, k] for k, p in enumerate(PROBABILITIES)}
    valid = issued + timedelta(hours=run.lead_h)
    fixed = {"issued_at": issued, "valid_at": valid, "lead_h": run.lead_h, "observed": run.observed, "expected": point}
    return pd.DataFrame(fixed | columns)


def _plain(value: object) -> object:
    """The value with everything that JSON cannot say as null."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value
