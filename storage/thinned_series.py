"""A long series thinned for a chart: of each bucket of time the lowest and the highest reading, its gaps and its doubts kept.

The database reads the series once, as arrays; a year of five minutes is thinned here in a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.readings import QualityFlag
from storage.database import Connection
from storage.histories import rows_of_arrays

_MICROSECOND = timedelta(microseconds=1)
_DOUBTS = (QualityFlag.SUSPECT, QualityFlag.FAIL)
_Times = NDArray[np.int64]  # µs since 1970 UTC
_Values = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Thinned:
    """At most two readings a bucket, the lowest and the highest, in order of time; failed ones left out."""

    at: tuple[datetime, ...] = ()  # UTC
    value: tuple[float, ...] = ()
    breaks: tuple[datetime, ...] = ()  # of each bucket the first reading that follows a gap
    #: Of each bucket the highest suspect and the highest failed reading.
    doubts: dict[datetime, tuple[float, QualityFlag]] = field(default_factory=dict)


def thinned_series(
    connection: Connection,
    station: str,
    quantity: str,
    *,
    start: datetime,
    end: datetime,
    width: timedelta,
    gap: timedelta,
) -> Thinned:
    """One series in start < observed_at <= end, thinned to the extremes of each `width` from `start` on.

    Two readings further apart than `gap` have a break between them.
    """
    parameters = {"station": station, "quantity": quantity, "start": start, "end": end}
    ((observed, values, flags),) = rows_of_arrays(connection, "series_between", parameters)
    return Thinned() if observed is None else thinned(observed, values, flags, start=start, width=width, gap=gap)


def thinned(
    observed: _Times, values: _Values, flags: NDArray[Any], *, start: datetime, width: timedelta, gap: timedelta
) -> Thinned:
    """The same of readings that have been read already, in whatever order."""
    order = np.argsort(observed, kind="stable")  # nearly sorted already
    observed, values, flags = observed[order], values[order], flags[order]
    buckets = (observed - _microseconds(start)) // (width // _MICROSECOND)
    good = flags != QualityFlag.FAIL.value
    kept = _extremes(buckets[good], values[good])
    return Thinned(
        at=_moments(observed[good][kept]),
        value=tuple(values[good][kept].tolist()),
        breaks=_moments(_breaks(observed[good], buckets[good], gap)),
        doubts=_doubts(observed, values, flags, buckets),
    )


def _extremes(buckets: NDArray[np.int64], values: _Values) -> NDArray[np.int64]:
    """Places of the first lowest and the last highest value of each bucket, in order."""
    places = [*_each(buckets, values, _lowest), *_each(buckets, values, _highest)]
    return np.unique(np.array(places, dtype=np.int64))


def _each(buckets: NDArray[np.int64], values: _Values, which: Callable[[_Values], int]) -> list[int]:
    """The place of one value of each bucket; values of a bucket stand together."""
    edges = [*_starts(buckets), len(buckets)]
    return [start + which(values[start:end]) for start, end in pairwise(edges)]


def _lowest(values: _Values) -> int:
    return int(np.argmin(values))


def _highest(values: _Values) -> int:
    return len(values) - 1 - int(np.argmax(values[::-1]))


def _starts(buckets: NDArray[np.int64]) -> list[int]:
    """Where each bucket begins."""
    if not len(buckets):
        return []
    return [0, *(np.flatnonzero(np.diff(buckets)) + 1).tolist()]


def _breaks(observed: _Times, buckets: NDArray[np.int64], gap: timedelta) -> _Times:
    after = np.flatnonzero(np.diff(observed) > gap // _MICROSECOND) + 1
    return observed[after[_starts(buckets[after])]]


def _doubts(
    observed: _Times, values: _Values, flags: NDArray[Any], buckets: NDArray[np.int64]
) -> dict[datetime, tuple[float, QualityFlag]]:
    found: dict[datetime, tuple[float, QualityFlag]] = {}
    for flag in _DOUBTS:
        places = np.flatnonzero(flags == flag.value)
        shown = places[np.array(_each(buckets[places], values[places], _highest), dtype=np.int64)]
        moments = _moments(observed[shown])
        found |= {at: (value, flag) for at, value in zip(moments, values[shown].tolist(), strict=True)}
    return found


def _microseconds(at: datetime) -> int:
    return (at - datetime.fromtimestamp(0, UTC)) // _MICROSECOND


def _moments(microseconds: _Times) -> tuple[datetime, ...]:
    return tuple(datetime.fromtimestamp(each / 1e6, UTC) for each in microseconds.tolist())
