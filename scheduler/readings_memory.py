"""The readings of the judged span, remembered from one round to the next: the database is asked for the newer ones only.

What is remembered is what stands in the database, or it is not used: whoever stores something that is not newer than everything
before it (late, revised, back-filled, doubted later) counts that in the same transaction (`series_latest.touched`), and the count
is read by the very statement that reads what is newer. Where it is another, the whole span is read anew.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from rules.trace import Trace, ordered
from storage.database import Connection
from storage.histories import SeriesRead, readings_after

#: So many readings are remembered at most, some 100 MB: 9,000 gauges of ten minutes over three days.
MOST = 4_000_000
#: After so long a station is read anew as a whole, should somebody have changed readings by hand.
LONGEST_S = 3600.0
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Series:
    """What is remembered of one: whole from the station's `begins` up to `newest`."""

    number: int
    touched: int
    newest: datetime
    seen: Trace

    def holds_for(self, read: SeriesRead) -> bool:
        """Whether the past is as it was."""
        return (self.number, self.touched) == (read.number, read.touched) and read.newest >= self.newest


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembered:
    """One station: its traces (all flags) from the asked time on, and when each quantity was last observed, however long ago."""

    begins: datetime
    read_s: float
    series: Mapping[str, _Series]

    @property
    def traces(self) -> dict[str, Trace]:
        """By quantity; one without readings has none."""
        return {quantity: each.seen for quantity, each in self.series.items() if len(each.seen)}

    @property
    def newest(self) -> dict[str, datetime]:
        """By quantity."""
        return {quantity: each.newest for quantity, each in self.series.items()}

    @property
    def size(self) -> int:
        """How many readings."""
        return sum(len(each.seen) for each in self.series.values())


_NOTHING = Remembered(begins=datetime.max.replace(tzinfo=UTC), read_s=0.0, series={})


class ReadingsMemory:
    """For one thread."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: dict[str, Remembered] = {}  # those asked for longest ago first
        self._size = 0

    def read(self, connection: Connection, starts: Mapping[str, datetime]) -> dict[str, Remembered]:
        """Each station from its time on, as it stands in the database now; those that never reported are empty."""
        now_s = time.monotonic()
        known = {name: self._usable(name, start, now_s) for name, start in starts.items()}
        after = {
            each.number: max(starts[name], each.newest + _MICROSECOND)
            for name, station in known.items()
            for each in station.series.values()
        }
        found = _by_station(readings_after(connection, starts, after))
        changed = [name for name in starts if not _as_it_was(known[name], found.get(name, ()))]
        if changed:
            known |= dict.fromkeys(changed, _NOTHING)
            found |= _by_station(readings_after(connection, {name: starts[name] for name in changed}, {}))
        whole = {name: _joined(known[name], found.get(name, ()), start, now_s) for name, start in starts.items()}
        self._keep(whole)
        return whole

    def forget(self) -> None:
        """Everything: the database was away, and may be another."""
        self._known.clear()
        self._size = 0

    def _usable(self, name: str, start: datetime, now_s: float) -> Remembered:
        known = self._known.get(name, _NOTHING)
        return known if known.series and known.begins <= start and now_s - known.read_s < LONGEST_S else _NOTHING

    def _keep(self, whole: Mapping[str, Remembered]) -> None:
        for name, station in whole.items():
            self._size += station.size - self._known.pop(name, _NOTHING).size
            self._known[name] = station
        while self._size > self._most:
            self._size -= self._known.pop(next(iter(self._known))).size


def _by_station(rows: Iterable[SeriesRead]) -> dict[str, list[SeriesRead]]:
    found: dict[str, list[SeriesRead]] = {}
    for row in rows:
        found.setdefault(row.station, []).append(row)
    return found


def _as_it_was(known: Remembered, rows: Iterable[SeriesRead]) -> bool:
    """Whether all that is remembered of a station still stands."""
    read = {row.quantity: row for row in rows}
    return all(quantity in read and each.holds_for(read[quantity]) for quantity, each in known.series.items())


def _joined(known: Remembered, rows: Iterable[SeriesRead], start: datetime, now_s: float) -> Remembered:
    """What was remembered and what is newer, from `start` on."""
    series = {row.quantity: _one(known.series.get(row.quantity), row, start) for row in rows}
    return Remembered(begins=start, read_s=known.read_s if known.series else now_s, series=series)


def _one(known: _Series | None, row: SeriesRead, start: datetime) -> _Series:
    newer = _trace(row)
    seen = newer if known is None else _after(known.seen, newer, start)
    return _Series(number=row.number, touched=row.touched, newest=row.newest, seen=seen)


def _trace(row: SeriesRead) -> Trace:
    if row.observed is None or row.values is None or row.flags is None:
        nothing = np.empty(0, dtype=np.int64)
        return Trace(ticks=nothing, values=nothing.astype(float), flags=nothing)
    return ordered(row.observed, row.values, row.flags, row.observed)


def _after(before: Trace, newer: Trace, start: datetime) -> Trace:
    """What was before from `start` on, then what is newer; nothing newer lies before `start`."""
    if len(before):
        newer = newer.tail(int(newer.ticks.searchsorted(before.ticks[-1], side="right")))
    first = before.since(start)
    if not len(newer):
        return before.tail(first)
    return Trace(
        ticks=np.concatenate((before.ticks[first:], newer.ticks)),
        values=np.concatenate((before.values[first:], newer.values)),
        flags=np.concatenate((before.flags[first:], newer.flags)),
    )
