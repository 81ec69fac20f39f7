"""What the regression sees at each step: levels, their rates of change, rain sums, wetness, and how lively the river is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from forecasting.inputs import Booleans, Floats, Integers, StepGrid, hold, last_read

#: A level that was read is taken as known for this long; after that a forecast is withheld (own) or does without (upstream).
HOLD_H = 3.0
#: A rate of change may reach back this much further than its lag when readings are sparse.
_LAG_SLACK_H = 24.0
#: Lags and windows in hours; where a step is longer than an hour, in steps: shorter than a step nothing can be seen.
_LAGS = (1, 2, 3, 6, 9, 12, 24)
_LONGEST_SHORT_LAG = 6
_RAIN_WINDOWS = ((0, 1), (1, 2), (2, 3), (3, 6), (6, 12), (12, 24), (24, 48), (48, 96))
_LONGEST_SHORT_SUM = 24
#: Half-lives of the antecedent precipitation indices (Kohler and Linsley 1951: yesterday's index times a constant, plus today's rain).
_HALF_LIVES_H = (2, 4, 8, 16, 32, 72, 168)
#: Rain counts as known when at least half of the steps of the last hours have a reading of some gauge.
_RAIN_RECENT_H = 6.0
#: Readings this far back are needed for every index to have settled (three half-lives of the slowest).
MEMORY_H = 3.0 * _HALF_LIVES_H[-1]

Table = npt.NDArray[np.float32]

OWN, RAIN, RUNOFF = "own", "rain", "runoff"
#: Columns of `FeatureTable.state`.
VOLATILITY_6H, RAIN_4H = 0, 5


class FeatureKind(StrEnum):
    """What a column says; the regression's families are built from these."""

    LEVEL = "level"
    RATE = "rate"  # over at most 6 h (or steps)
    LONG_RATE = "long_rate"
    RAIN_SUM = "rain_sum"  # of the last 24 h
    LONG_RAIN_SUM = "long_rain_sum"
    RAIN_INDEX = "rain_index"
    PRODUCT = "product"
    RUNOFF = "runoff"  # a change of stage that the rainfall-runoff model expects


def upstream_group(name: str) -> str:
    """The feature group of one upstream gauge."""
    return f"upstream:{name}"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FeatureTable:
    """Features of n steps. A group is usable at a step when all its columns are finite there."""

    names: tuple[str, ...]  # one a column
    groups: tuple[str, ...]  # the group of each column
    kinds: tuple[FeatureKind, ...]  # and its kind
    values: Table  # (n, columns); single precision, for a table of years takes most of the memory
    usable: dict[str, Booleans]  # group → (n,)
    level: Floats  # (n,) own level in m, held at most HOLD_H
    age: Integers  # (n,) steps since the own level was read; -1 when it is not known
    rate_3h: Floats  # (n,) change of the own level over three hours in m; 0.0 when unknown
    state: (
        Floats  # (n, 8) logarithms of volatility, recent rise and fall and rain, and the level: what errors depend on
    )
    day: int  # steps in 24 hours
    rain_known: dict[str, Booleans]  # rain gauge → (n,): it reported within HOLD_H

    def columns_of(self, groups: Iterable[str]) -> Integers:
        """The numbers of the columns that belong to `groups`."""
        wanted = set(groups)
        return np.array([k for k, group in enumerate(self.groups) if group in wanted], dtype=np.int64)

    def named(self, names: Iterable[str]) -> Integers:
        """The numbers of the columns called `names`, in that order; KeyError when one is not here."""
        return _numbers(self.names, tuple(names))

    def at(self, rows: Integers, names: tuple[str, ...]) -> Table:
        """The columns called `names` at some of the steps."""
        return self.values[rows[:, None], self.named(names)]

    def newest(self, rows: int) -> FeatureTable:
        """The last `rows` steps; what they hold rests on the steps before them all the same."""
        return replace(
            self,
            values=self.values[-rows:],
            usable={group: known[-rows:] for group, known in self.usable.items()},
            level=self.level[-rows:],
            age=self.age[-rows:],
            rate_3h=self.rate_3h[-rows:],
            state=self.state[-rows:],
            rain_known={name: known[-rows:] for name, known in self.rain_known.items()},
        )

    def with_runoff(self, columns: Mapping[str, Floats]) -> FeatureTable:
        """The same with the rainfall-runoff model's columns (n,) by name."""
        added = np.column_stack(list(columns.values())).astype(np.float32)
        return replace(
            self,
            names=(*self.names, *columns),
            groups=(*self.groups, *(RUNOFF for _ in columns)),
            kinds=(*self.kinds, *(FeatureKind.RUNOFF for _ in columns)),
            values=np.column_stack([self.values, added]),
            usable=self.usable | {RUNOFF: np.asarray(np.isfinite(added).all(axis=1))},
        )


@lru_cache(maxsize=256)
def _numbers(names: tuple[str, ...], wanted: tuple[str, ...]) -> Integers:
    number = {name: k for k, name in enumerate(names)}
    out = np.array([number[name] for name in wanted], dtype=np.int64)
    out.flags.writeable = False  # one array for all who ask
    return out


def feature_table(grid: StepGrid) -> FeatureTable:
    """Every feature at every step of `grid`; row k rests on rows 0..k alone."""
    columns: list[tuple[str, str, Floats]] = []
    level, age = hold(grid.level, grid.steps(HOLD_H))
    own = _level_columns("own", grid.level, grid)
    columns += [(OWN, name, values) for name, values in own.items()]
    columns += [
        (OWN, "square of own level", level**2),
        (OWN, "own level times its rate over 3 h", level * own[_rate("own", 3, grid)]),
    ]
    for name, readings in grid.upstream.items():
        columns += [(upstream_group(name), n, v) for n, v in _level_columns(name, readings, grid).items()]
    indices = dict.fromkeys(_HALF_LIVES_H, np.zeros(len(level)))
    if grid.rain:
        areal, indices = _rain_indices(grid)
        columns += [(RAIN, name, values) for name, values in _rain_columns(grid, areal, indices, level).items()]
    values = np.empty((len(level), len(columns)), dtype=np.float32)
    for number, (_, _, column) in enumerate(columns):
        values[:, number] = column
    groups, named = tuple(group for group, _, _ in columns), tuple(name for _, name, _ in columns)
    return FeatureTable(
        names=named,
        groups=groups,
        kinds=tuple(_kind(name, _hours(grid)) for name in named),
        values=values,
        usable={g: _finite(values, groups, g) for g in dict.fromkeys(groups)} | _rain_usable(grid),
        level=level,
        age=age,
        rate_3h=_rate_3h(own, grid),
        state=_state(grid, level, own, indices),
        day=grid.steps(24.0),
        rain_known={name: ~np.isnan(hold(values, grid.steps(HOLD_H))[0]) for name, values in grid.rain.items()},
    )


def _hours(grid: StepGrid) -> float:
    """Hours of one lag or window: one, or a step where that is longer."""
    return max(1.0, 1.0 / grid.per_hour)


def _rate(label: str, lag: int, grid: StepGrid) -> str:
    return f"{label} rate {lag * _hours(grid):g} h"


def _rate_3h(own: Mapping[str, Floats], grid: StepGrid) -> Floats:
    """The change over three hours in m; where a step is longer than an hour, three hours' share of that over three steps."""
    return np.asarray(np.nan_to_num(own[_rate("own", 3, grid)]) / _hours(grid))


@lru_cache(maxsize=1024)
def _kind(name: str, hours: float) -> FeatureKind:
    if name.startswith("square of ") or " times " in name:
        return FeatureKind.PRODUCT
    if name.endswith(" level"):
        return FeatureKind.LEVEL
    if lag := re.search(r" rate ([\d.]+) h$", name):
        return FeatureKind.LONG_RATE if float(lag[1]) > _LONGEST_SHORT_LAG * hours else FeatureKind.RATE
    if span := re.search(r" rain [\d.]+-([\d.]+) h$", name):
        return FeatureKind.LONG_RAIN_SUM if float(span[1]) > _LONGEST_SHORT_SUM * hours else FeatureKind.RAIN_SUM
    return FeatureKind.RAIN_INDEX


def _finite(values: Table, groups: tuple[str, ...], group: str) -> Booleans:
    chosen = np.array([g == group for g in groups])
    return np.asarray(np.isfinite(values[:, chosen]).all(axis=1))


def _level_columns(label: str, readings: Floats, grid: StepGrid) -> dict[str, Floats]:
    """The held level and its changes over the lags; NaN where they are not known."""
    level, _ = hold(readings, grid.steps(HOLD_H))
    columns = {f"{label} level": level}
    newest = last_read(readings)
    for lag in _LAGS:
        change = _change(readings, newest, lag * _hours(grid), grid)
        columns[_rate(label, lag, grid)] = np.where(np.isnan(level), np.nan, change)
    return columns


def _change(readings: Floats, newest: Integers, lag_h: float, grid: StepGrid) -> Floats:
    """Change over the lag: between the newest reading and the one at or before the lag, scaled to the lag.

    The scaling by the true interval keeps sparse readings (2 to 8 a day) comparable with hourly ones.
    """
    lag, slack = grid.steps(lag_h), grid.steps(_LAG_SLACK_H)
    rows = np.arange(len(readings), dtype=np.int64)
    before = np.minimum(rows - lag, newest - 1)
    earlier = np.where(before >= 0, newest[np.maximum(before, 0)], -1)
    known = (earlier >= 0) & (rows - lag - earlier <= slack)
    interval = np.where(known, newest - earlier, 1)
    difference = readings[np.maximum(newest, 0)] - readings[np.maximum(earlier, 0)]
    return np.where(known, difference * (lag / interval), np.nan)


def _rain_indices(grid: StepGrid) -> tuple[Floats, dict[int, Floats]]:
    """The mean rain of the gauges that reported (mm a step, 0.0 where none did) and its antecedent indices in mm."""
    table = np.column_stack(list(grid.rain.values()))
    count = (~np.isnan(table)).sum(axis=1)
    areal = np.nansum(table, axis=1) / np.maximum(count, 1)
    return areal, {hours: _antecedent(areal, hours * grid.per_hour) for hours in _HALF_LIVES_H}


def _antecedent(rain: Floats, half_life_steps: float) -> Floats:
    """API: a(t) = c·a(t-1) + r(t) with c = 2^(-1/half-life), in mm, from a dry ground."""
    return np.asarray(lfilter([1.0], [1.0, -(2.0 ** (-1.0 / half_life_steps))], rain))


def _rain_columns(grid: StepGrid, areal: Floats, api: dict[int, Floats], level: Floats) -> dict[str, Floats]:
    columns: dict[str, Floats] = {}
    for name, rain in grid.rain.items():
        filled = np.where(np.isnan(rain), areal, rain)  # a silent gauge is given the mean of the others
        total = np.concatenate([[0.0], np.cumsum(filled)])
        for start_h, end_h in ((start * _hours(grid), end * _hours(grid)) for start, end in _RAIN_WINDOWS):
            sums = _window(total, round(start_h * grid.per_hour), round(end_h * grid.per_hour))
            columns[f"{name} rain {start_h:g}-{end_h:g} h"] = sums
    columns |= {f"rain index {hours} h": values for hours, values in api.items()}
    known_level = np.nan_to_num(level)
    for short in (2, 8, 16):
        columns[f"rain index {short} h times 72 h"] = api[short] * api[72]
        columns[f"rain index {short} h times 168 h"] = api[short] * api[168]
        columns[f"rain index {short} h times own level"] = api[short] * known_level
        columns[f"square of rain index {short} h"] = api[short] ** 2
    return columns


def _window(total: Floats, start: int, end: int) -> Floats:
    """Sums over the steps start..end before each row, from cumulated sums with a leading zero."""
    end = max(end, start + 1)
    rows = np.arange(len(total) - 1)
    upper, lower = np.maximum(rows + 1 - start, 0), np.maximum(rows + 1 - end, 0)
    return np.maximum(total[upper] - total[lower], 0.0)  # differences of sums may fall a hair below zero


def _rain_usable(grid: StepGrid) -> dict[str, Booleans]:
    if not grid.rain:
        return {}
    known = (~np.isnan(np.column_stack(list(grid.rain.values())))).any(axis=1)
    recent = grid.steps(_RAIN_RECENT_H)
    count = _window(np.concatenate([[0.0], np.cumsum(known)]), 0, recent)
    return {RAIN: count >= recent / 2}


def _state(grid: StepGrid, level: Floats, own: dict[str, Floats], api: dict[int, Floats]) -> Floats:
    """What the size of errors depends on: log volatility over 6 h, 24 h, 7 d, log rise and log fall over 3 h, log rain, level."""
    long_held, _ = hold(grid.level, grid.steps(_LAG_SLACK_H))
    moves = np.abs(np.diff(long_held, prepend=long_held[:1]))
    total = np.concatenate([[0.0], np.cumsum(np.nan_to_num(moves))])
    floor_m = 0.002  # gauges report centimetres; below this a river is still
    per_hour = [_window(total, 0, grid.steps(hours)) / hours for hours in (6, 24, 168)]
    columns = [np.log(values + floor_m) for values in per_hour]
    rate = _rate_3h(own, grid) / 3
    columns += [np.log(np.maximum(way, 0.0) + floor_m) for way in (rate, -rate)]
    columns += [np.log1p(api[4]), np.log1p(api[32]), np.nan_to_num(level)]
    return np.column_stack(columns)
