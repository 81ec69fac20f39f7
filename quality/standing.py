"""Standing still: a gauge that stands for longer than it ever did while others move as they always do. Suspect at most.

A stream that is read to the centimetre may stand for days: no fixed duration tells a frozen sensor from a calm river. What a
gauge did before does. Its hourly means are followed; it is doubted from when they have been the same for half a day and
for twice as long as they ever were in weeks of stored past. Nothing is said while half of the other gauges on the clock stand
for longer than they ever did, too: then the rivers are calm as they were not in that past.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from domain.stations import Station, StationKind
from quality.hours import LEAST_HOURS, REST_H, Hourly, Truths
from quality.later import Name
from quality.stretch import Floats

_LEAST_H = 12
_TIMES = 2
#: Fewer others say nothing of whether the rivers are calm.
_FEWEST_OTHERS = 2


def standing(
    name: Name, stations: Mapping[str, Station], hourly: Mapping[Name, Hourly], judged_h: int
) -> Truths | None:
    """Which of the last `judged_h` hours of one river gauge are doubted; None where it has no flat-line test."""
    station = stations[name[0]]
    series = station.series_of(name[1])
    if series is None or name[1] != "water_level" or series.limits.flat_tolerance is None:
        return None
    nothing = np.zeros(judged_h, dtype=bool)
    times = _times(hourly[name].seen, series.limits.flat_tolerance, judged_h)
    if times is None or not (doubted := (times[0] >= _LEAST_H) & (times[0] >= _TIMES * times[1])).any():
        return nothing
    others = [
        other
        for of, hours in hourly.items()
        if of != name and of[1] == "water_level" and stations[of[0]].kind is StationKind.RIVER
        if stations[of[0]].clock == station.clock
        if (other := _times(hours.seen, series.limits.flat_tolerance, judged_h)) is not None
    ]
    if len(others) < _FEWEST_OTHERS:
        return nothing
    calm: Truths = np.mean([stood > longest for stood, longest in others], axis=0) >= 0.5
    found: Truths = doubted & ~calm
    return found


def _times(hours: Floats, tolerance: float, judged_h: int) -> tuple[Floats, float] | None:
    """For how many hours it has stood at each of the judged ones, and the longest that it ever did; None: too little past."""
    moved = ~(np.abs(np.diff(hours, prepend=np.nan)) <= tolerance)  # an hour that is not known counts as a movement
    places = np.arange(len(hours))
    stood: Floats = (places - np.maximum.accumulate(np.where(moved, places, 0)) + 1).astype(np.float64)
    past = slice(0, max(len(hours) - REST_H, 0))
    if np.count_nonzero(~np.isnan(hours[past])) < LEAST_HOURS:
        return None
    return stood[-judged_h:], float(stood[past].max())
