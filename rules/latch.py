"""Levels with hysteresis and minimum durations: the one state machine under every rule.

A level begins where its condition for beginning is first met, provided it goes on being met for `raise_after`; it ends where
its condition for staying is first missed, provided that goes on for `clear_after`. Both are dated at the first such instant,
so a crossing is dated by the reading that crossed, however long one waits to believe it. Adding later values never changes
a step that was decided before: the levels of a growing record are a growing list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long, or how many values in a row, a change must last before it counts."""

    raise_after: timedelta = timedelta()
    clear_after: timedelta = timedelta()
    raise_count: int = 1
    clear_count: int = 1
    keep_for: timedelta = timedelta()  # goes on so long after its condition was last met, and ends that much later


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """Where one level is reached and where it is still held; reached implies held. Arrays of one length, one value an instant."""

    reached: Mask
    held: Mask


def level_steps(
    ticks: NDArray[np.int64], conditions: Mapping[int, Condition], patience: Patience | Mapping[int, Patience]
) -> list[tuple[int, int]]:
    """The highest level that is on, as (index of the instant, level) at every change, and always at the first instant.

    `ticks`: microseconds, ascending. `conditions`: by level number. `patience`: for all levels, or each its own.
    """
    if len(ticks) == 0:
        return []
    own = patience if isinstance(patience, Mapping) else dict.fromkeys(conditions, patience)
    if len(ticks) == 1:  # a storm: thousands of gauges whose newest reading alone stands above a level
        begun = (
            n for n, c in conditions.items() if c.reached[0] and own[n].raise_count <= 1 and not own[n].raise_after
        )
        return [(0, max(begun, default=0))]
    switches = sorted(
        (index, level, on)
        for level, c in conditions.items()
        if c.reached.any()  # a level that is never reached never goes on
        for index, on in _switches(ticks, c, own[level])
    )
    steps, burning, position = [(0, 0)], set[int](), 0
    while position < len(switches):
        index = switches[position][0]
        while position < len(switches) and switches[position][0] == index:
            _, level, on = switches[position]
            (burning.add if on else burning.discard)(level)
            position += 1
        highest = max(burning, default=0)
        if index == 0:
            steps = [(0, highest)]
        elif highest != steps[-1][1]:
            steps.append((index, highest))
    return steps


def _switches(ticks: NDArray[np.int64], condition: Condition, patience: Patience) -> list[tuple[int, bool]]:
    """Where one level goes on and off, alternating, beginning with on."""
    first = int(condition.reached.argmax())  # before the level is first reached it neither begins nor ends
    ticks, reached, held = ticks[first:], condition.reached[first:], condition.held[first:]
    begins = _lasting_starts(ticks, reached, patience.raise_after, patience.raise_count) + first
    ends = (
        _lasting_starts(ticks, ~(held | reached), patience.clear_after, patience.clear_count, patience.keep_for) + first
    )
    switches: list[tuple[int, bool]] = []
    for index, on in sorted([(int(i), True) for i in begins] + [(int(i), False) for i in ends]):
        if on != bool(switches and switches[-1][1]):
            switches.append((index, on))
    return switches


def _lasting_starts(
    ticks: NDArray[np.int64], mask: Mask, at_least: timedelta, count: int, later: timedelta = timedelta()
) -> NDArray[np.int64]:
    """First indices of the runs of True that last `at_least` from first to last instant and hold `count` values.

    With `later`: the first index of each run that is so much after its beginning; runs that end before have none.
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    first, last = edges[::2], edges[1::2] - 1
    lasting = (ticks[last] - ticks[first] >= at_least // _MICROSECOND) & (last - first + 1 >= count)
    starts: NDArray[np.int64] = first[lasting]
    if later:
        starts = np.searchsorted(ticks, ticks[starts] + later // _MICROSECOND, side="left")
        starts = starts[starts <= last[lasting]]
    return starts
