"""How much of an amount falls into a window: a reading of rain holds what fell since the reading before, however long ago."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.readings import QualityFlag
from domain.stations import Station
from rules.rule_table import JUDGED_SPAN
from rules.trace import Trace, trace

_MICROSECOND = timedelta(microseconds=1)
#: Clocks wander: an hourly reading that comes after 61 minutes is still the rain of an hour.
_CLOCK_SLACK = 1.1
_GAP_SEEN = timedelta(hours=24)


def warm_up(longest: timedelta) -> timedelta:
    """A window, and a day more where it may be looked back so far: how long the first reading in it was collected must be known."""
    return max(longest, min(longest + _GAP_SEEN, JUDGED_SPAN))


def covered(station: Station, quantity: str, readings: pd.DataFrame | Trace, judged: Trace) -> NDArray[np.float64]:
    """For each of the `judged` ones among `readings`, the µs since the reading before it; for the first of all its cadence.

    A failed reading is one before it too: its amount is not believed, but it was not left to the next one.
    """
    series = station.series_of(quantity)
    ticks = trace(readings, without=(QualityFlag.MISSING,)).ticks
    before = np.searchsorted(ticks, judged.ticks) - 1
    since = judged.ticks - ticks[np.maximum(before, 0)] if len(judged) else judged.ticks
    first = 0.0 if series is None else series.cadence / _MICROSECOND
    return np.where(before < 0, first, since).astype(float)


def share(values: NDArray[np.float64], collected: NDArray[np.float64], window: timedelta) -> NDArray[np.float64]:
    """What of each amount may have fallen within a window: all of it, or its even part where it was collected in longer."""
    reach = window / _MICROSECOND
    part: NDArray[np.float64] = np.where(
        collected > reach * _CLOCK_SLACK, values * reach / np.maximum(collected, 1), values
    )
    return part
