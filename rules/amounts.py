"""How much of an amount falls into a window: a reading of a day's rain holds what fell in that day."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from domain.stations import Station

_MICROSECOND = timedelta(microseconds=1)
#: An hourly gauge is asked about an hour, whatever its clock does.
_CLOCK_SLACK = 1.1


def share(values: NDArray[np.float64], station: Station, quantity: str, window: timedelta) -> NDArray[np.float64]:
    """What of each amount may have fallen within a window: all of it, or its even part where the gauge collects for longer.

    Collected is for a cadence. After a gap an amount may be of the whole gap, or of its last cadence, when what was sent meanwhile
    is lost; nobody knows which, and the graver is warned of.
    """
    series = station.series_of(quantity)
    if series is None or series.cadence <= window * _CLOCK_SLACK:
        return values
    return values * (window / series.cadence)
