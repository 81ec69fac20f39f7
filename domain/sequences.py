"""What a device's own numbering says of what it sent. Pure.

A device counts its readings up by one for each station and quantity, in the order of sending. Readings come here in the
order of observation, so a stored-and-forwarded one may carry a later number than its neighbours; and a device that lost
its memory begins anew.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

#: A jump ahead of more than this is no loss of so many readings (at one a second they would be more than a day) but another
#: way of counting, or a damaged number.
_LARGEST_LOSS = 100_000


@dataclass(frozen=True, slots=True)
class NumberRun:
    """Numbers `first` to `last`, all there, observed on `day` one after the other; None: before the time asked for.

    `repeats`: how many readings carried a number that another one of the run had already.
    """

    day: date | None
    first: int
    last: int
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class DayNumbers:
    """One day's numbering. `missing`: ranges of numbers, both ends included, that were given and are not there.

    A range that ends on the day is counted on it whole. `restarts`: how often the device began to count anew.
    """

    day: date
    stored: int
    missing: tuple[tuple[int, int], ...] = ()
    restarts: int = 0
    repeats: int = 0

    @property
    def missing_count(self) -> int:
        """How many numbers are missing."""
        return sum(last - first + 1 for first, last in self.missing)

    @property
    def sent(self) -> int:
        """How many readings the device sent, by its own numbers."""
        return self.stored + self.missing_count


@dataclass(slots=True)
class _Count:
    """Numbers that a device gave between two restarts: runs that do not overlap, by their first number."""

    runs: list[NumberRun] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)

    def continues_with(self, run: NumberRun) -> bool:
        """Whether `run` belongs to this count: it repeats nothing, and neither falls back far nor jumps far ahead."""
        if not self.runs:
            return True
        at = bisect_right(self.firsts, run.first)
        repeats_earlier = at > 0 and self.runs[at - 1].last >= run.first
        repeats_later = at < len(self.runs) and self.firsts[at] <= run.last
        falls_back = run.first < self.firsts[0] / 2
        return not (repeats_earlier or repeats_later or falls_back) and run.first <= self.runs[-1].last + _LARGEST_LOSS

    def add(self, run: NumberRun) -> None:
        at = bisect_right(self.firsts, run.first)
        self.runs.insert(at, run)
        self.firsts.insert(at, run.first)


def count_days(runs: Sequence[NumberRun]) -> list[DayNumbers]:
    """What each day's numbers say, for one series; `runs` in the order of observation. Days without a number are left out."""
    days = {run.day: DayNumbers(run.day, 0) for run in runs if run.day is not None}
    missing: dict[date, list[tuple[int, int]]] = {day: [] for day in days}
    restarts = dict.fromkeys(days, 0)
    counts = [_Count()]
    for run in runs:
        if not counts[-1].continues_with(run):
            counts.append(_Count())
            if run.day is not None:
                restarts[run.day] += 1
        counts[-1].add(run)
    for count in counts:
        for before, after in pairwise(count.runs):
            if after.day is not None and after.first > before.last + 1:
                missing[after.day].append((before.last + 1, after.first - 1))
    return [
        DayNumbers(
            day,
            stored=sum(run.last - run.first + 1 for run in runs if run.day == day),
            missing=tuple(sorted(missing[day])),
            restarts=restarts[day],
            repeats=sum(run.repeats for run in runs if run.day == day),
        )
        for day in sorted(days)
    ]
