"""What is wrong with a record before it is forecast: every defect found is named, counted and told what was done about it.

Decisions that change what the models see rest on what lies before the test part alone: a live system would have known it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from domain.record_faults import RecordFault
from domain.recording import Recording
from forecasting.clock_check import ClockDoubt, clock_doubts, signals
from forecasting.datum_shift import datum_shifts, without_shifts
from forecasting.inputs import Floats

#: Per reading: the heaviest rain ever measured in an hour is near 300 mm (WMO); no gauge stands higher than the Himalaya.
_MOST_RAIN_MM, _HIGHEST_M = 300.0, 9000.0
_KEPT = "kept; check the gauge"
#: A gap is worth a line from so many steps on, irregular spacing from this share of the intervals on.
_GAP_STEPS, _IRREGULAR = 3, 0.1
_ON_STEP = 0.02  # of a step: clocks jitter
_QUIET = timedelta(days=30)
_HOUR = timedelta(hours=1)
_SPIKE_M, _SPIKE_TIMES = 0.5, 3.0

Span = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CheckedRecord:
    """The series as they are used, what was found, and the spans in which forecasts are not scored."""

    series: Mapping[str, pd.Series[float]]  # m or mm over ascending UTC times
    faults: tuple[RecordFault, ...]
    unsettled: tuple[Span, ...]  # the gauge's zero had just moved and nobody could be sure yet


def check_record(recording: Recording, test_from: datetime) -> CheckedRecord:
    """Inspect every series of the record, take out what cannot be, and bring levels to the zero in force at `test_from`."""
    faults: list[RecordFault] = list(recording.faults)
    unsettled: list[Span] = []
    series = {name: _plausible(recording, name, faults) for name in recording.series}
    for name, found in series.items():
        faults += [f for f in (_gaps(recording, name, found), _irregular(recording, name, found)) if f is not None]
        faults += _ends(recording, name, found, series[recording.target])
    for name in (recording.target, *recording.upstream):
        faults += _spikes(name, series[name])
        series[name] = _one_datum(name, series[name], test_from, faults, unsettled)
    for doubt in _doubts(recording, series, test_from):
        faults.append(_clock_fault(doubt, recording.target, test_from))
        if doubt.series != recording.target and doubt.start < test_from:
            index = series[doubt.series].index
            series[doubt.series] = series[doubt.series][(index < doubt.start) | (index >= doubt.end)]
    return CheckedRecord(series=series, faults=tuple(faults), unsettled=tuple(unsettled))


def _plausible(recording: Recording, name: str, faults: list[RecordFault]) -> pd.Series[float]:
    rows = recording.readings[recording.readings["series"] == name]
    values = pd.Series(rows["value"].to_numpy(dtype=np.float64), index=pd.DatetimeIndex(rows["observed_at"]))
    low, high = (0.0, _MOST_RAIN_MM) if name in recording.rain else (-_HIGHEST_M, _HIGHEST_M)
    if name in recording.upstream:
        high = np.inf  # a reservoir's release may stand here, in m³/s
    wrong = values[(values < low) | (values > high)]
    if len(wrong):
        where = f"{_at(wrong.index[0])}: {wrong.iloc[0]:g}"
        faults.append(RecordFault(series=name, what="impossible", count=len(wrong), where=where, done="left out"))
    return values.drop(wrong.index)


def _gaps(recording: Recording, name: str, values: pd.Series[float]) -> RecordFault | None:
    between, step_h = _intervals_h(values), recording.step / _HOUR
    gaps = np.flatnonzero(between > _GAP_STEPS * step_h)
    if not len(gaps):
        return None
    longest = int(gaps[between[gaps].argmax()])
    missing = round(float(between[gaps].sum()) / step_h) - len(gaps)
    where = f"{missing} steps in all; the longest of {_span(between[longest])} until {_at(values.index[longest + 1])}"
    done = "no forecast rests on it, none is scored against it; nothing is filled in"
    return RecordFault(series=name, what="gap", count=len(gaps), where=where, done=done)


def _irregular(recording: Recording, name: str, values: pd.Series[float]) -> RecordFault | None:
    between, step_h = _intervals_h(values), recording.step / _HOUR
    steps = between / step_h
    odd = np.flatnonzero((np.abs(steps - np.round(steps)) > _ON_STEP) | (steps < 1 - _ON_STEP))
    if not len(odd) or len(odd) < _IRREGULAR * len(between):
        return None
    usual, first = float(np.median(between)), values.index[int(odd[0])]
    where = f"median interval {_span(usual)}, the step is {_span(step_h)}; first at {_at(first)}"
    done = "each reading counts for the step nearest to it"
    return RecordFault(series=name, what="irregular", count=len(odd), where=where, done=done)


def _intervals_h(values: pd.Series[float]) -> Floats:
    """Hours between neighbouring readings."""
    times = pd.DatetimeIndex(values.index).as_unit("ns").asi8
    return np.asarray(np.diff(times) / 3.6e12, dtype=np.float64)


def _ends(recording: Recording, name: str, values: pd.Series[float], level: pd.Series[float]) -> Iterator[RecordFault]:
    """A gauge that came long after the target's or went long before."""
    if name == recording.target or values.empty or level.empty:
        return
    done = "forecasts of that time do without it"
    if values.index[0] - level.index[0] > _QUIET:
        yield RecordFault(series=name, what="late_start", count=1, where=f"from {_at(values.index[0])}", done=done)
    if level.index[-1] - values.index[-1] > _QUIET:
        yield RecordFault(series=name, what="early_end", count=1, where=f"after {_at(values.index[-1])}", done=done)


def _spikes(name: str, values: pd.Series[float]) -> Iterator[RecordFault]:
    """Single readings far from both neighbours, which agree: kept, because at its own time nobody can tell it from a flood."""
    step = np.diff(values.to_numpy(dtype=np.float64))
    if len(step) < 2:
        return
    least = max(_SPIKE_M, _SPIKE_TIMES * float(np.quantile(np.abs(step), 0.999)))
    there, back = step[:-1], step[1:]
    lone = (there * back < 0) & (np.minimum(np.abs(there), np.abs(back)) >= least) & (np.abs(there + back) <= least / 2)
    rows = np.flatnonzero(lone) + 1
    if len(rows):
        where = f"{_at(values.index[int(rows[0])])}: {values.iloc[int(rows[0])]:g}"
        yield RecordFault(series=name, what="spike", count=len(rows), where=where, done=_KEPT)


def _one_datum(
    name: str, values: pd.Series[float], test_from: datetime, faults: list[RecordFault], unsettled: list[Span]
) -> pd.Series[float]:
    shifts = datum_shifts(values)
    for shift in shifts:
        at = f"{_at(shift.at)}: {shift.by_m:+.2f} m from one reading to the next"
        done = "levels brought to the zero in force when the tests begin"
        if shift.settled_at > test_from:
            unsettled.append((shift.at, shift.settled_at))
            done += "; forecasts that span it or its two days after are not scored"
        faults.append(RecordFault(series=name, what="datum_shift", count=1, where=at, done=done))
    return without_shifts(values, shifts, test_from)


def _doubts(recording: Recording, series: Mapping[str, pd.Series[float]], test_from: datetime) -> list[ClockDoubt]:
    levels = {name: series[name] for name in (recording.target, *recording.upstream) if len(series[name])}
    rain = {name: series[name] for name in recording.rain if len(series[name])}
    if recording.target not in levels or len(levels) + len(rain) < 2:
        return []
    table = signals(levels, rain)
    upstream = tuple(name for name in recording.upstream if name in levels)
    return clock_doubts(table, recording.target, upstream, tuple(rain), test_from)


def _clock_fault(doubt: ClockDoubt, target: str, test_from: datetime) -> RecordFault:
    late = "late" if doubt.off_h > 0 else "early"
    where = f"about {abs(doubt.off_h)} h {late} against {doubt.against}, {_at(doubt.start)} to {_at(doubt.end)}"
    left_out = doubt.series != target and doubt.start < test_from
    done = "left out for that time" if left_out else _KEPT
    return RecordFault(series=doubt.series, what="clock_off", count=1, where=where, done=done)


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _span(hours: float) -> str:
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:g} h"
