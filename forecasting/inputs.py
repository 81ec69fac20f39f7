"""What a forecast may know: one gauge's readings, its upstream gauges and rain gauges, laid on a grid of equal steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from domain.readings import QualityFlag

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

#: Readings with these flags are no measurements; SUSPECT ones are used, because record floods look suspect.
_UNUSABLE = (int(QualityFlag.FAIL), int(QualityFlag.MISSING))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND_NS = 1_000_000_000
#: In a calibration a reading belongs to a full step when it comes at most this part of a step after it: device clocks jitter.
_JITTER = 10


def nanoseconds(moment: datetime) -> int:
    """Nanoseconds since 1970 of an aware time."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * _SECOND_NS + since.microseconds * 1_000


def instant(ns: int) -> datetime:
    """The UTC time `ns` nanoseconds after 1970 (whole microseconds)."""
    return _EPOCH + timedelta(microseconds=ns // 1_000)


def usable_series(frame: pd.DataFrame) -> pd.Series[float]:
    """The measured values of a frame with columns observed_at (UTC), value and, where there is one, flag; sorted by time.

    Values that failed quality control, are missing or are not finite are left out; of two for one time the later row stands.
    """
    keep = np.isfinite(frame["value"].to_numpy(dtype=np.float64, na_value=np.nan))
    if "flag" in frame:
        keep &= ~frame["flag"].isin(_UNUSABLE).to_numpy()
    used = frame[keep]
    index = pd.DatetimeIndex(used["observed_at"])
    if index.tz is None and len(index):
        raise ValueError("observed_at has no time zone; give UTC times")
    series = pd.Series(used["value"].to_numpy(dtype=np.float64), index=index, name="value")
    return series[~series.index.duplicated(keep="last")].sort_index()


@dataclass(frozen=True, kw_only=True, slots=True)
class GaugeInputs:
    """Readings around one gauge as series over aware times: level and upstream in m, rain in mm since the reading before.

    `step` is the spacing the models work at. A gauge that is configured but has no readings stays in the mapping with an
    empty series, so that a forecast can say it is missing.
    """

    station: str
    level: pd.Series[float]
    upstream: Mapping[str, pd.Series[float]] = field(default_factory=dict)
    rain: Mapping[str, pd.Series[float]] = field(default_factory=dict)
    step: timedelta = timedelta(hours=1)

    @classmethod
    def from_frames(
        cls,
        *,
        station: str,
        level: pd.DataFrame,
        upstream: Mapping[str, pd.DataFrame],
        rain: Mapping[str, pd.DataFrame],
        step: timedelta = timedelta(hours=1),
    ) -> GaugeInputs:
        """From frames as the store gives them (observed_at, value, flag); unusable readings are left out."""
        return cls(
            station=station,
            level=usable_series(level),
            upstream={name: usable_series(frame) for name, frame in upstream.items()},
            rain={name: usable_series(frame) for name, frame in rain.items()},
            step=step,
        )

    def known_at(self, moment: datetime) -> GaugeInputs:
        """The same without anything observed after `moment`."""
        return self.between(None, moment)

    def between(self, start: datetime | None, end: datetime) -> GaugeInputs:
        """Only what was observed after `start` (None: from the first reading) and not after `end`."""
        low = None if start is None else nanoseconds(start)
        high = nanoseconds(end)
        return replace(
            self,
            level=_cut(self.level, low, high),
            upstream={name: _cut(series, low, high) for name, series in self.upstream.items()},
            rain={name: _cut(series, low, high) for name, series in self.rain.items()},
        )

    def calibration_anchor(self, until: datetime) -> datetime:
        """The last row of a calibration's grid: a full step plus a tenth of a step, not after `until`."""
        latest = until - (until - _EPOCH) % self.step + self.step / _JITTER
        return latest if latest <= until else latest - self.step


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class StepGrid:
    """Readings on n rows one `step` apart; row k holds what was observed in (time k - step, time k], NaN when nothing was.

    Nothing is interpolated or carried forward here. A level is the last reading of its interval, rain the interval's sum.
    """

    times_ns: Integers  # (n,)
    step: timedelta
    level: Floats  # (n,)
    upstream: dict[str, Floats]  # each (n,)
    rain: dict[str, Floats]  # each (n,)

    @property
    def per_hour(self) -> float:
        """Steps in an hour."""
        return timedelta(hours=1) / self.step

    def steps(self, hours: float) -> int:
        """The whole number of steps nearest to `hours`, at least one."""
        return max(1, round(hours * self.per_hour))

    def newest(self, rows: int) -> StepGrid:
        """The last `rows` rows."""
        return replace(
            self,
            times_ns=self.times_ns[-rows:],
            level=self.level[-rows:],
            upstream={name: values[-rows:] for name, values in self.upstream.items()},
            rain={name: values[-rows:] for name, values in self.rain.items()},
        )

    def row_of(self, moment: datetime) -> int:
        """The row of the newest interval that ended at or before `moment`; negative before the first row."""
        since = nanoseconds(moment) - int(self.times_ns[0])
        return min(since // round(self.step.total_seconds() * _SECOND_NS), len(self.times_ns) - 1)


def align(inputs: GaugeInputs, last: datetime, first: datetime | None = None) -> StepGrid:
    """Lay `inputs` on a grid whose last row is at `last`; readings after it are not looked at.

    `first` bounds the grid's beginning (None: the earliest reading of the gauge itself).
    """
    step_ns = round(inputs.step.total_seconds() * _SECOND_NS)
    last_ns = nanoseconds(last)
    begin_ns = _first_reading(inputs.level, last_ns) if first is None else nanoseconds(first)
    rows = max(1, (last_ns - begin_ns) // step_ns + 1)
    times = last_ns - step_ns * np.arange(rows - 1, -1, -1, dtype=np.int64)

    def last_of(series: pd.Series[float]) -> Floats:
        row, value = _rows(series, last_ns, step_ns, rows)
        out = np.full(rows, np.nan)
        out[row] = value  # of several in one interval the last is written last
        return out

    def sum_of(series: pd.Series[float]) -> Floats:
        row, value = _rows(series, last_ns, step_ns, rows)
        total = np.bincount(row, weights=value, minlength=rows)
        return np.where(np.bincount(row, minlength=rows) > 0, total, np.nan)

    return StepGrid(
        times_ns=times,
        step=inputs.step,
        level=last_of(inputs.level),
        upstream={name: last_of(series) for name, series in inputs.upstream.items()},
        rain={name: sum_of(series) for name, series in inputs.rain.items()},
    )


def hold(values: Floats, limit: int) -> tuple[Floats, Integers]:
    """Carry each reading forward at most `limit` steps; with it the age of what is held, in steps (-1: nothing known)."""
    source = last_read(values)
    rows = np.arange(len(values), dtype=np.int64)
    age = np.where(source >= 0, rows - source, -1)
    known = (age >= 0) & (age <= limit)
    return np.where(known, values[np.maximum(source, 0)], np.nan), np.where(known, age, -1)


def last_read(values: Floats) -> Integers:
    """For each row the newest row at or before it that holds a reading; -1 when there is none."""
    rows = np.arange(len(values), dtype=np.int64)
    return np.maximum.accumulate(np.where(np.isnan(values), -1, rows))


def or_zero(values: Floats) -> Floats:
    """What is not known counts as nothing."""
    return np.where(np.isnan(values), 0.0, values)


def _times_ns(series: pd.Series[float]) -> Integers:
    index = series.index
    dated = index if isinstance(index, pd.DatetimeIndex) else pd.DatetimeIndex(index)
    return np.asarray((dated if dated.unit == "ns" else dated.as_unit("ns")).asi8, dtype=np.int64)


def _cut(series: pd.Series[float], low: int | None, high: int) -> pd.Series[float]:
    times = _times_ns(series)
    begin = 0 if low is None else int(np.searchsorted(times, low, side="right"))
    return series.iloc[begin : int(np.searchsorted(times, high, side="right"))]


def _first_reading(series: pd.Series[float], last_ns: int) -> int:
    times = _times_ns(series)
    return min(int(times[0]), last_ns) if len(times) else last_ns


def _rows(series: pd.Series[float], last_ns: int, step_ns: int, rows: int) -> tuple[Integers, Floats]:
    times = _times_ns(series)
    row = rows - 1 - (last_ns - times) // step_ns
    keep = (times <= last_ns) & (row >= 0)
    return np.asarray(row[keep], dtype=np.int64), np.asarray(series, dtype=np.float64)[keep]


def newest_reading(inputs: GaugeInputs) -> datetime | None:
    """The time of the newest reading of any series; None when there is none."""
    every = [inputs.level, *inputs.upstream.values(), *inputs.rain.values()]
    return max((instant(int(_times_ns(series)[-1])) for series in every if len(series)), default=None)
