"""A gauge that counts from another height from one reading to the next: its zero was moved, or it was set anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

#: A level that stands still round a jump is no river in flood: it must do so for this long before and after.
SETTLING = timedelta(hours=48)
_SMALLEST_M = 0.5
_STILL = 0.3  # range before and after, as part of the jump
_FEWEST = 12
#: A jump across a longer silence may be the river itself.
_LONGEST_PAUSE = timedelta(hours=24)
_MOST = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class DatumShift:
    """From `at` on the level reads `by_m` higher. It is certain once the level has stayed there, at `settled_at`."""

    at: datetime
    by_m: float
    settled_at: datetime


def datum_shifts(level: pd.Series[float]) -> list[DatumShift]:
    """Jumps of a level (m over UTC times, ascending) between two quiet spells that share no level, oldest first.

    Floods rise and recede, so neither side of their jumps is quiet. The size is the difference of the medians of the three
    readings on either side. A weir that was opened for good looks the same: whoever reads the report must decide.
    """
    value = level.to_numpy(dtype=np.float64)
    jump = np.abs(np.diff(value))
    likely = np.argsort(-jump, kind="stable")[:_MOST]
    found = [_judged(level, int(row) + 1) for row in likely if jump[row] >= _SMALLEST_M]
    return sorted((shift for shift in found if shift is not None), key=lambda shift: shift.at)


def without_shifts(level: pd.Series[float], shifts: list[DatumShift], reference: datetime) -> pd.Series[float]:
    """The level as if every reading counted from the zero that was known to be in force at `reference`."""
    out = level.copy()
    for shift in shifts:
        if shift.settled_at <= reference:
            out[out.index < shift.at] += shift.by_m
        else:
            out[out.index >= shift.at] -= shift.by_m
    return out


def _judged(level: pd.Series[float], row: int) -> DatumShift | None:
    at, before = level.index[row], level.index[row - 1]
    if at - before > _LONGEST_PAUSE:
        return None
    # On either side whole quiet spells are needed: half a spell at a record's end proves nothing.
    old = level[(level.index > before - SETTLING) & (level.index <= before)]
    new = level[(level.index >= at) & (level.index < at + SETTLING)]
    if min(len(old), len(new)) < _FEWEST or level.index[-1] < at + SETTLING:
        return None
    by_m = float(new.iloc[:3].median() - old.iloc[-3:].median())
    still = max(old.max() - old.min(), new.max() - new.min()) <= _STILL * abs(by_m)
    apart = new.min() > old.max() if by_m > 0 else new.max() < old.min()
    if not (still and apart and abs(by_m) >= _SMALLEST_M):
        return None
    return DatumShift(at=at.to_pydatetime(), by_m=round(by_m, 3), settled_at=(at + SETTLING).to_pydatetime())
