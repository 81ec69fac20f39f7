"""A record forecast as if live: calibrated before the test part, scored in it, beside the floor's simple models."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from domain.errors import ConfigurationError
from domain.record_faults import RecordFault
from domain.recording import Recording, load_recording
from forecasting.configuration import ModelSettings
from forecasting.floor import FloorForecasts, lay_floor
from forecasting.inputs import (
    Booleans,
    Floats,
    GaugeInputs,
    Integers,
    StepGrid,
    align,
    instant,
    nanoseconds,
    newest_reading,
)
from forecasting.lead_forecasts import LeadForecasts
from forecasting.record_check import CheckedRecord, check_record
from forecasting.selection import GaugeModel, calibrate_grid

#: The name of the forecast that would have been issued, among the floor's models.
OPERATIONAL = "ews"
#: What is left out round the peak of the largest flood.
_ROUND_LARGEST_H = 240.0
#: Told what is being done, for whoever waits.
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RecordedGauge:
    """A record on its grid, with the rows that bound the test part."""

    grid: StepGrid
    test_from: int
    test_until: int
    around: bool = False  # what comes after the test part calibrates too


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LeadRun:
    """What every model forecast of one lead, at the steps of the test part at which the floor issues."""

    lead_h: float
    rows: Integers  # (m,) steps of issue
    now: Floats  # (m,) level at issue, m
    observed: Floats  # (m,) level at the valid time, m; NaN where it was not read
    models: Mapping[str, tuple[Floats, Floats]]  # name → point (m,), quantiles (m, 19); NaN where withheld
    scored: Booleans  # (m,) the level was read at the valid time, and its zero was settled
    used: Mapping[str, int]  # how often each of our models was the operational one


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Backtested:
    """A record, what was found wrong with it, and every forecast of its test part."""

    recording: Recording
    gauge: RecordedGauge
    faults: tuple[RecordFault, ...]
    runs: tuple[LeadRun, ...]
    calibration_s: float
    version: str
    notes: tuple[str, ...]


def backtest(
    dataset_path: Path, settings: ModelSettings | None = None, progress: Progress = lambda _stage: None
) -> Backtested:
    """Calibrate on what lies before `test_from` of the record at `dataset_path`, and forecast the rest as if live.

    Raises ConfigurationError when the record cannot be read or names no test part.
    """
    progress("reading")
    return backtest_recording(load_recording(dataset_path, do_without=True), settings, progress)


def backtest_recording(
    recording: Recording,
    settings: ModelSettings | None = None,
    progress: Progress = lambda _stage: None,
    *,
    largest_out: bool = False,
) -> Backtested:
    """The same for a record that was read already.

    `largest_out`: the test part is the largest flood with ten days on either side, and all the rest calibrates, so that the
    models meet a flood larger than any they know.
    """
    test_from = _test_from(recording)
    progress("checking the data")
    checked = check_record(recording, test_from)
    gauge = lay_out(recording, checked, test_from)
    if largest_out:
        gauge = _largest(gauge)
    asked = replace(settings or ModelSettings(), leads_h=tuple(float(h) for h in recording.lead_hours))
    progress("calibrating")
    begun = time.monotonic()
    model = _calibrated(recording, gauge, asked, test_from)
    seconds = time.monotonic() - begun
    progress("forecasting")
    runs, notes = _forecast(gauge, model, checked)
    return Backtested(
        recording=recording,
        gauge=gauge,
        faults=checked.faults,
        runs=tuple(runs),
        calibration_s=round(seconds, 2),
        version=model.version,
        notes=tuple(notes),
    )


def _largest(gauge: RecordedGauge) -> RecordedGauge:
    """The largest flood of the record as the test part."""
    grid, room = gauge.grid, gauge.grid.steps(_ROUND_LARGEST_H)
    peak = int(np.nanargmax(grid.level))
    first, until = max(0, peak - room), min(len(grid.level), peak + room + 1)
    return RecordedGauge(grid=grid, test_from=first, test_until=until, around=True)


def _calibrated(recording: Recording, gauge: RecordedGauge, asked: ModelSettings, test_from: datetime) -> GaugeModel:
    if not gauge.around:
        return calibrate_grid(recording.slug, gauge.grid, asked, test_from, before=gauge.test_from)
    level = gauge.grid.level.copy()
    level[gauge.test_from : gauge.test_until] = np.nan
    last = instant(int(gauge.grid.times_ns[-1]))
    return calibrate_grid(recording.slug, replace(gauge.grid, level=level), asked, last)


def _test_from(recording: Recording) -> datetime:
    if recording.test_from is not None:
        return recording.test_from
    remedy = "a backtest needs the time from which forecasts are tested; what lies before it calibrates"
    raise ConfigurationError(place=recording.name, key="test_from", value=None, remedy=remedy)


def lay_out(recording: Recording, checked: CheckedRecord, test_from: datetime) -> RecordedGauge:
    """The record on steps of its own spacing, each time rounded to the nearest step as the floor does."""
    inputs = GaugeInputs(
        station=recording.slug,
        level=_rounded(recording, checked, recording.target),
        upstream={name: _rounded(recording, checked, name) for name in recording.upstream},
        rain={name: _rounded(recording, checked, name) for name in recording.rain},
        step=recording.step,
    )
    last, first = newest_reading(inputs), _oldest_reading(inputs)
    if last is None or first is None or not len(inputs.level):
        remedy = "nothing is left of its readings that could be used; see the file's times and values"
        raise ConfigurationError(place=recording.name, key="target", value=recording.target, remedy=remedy)
    grid = align(inputs, last, first)
    return RecordedGauge(
        grid=grid,
        test_from=_row(grid, test_from),
        test_until=len(grid.level) if recording.test_until is None else _row(grid, recording.test_until),
    )


def _forecast(gauge: RecordedGauge, model: GaugeModel, checked: CheckedRecord) -> tuple[list[LeadRun], list[str]]:
    floor = lay_floor(gauge.grid)
    settled = _settled(gauge.grid, checked)
    runs: list[LeadRun] = []
    notes: list[str] = []
    for made, models in zip(model.predict(gauge.grid), model.leads, strict=True):
        lead = gauge.grid.steps(made.lead_h)
        reference = floor.forecast(gauge.grid, lead, gauge.test_from, gauge.test_until, around=gauge.around)
        if reference is None:
            notes.append(f"{made.lead_h:g} h: too few pairs of issue and outcome to score")
            continue
        names = [_label(c.name, c.needs) for c in models.candidates]
        runs.append(_run(gauge.grid, reference, made, names, settled[reference.rows + lead]))
    return runs, notes


def _run(
    grid: StepGrid, reference: FloorForecasts, made: LeadForecasts, names: list[str], settled: Booleans
) -> LeadRun:
    rows = reference.rows
    ours = {OPERATIONAL: (made.point[rows], made.quantiles[rows])}
    scored = np.isfinite(reference.observed) & settled & np.isfinite(made.point[rows])
    counts = np.bincount(made.candidate[rows[scored]] + 1, minlength=len(names) + 1)[1:]
    return LeadRun(
        lead_h=made.lead_h,
        rows=rows,
        now=grid.level[rows],
        observed=reference.observed,
        models=reference.models | ours,
        scored=scored,
        used={name: int(count) for name, count in zip(names, counts, strict=True) if count},
    )


def _settled(grid: StepGrid, checked: CheckedRecord) -> Booleans:
    """Whether a forecast valid at each row can be scored; rows past the end repeat the last."""
    longest = 10_000
    settled = np.ones(len(grid.times_ns) + longest, dtype=bool)
    for start, end in checked.unsettled:
        settled[_row(grid, start) : _row(grid, end)] = False
    return settled


def _label(name: str, needs: tuple[str, ...]) -> str:
    return f"{name} on {', '.join(needs)}" if needs else name


def _rounded(recording: Recording, checked: CheckedRecord, name: str) -> pd.Series[float]:
    series = checked.series[name]
    index = pd.DatetimeIndex(series.index).round(pd.Timedelta(recording.step))
    rounded = pd.Series(series.to_numpy(dtype=np.float64), index=index)
    return rounded[~rounded.index.duplicated()].sort_index()


def _oldest_reading(inputs: GaugeInputs) -> datetime | None:
    every = [inputs.level, *inputs.upstream.values(), *inputs.rain.values()]
    return min((series.index[0].to_pydatetime() for series in every if len(series)), default=None)


def _row(grid: StepGrid, moment: datetime) -> int:
    """The first row at or after `moment`."""
    return int(np.searchsorted(grid.times_ns, nanoseconds(moment)))
