"""Readings of one series put in order: what the rules judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.readings import QualityFlag

#: Readings with these flags are not judged by threshold rules; a failed one feeds the rule for doubtful readings.
NOT_JUDGED = (QualityFlag.FAIL, QualityFlag.MISSING)

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One value an instant, in order of event time. `ticks` are microseconds since 1970 UTC, ascending and unique.

    Its extremes are counted once: on a calm day they spare most rules the look at every reading.
    """

    ticks: NDArray[np.int64]
    values: NDArray[np.float64]  # in the quantity's unit
    flags: NDArray[np.int64]  # QARTOD numbers

    def __len__(self) -> int:
        return len(self.ticks)

    @cached_property
    def highest(self) -> float:
        """The highest value; minus infinity without any."""
        return float(self.values.max()) if len(self.values) else -np.inf

    @cached_property
    def lowest(self) -> float:
        """The lowest value; infinity without any."""
        return float(self.values.min()) if len(self.values) else np.inf

    @cached_property
    def worst_flag(self) -> int:
        """The highest flag; 0 without values."""
        return int(self.flags.max()) if len(self.flags) else 0

    @cached_property
    def gaps(self) -> tuple[int, int]:
        """The shortest and the longest time between neighbours, in µs; (0, 0) with fewer than two values."""
        if len(self.ticks) < 2:
            return 0, 0
        between = self.ticks[1:] - self.ticks[:-1]
        return int(between.min()), int(between.max())

    def at(self, index: int) -> datetime:
        """Event time of one value, UTC."""
        return instant(self.ticks[index])

    def tail(self, first: int) -> Trace:
        """The values from this index on."""
        return (
            self
            if first == 0
            else Trace(ticks=self.ticks[first:], values=self.values[first:], flags=self.flags[first:])
        )

    def without(self, flags: Sequence[QualityFlag]) -> Trace:
        """The values whose flag is none of `flags`."""
        if self.worst_flag < min(flags, default=QualityFlag.MISSING):
            return self
        kept = ~np.isin(self.flags, [int(flag) for flag in flags])
        if kept.all():
            return self
        return Trace(ticks=self.ticks[kept], values=self.values[kept], flags=self.flags[kept])

    def since(self, start: datetime) -> int:
        """Index of the first value at or after `start`."""
        return int(self.ticks.searchsorted(tick(start), side="left"))


def tick(at: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return (at - _EPOCH) // _MICROSECOND


def instant(ticks: int | np.int64) -> datetime:
    """The UTC time of a tick."""
    return _EPOCH + timedelta(microseconds=int(ticks))


def trace(readings: pd.DataFrame | Trace, *, without: Sequence[QualityFlag] = NOT_JUDGED) -> Trace:
    """Order `readings` (columns observed_at aware, value, flag, received_at aware) by event time.

    Of several values for one instant the one received last counts, as on the pages; equal reception is settled by value, so
    that the order of rows never matters. Values that are not numbers and readings flagged `without` are left out after that.
    """
    return (readings if isinstance(readings, Trace) else _ordered(readings)).without(without)


def _ordered(readings: pd.DataFrame) -> Trace:
    if readings.empty:
        nothing = np.empty(0, dtype=np.int64)
        return Trace(ticks=nothing, values=nothing.astype(float), flags=nothing)
    return ordered(
        readings["observed_at"].dt.as_unit("us").astype("int64").to_numpy(),
        readings["value"].to_numpy(dtype=float),
        readings["flag"].to_numpy(dtype=np.int64),
        readings["received_at"].dt.as_unit("us").astype("int64").to_numpy(),
    )


def ordered(
    ticks: NDArray[np.int64], values: NDArray[np.float64], flags: NDArray[np.int64], received: NDArray[np.int64]
) -> Trace:
    """A trace of readings in any order, all flags kept: `ticks` and `received` in µs since 1970 UTC, of one length.

    What comes ordered and without repetition, as from the storage, is not sorted again.
    """
    if len(ticks) > 1 and not bool((ticks[1:] > ticks[:-1]).all()):
        order = np.lexsort((values, received, ticks))
        ticks, values, flags = ticks[order], values[order], flags[order]
        newest = np.append(ticks[1:] != ticks[:-1], True)
        ticks, values, flags = ticks[newest], values[newest], flags[newest]
    known = ~np.isnan(values)
    if not known.all():
        ticks, values, flags = ticks[known], values[known], flags[known]
    return Trace(ticks=ticks, values=values, flags=flags)
