"""What series say by the hour, for tests that look at weeks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from domain.stations import Station, StationKind
from quality.later import Name
from quality.stretch import Floats

#: So much past is learnt from, and it ends so long before the newest hour. Faults of up to three days are not learnt.
PAST = timedelta(days=20)
REST = timedelta(days=4)
REST_H = int(REST / timedelta(hours=1))
#: Fewer hours teach nothing.
LEAST_HOURS = 120

Truths = np.ndarray


def past_of(hours: int) -> int:
    """How many of so many hours, the newest last, are learnt from."""
    return max(hours - REST_H, 0)


class Hourly(NamedTuple):
    """Means of one series' readings by hour; NaN without any. `seen`: all but failed ones; `trusted`: also without doubted ones."""

    seen: Floats
    trusted: Floats


def hours_wanted(judged_h: int) -> int:
    """How many hours, the newest last, the tests want to know of every series to judge the last `judged_h`."""
    return int((PAST + REST) / timedelta(hours=1)) + judged_h


def wanted_series(stations: Mapping[str, Station]) -> list[Name]:
    """The series that are judged or asked: levels of rivers and outflows of reservoirs."""
    kinds = {StationKind.RIVER: "water_level", StationKind.RESERVOIR: "outflow"}
    return [
        (station.id, kinds[station.kind])
        for station in stations.values()
        if station.kind in kinds and station.series_of(kinds[station.kind]) is not None
    ]


def hour_means(frame: pd.DataFrame, first_h: int, hours: int) -> Floats:
    """Means by hour of a frame's readings; NaN for an hour without any."""
    place = frame["observed_at"].to_numpy(dtype="M8[s]").astype(np.int64) // 3600 - first_h
    inside = (place >= 0) & (place < hours)
    sums = np.bincount(place[inside], frame["value"].to_numpy(dtype=np.float64)[inside], minlength=hours)
    counts = np.bincount(place[inside], minlength=hours)
    means: Floats = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return means
