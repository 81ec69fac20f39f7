"""Readings of one series put in order: what the rules judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.readings import QualityFlag

#: Readings with these flags are not judged by threshold rules; a failed one feeds the rule for doubtful readings.
NOT_JUDGED = (QualityFlag.FAIL, QualityFlag.MISSING)

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """One value an instant, in order of event time. `ticks` are microseconds since 1970 UTC, ascending and unique."""

    ticks: NDArray[np.int64]
    values: NDArray[np.float64]  # in the quantity's unit
    flags: NDArray[np.int64]  # QARTOD numbers

    def __len__(self) -> int:
        return len(self.ticks)

    def at(self, index: int) -> datetime:
        """Event time of one value, UTC."""
        return instant(self.ticks[index])

    def since(self, start: datetime) -> int:
        """Index of the first value at or after `start`."""
        return int(np.searchsorted(self.ticks, tick(start), side="left"))


def tick(at: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // _MICROSECOND


def instant(ticks: int | np.int64) -> datetime:
    """The UTC time of a tick."""
    return datetime(1970, 1, 1, tzinfo=UTC) + int(ticks) * _MICROSECOND


def trace(readings: pd.DataFrame, *, without: Sequence[QualityFlag] = NOT_JUDGED) -> Trace:
    """Order `readings` (columns observed_at aware, value, flag, received_at aware) by event time.

    Of several values for one instant the one received last counts, as on the pages; equal reception is settled by value, so
    that the order of rows never matters. Values that are not numbers and readings flagged `without` are left out after that.
    """
    if readings.empty:
        nothing = np.empty(0, dtype=np.int64)
        return Trace(ticks=nothing, values=nothing.astype(float), flags=nothing)
    ordered = readings.sort_values(["observed_at", "received_at", "value"], kind="stable")
    newest = ordered.drop_duplicates("observed_at", keep="last")
    judged = newest[newest["value"].notna() & ~newest["flag"].isin([int(f) for f in without])]
    return Trace(
        ticks=judged["observed_at"].dt.as_unit("us").astype("int64").to_numpy(),
        values=judged["value"].to_numpy(dtype=float),
        flags=judged["flag"].to_numpy(dtype=np.int64),
    )
