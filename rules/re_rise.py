"""The second rise: falling is not over. The water had its peak, fell, and rises again before it reaches the next level."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pandas as pd

from domain.alerts import Finding, Phase, Step
from domain.stations import Station
from rules.dated_thresholds import levels_in_force, lowest_ever
from rules.rule_table import LEVEL_NUMBERS
from rules.threshold_tables import ReRiseRule
from rules.trace import Trace, trace

#: A peak, a trough, and a reading above it.
_LEAST = 3
#: Index of the reading that makes the turn certain, of the trough (or new peak) behind it, and of the peak before.
_Turn = tuple[int, int, int]


def re_rise_finding(station: Station, readings: pd.DataFrame | Trace, rule: ReRiseRule, since: datetime) -> Finding:
    """Level 1 from the reading on that stands `rise_m` above the trough after a peak, until it fell `fall_m` from the next.

    The peak must have reached the alarm level `peak_from` of the gauge, with the levels in force on its day. The phase is
    RISING_AGAIN: the finding has no level of its own, it marks the turn in the life of a flood. The detail holds trough_m,
    trough_at, peak_m and peak_at.
    """
    seen = trace(readings)
    steps: list[Step] = []
    lowest = lowest_ever(station, (rule.peak_from,))
    reached = len(seen) > 0 and seen.highest >= lowest
    first = int((seen.values >= lowest).argmax()) if reached else len(seen)
    if len(seen) - first >= _LEAST:
        seen = seen.tail(first)  # no peak counts before
        high = _high(station, seen, rule)
        high[: seen.since(since)] = False
        steps = [_step(seen, rising, turn) for rising, turn in _turns(seen, high, rule)] if high.any() else []
    return Finding(
        station=station.id, event=rule.event, phase=Phase.RISING_AGAIN, rule=rule.name, since=since, steps=tuple(steps)
    )


def _high(station: Station, seen: Trace, rule: ReRiseRule) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Where the water stands at or above the level from which a peak counts."""
    level = levels_in_force(station, seen.ticks, (rule.peak_from,)).get(LEVEL_NUMBERS[rule.peak_from])
    return np.zeros(len(seen), dtype=bool) if level is None else np.asarray(seen.values >= level)


def _turns(
    seen: Trace, high: np.ndarray[tuple[int], np.dtype[np.bool_]], rule: ReRiseRule
) -> Iterator[tuple[bool, _Turn]]:
    """Each second rise (True) and its end (False). Later readings never change a turn that was found before."""
    first = int(np.argmax(high))
    values = seen.values.tolist()
    peak, trough, falling, again = first, first, False, False
    for index in range(first + 1, len(values)):
        if falling:
            trough = index if values[index] <= values[trough] else trough
            if _reaches(values[index] - values[trough], rule.rise_m):
                yield True, (index, trough, peak)
                peak, falling, again = index, False, True
            continue
        peak = index if values[index] >= values[peak] else peak
        if _reaches(values[peak] - values[index], rule.fall_m) and (again or high[peak]):
            if again:
                yield False, (index, peak, peak)
            trough, falling, again = index, True, False


def _reaches(change_m: float, least_m: float) -> bool:
    """To the micrometre, because 5.81 - 5.51 is not 0.3 in binary; rounding takes long, and most changes are far from it."""
    return change_m > least_m - 1e-6 and round(change_m, 6) >= least_m


def _step(seen: Trace, rising: bool, turn: _Turn) -> Step:
    index, behind, peak = turn
    detail: dict[str, str | float | int] = {
        "peak_m": float(seen.values[peak]),
        "peak_at": seen.at(peak).isoformat(),
    }
    if rising:
        detail |= {"trough_m": float(seen.values[behind]), "trough_at": seen.at(behind).isoformat()}
    return Step(at=seen.at(index), level=int(rising), value=float(seen.values[index]), detail=detail)
