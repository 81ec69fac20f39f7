"""Gauges whose clock is hours off, found by when their water and rain come against that of their neighbours.

A travel time is a property of the river and stays; when it changes by hours from one month to the next, somebody's clock was
set to another zone. Two rain gauges of one basin have no travel time at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from forecasting.inputs import Floats, nanoseconds

_FURTHEST_H = 24
#: A change of lag counts from here on: floods of one river differ by an hour or two.
_CHANGE_H = 4
#: The correlation at the lag that was found, and how far it must stand above that at the usual lag.
_CLEAR, _CONTRAST = 0.5, 0.15
#: Rain passes over a basin within these hours; two of its gauges that are further apart have not the same clock.
_PASSING_H = 3
_BLOCK = timedelta(days=30)
_FEWEST_H = 240
#: A usual lag is the median of at least so many blocks.
_FEWEST_BLOCKS = 3
#: Hours in which water or rain moved by more than this part of their most: two showers prove nothing.
_MOVING, _FEWEST_MOVING_H = 0.1, 40


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockDoubt:
    """A gauge's times are `off_h` hours late (negative: early) between two times, judged by `against`."""

    series: str
    against: str
    off_h: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ClockPair:
    """A gauge and what it is judged by; `together`: the same weather reaches both within hours."""

    series: str
    against: str
    together: bool = False


@dataclass(frozen=True, slots=True)
class _Lag:
    hours: int
    clear: bool  # the correlation there is high
    profile: Floats  # correlation at -24 … 24 h


def signals(levels: Mapping[str, pd.Series[float]], rain: Mapping[str, pd.Series[float]]) -> pd.DataFrame:
    """Hourly rates of rise and hourly rain, one column a series; extreme values are cut, so that no spike decides."""
    columns = {name: series.resample("1h").last().diff() for name, series in levels.items()}
    columns |= {name: series.resample("1h").sum(min_count=1) for name, series in rain.items()}
    table = pd.DataFrame(columns)
    limit = table.abs().quantile(0.995)
    return table.clip(-limit, limit, axis=1)


def clock_doubts(
    table: pd.DataFrame, target: str, upstream: tuple[str, ...], rain: tuple[str, ...], known_until: datetime
) -> list[ClockDoubt]:
    """Spans in which a gauge's clock does not fit. The usual lags are those before `known_until`."""
    doubts: list[ClockDoubt] = []
    for name in upstream:
        doubts += _changes(table[name], table[target], ClockPair(name, target), known_until)
    doubts += _rain_doubts(table, target, rain, known_until)
    fallen = table[list(rain)].mean(axis=1) if rain else None
    by_rain = [] if fallen is None else _changes(fallen, table[target], ClockPair("rain", target), known_until)
    return _blamed(doubts, by_rain, target, upstream)


def _rain_doubts(table: pd.DataFrame, target: str, rain: tuple[str, ...], known: datetime) -> list[ClockDoubt]:
    """Each rain gauge against the mean of the others; of two that disagree, the one that the river contradicts."""
    doubts: list[ClockDoubt] = []
    for name in rain if len(rain) > 1 else ():
        others = table[[other for other in rain if other != name]].mean(axis=1)
        doubts += _changes(table[name], others, ClockPair(name, "the other rain gauges", together=True), known)
    if len(rain) != 2:
        return doubts
    by_river = {
        (d.series, d.start) for n in rain for d in _changes(table[n], table[target], ClockPair(n, target), known)
    }
    contradicted = [doubt for doubt in doubts if (doubt.series, doubt.start) in by_river]
    return contradicted or doubts


def _blamed(
    doubts: list[ClockDoubt], by_rain: list[ClockDoubt], target: str, upstream: tuple[str, ...]
) -> list[ClockDoubt]:
    """Where all neighbours seem off at once, the target is: its own clock then runs the other way."""
    out: list[ClockDoubt] = []
    for start in sorted({doubt.start for doubt in [*doubts, *by_rain]}):
        here = [doubt for doubt in doubts if doubt.start == start]
        levels = [doubt for doubt in here if doubt.series in upstream]
        rain = [doubt for doubt in by_rain if doubt.start == start]
        witnesses = len(levels) + len(rain)
        if witnesses >= 2 and len(levels) == len(upstream):
            first = (levels + rain)[0]
            out.append(
                ClockDoubt(
                    series=target, against="every neighbour", off_h=-first.off_h, start=first.start, end=first.end
                )
            )
            here = [doubt for doubt in here if doubt not in levels]
        out += here
    return _joined(out)


def _joined(doubts: list[ClockDoubt]) -> list[ClockDoubt]:
    """Neighbouring spans of one gauge with nearly one offset as one span."""
    out: list[ClockDoubt] = []
    for each in sorted(doubts, key=lambda doubt: (doubt.series, doubt.start)):
        last = out[-1] if out else None
        if last and last.series == each.series and last.end >= each.start and abs(last.off_h - each.off_h) <= 2:
            each = ClockDoubt(  # noqa: PLW2901 - the longer span takes the place of both
                series=last.series, against=last.against, off_h=last.off_h, start=last.start, end=each.end
            )
            out.pop()
        out.append(each)
    return out


def _changes(one: pd.Series[float], other: pd.Series[float], pair: ClockPair, known: datetime) -> list[ClockDoubt]:
    """Blocks in which `one` comes later against `other` than usual."""
    lags = [(inside, _lag(one[inside], other[inside])) for inside in _blocks(one.index, known)]
    clear = [(inside, lag) for inside, lag in lags if lag is not None and lag.clear]
    past = [lag.hours for inside, lag in clear if one.index[inside.stop - 1] < known]
    if len(past) < _FEWEST_BLOCKS:
        return []
    usual = int(np.median(past))
    if pair.together and abs(usual) > _PASSING_H:
        usual = 0
    return [_doubt(one.index[inside], lag, usual, pair) for inside, lag in clear if _contradicts(lag, usual)]


def _contradicts(lag: _Lag, usual: int) -> bool:
    near = lag.profile[max(0, usual + _FURTHEST_H - 1) : usual + _FURTHEST_H + 2]
    far = abs(lag.hours - usual) >= _CHANGE_H
    return far and bool(lag.profile.max() - np.max(near, initial=-1.0) >= _CONTRAST)


def _doubt(times: pd.Index[pd.Timestamp], lag: _Lag, usual: int, pair: ClockPair) -> ClockDoubt:
    start, end = times[0].to_pydatetime(), times[-1].to_pydatetime() + timedelta(hours=1)
    return ClockDoubt(series=pair.series, against=pair.against, off_h=usual - lag.hours, start=start, end=end)


def _blocks(index: pd.Index[pd.Timestamp], known: datetime) -> list[slice]:
    """Rows of each 30 days, counted from `known` both ways: no block mixes what is known with what comes."""
    since = pd.DatetimeIndex(index).as_unit("ns").asi8 - nanoseconds(known)
    number = since // round(_BLOCK.total_seconds() * 1e9)
    edges = np.flatnonzero(np.diff(number)) + 1
    return [slice(a, b) for a, b in zip([0, *edges], [*edges, len(number)], strict=True)]


def _lag(one: pd.Series[float], other: pd.Series[float]) -> _Lag | None:
    """By how many hours `other` follows `one`: the lag of the highest correlation; None with too little in common."""
    a, b = one.to_numpy(dtype=np.float64), other.to_numpy(dtype=np.float64)
    if (np.isfinite(a) & np.isfinite(b)).sum() < _FEWEST_H:
        return None
    a, b = (np.nan_to_num(x - np.nanmean(x)) for x in (a, b))
    size = float(np.sqrt((a**2).sum() * (b**2).sum()))
    moving = min((np.abs(x) > _MOVING * np.abs(x).max()).sum() for x in (a, b))
    if size == 0 or moving < _FEWEST_MOVING_H:
        return None
    n = len(a)
    profile = np.array(
        [
            (a[max(0, -k) : n - max(0, k)] * b[max(0, k) : n - max(0, -k)]).sum() / size
            for k in range(-_FURTHEST_H, _FURTHEST_H + 1)
        ]
    )
    best = int(profile.argmax())
    return _Lag(best - _FURTHEST_H, bool(profile[best] >= _CLEAR), profile)
