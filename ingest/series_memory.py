"""The quality tests run over series: in order for what arrives in order, again over the neighbourhood of what is late."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.possible import possible_range
from domain.readings import QualityFlag
from domain.stations import Series
from quality.flags import FAIL, PASS, device_status, roll_up
from quality.limits import NEIGHBOUR_CADENCES, SeriesTests, flat_span, needs_history
from quality.streaming import LOOK_BACK, START, Flagged, Point, Trace, gross_range, judge
from storage.history import Newest
from storage.readings import Evidence

#: Most values that are read back to rebuild a trace: more than two days of ten-minute readings.
_LONGEST_HISTORY = 400


class Judged(NamedTuple):
    """The outcome for one reading: its flag as far as it can be known now, and the evidence against it or those before."""

    flag: QualityFlag
    evidence: tuple[Evidence, ...]
    late: bool  # not later than what the trace has: its neighbourhood must be looked at again


_PASSED = Judged(PASS, (), late=False)


def history_length(series: Series) -> int:
    """How many of the newest possible values rebuild the trace of a series."""
    span = flat_span(series.limits)
    longest = 0 if span is None else math.ceil(span / series.cadence)
    return min(longest + LOOK_BACK + 1, _LONGEST_HISTORY)


def neighbourhood(series: Series, times: Sequence[datetime]) -> tuple[datetime, datetime]:
    """The span of observed_at whose tests may change, and need reading back, when values at `times` come late."""
    reach = (flat_span(series.limits) or timedelta(0)) + 2 * LOOK_BACK * NEIGHBOUR_CADENCES * series.cadence
    return min(times) - reach, max(times) + reach


class SeriesMemory:
    """Traces of series by number. Changes are kept aside until the transaction that rests on them has committed."""

    def __init__(self) -> None:
        self._traces: dict[int, Trace] = {}
        self._tests: dict[int, SeriesTests] = {}

    def missing(self, wanted: Mapping[int, Series]) -> dict[int, Newest]:
        """Which values of which series are needed before `Judgement` can judge them."""
        return {
            number: Newest(history_length(series), *possible_range(series))
            for number, series in wanted.items()
            if number not in self._traces and needs_history(series.limits)
        }

    def trace(self, number: int) -> Trace:
        """What is known of a series."""
        return self._traces.get(number, START)

    def tests(self, number: int, series: Series) -> SeriesTests:
        """The limits of a series, made ready once."""
        known = self._tests.get(number)
        if known is None or known.series is not series:
            known = self._tests[number] = SeriesTests(series)
        return known

    def keep(self, traces: Mapping[int, Trace], forget: Sequence[int]) -> None:
        """Take over what a committed transaction found; forget series whose past has changed."""
        self._traces.update(traces)
        for number in forget:
            self._traces.pop(number, None)


class Judgement:
    """The judging of one batch: starts from the memory and leaves its traces as they are."""

    def __init__(self, memory: SeriesMemory, history: Mapping[int, Sequence[tuple[datetime, float]]]) -> None:
        self._memory = memory
        self._history = history
        self.traces: dict[int, Trace] = {}

    def judge(self, number: int, series: Series, point: Point, status: str | None) -> Judged:
        """One reading; those of a series in order of observed_at."""
        at, value = point
        tests = self._memory.tests(number, series)
        if not tests.remembers:
            return _alone(number, tests, point, status, late=False)
        trace = self.traces.get(number)
        if trace is None:
            trace = self._start(number, tests)
        at_s = at.timestamp()
        if at_s <= trace.newest_s:
            return _alone(number, tests, point, status, late=True)
        found, self.traces[number] = judge(tests, trace, at_s, at, value)
        if not found and status is None:
            return _PASSED
        own = [one.flag for one in found if one.at == at]
        said = device_status(status)
        return Judged(roll_up((PASS, said, *own)), (*_against(number, found), *_said(number, point, said)), late=False)

    def _start(self, number: int, tests: SeriesTests) -> Trace:
        trace = self._memory.trace(number)
        for at, value in self._history.get(number, ()):
            trace = judge(tests, trace, at.timestamp(), at, value)[1]
        return trace


def _alone(number: int, tests: SeriesTests, point: Point, status: str | None, *, late: bool) -> Judged:
    flag, said = gross_range(tests, point.value), device_status(status)
    found = () if flag is PASS else (Flagged(*point, "gross_range", flag),)
    return Judged(roll_up((flag, said)), (*_against(number, found), *_said(number, point, said)), late)


def judge_again(number: int, series: Series, values: Sequence[tuple[datetime, float]]) -> list[Evidence]:
    """The evidence of the tests over a stretch of stored values, oldest first.

    The rates of its first few are left out: what came before the stretch is not known.
    """
    tests, trace, found = SeriesTests(series), START, list[Flagged]()
    for place, (at, value) in enumerate(values):
        flagged, trace = judge(tests, trace, at.timestamp(), at, value)
        found += [one for one in flagged if place >= LOOK_BACK - 1 or one.test != "rate_of_change"]
    return list(_against(number, found))


def _said(number: int, point: Point, said: QualityFlag) -> tuple[Evidence, ...]:
    return tuple(_against(number, [Flagged(*point, "device_status", said)] if said is FAIL else []))


def _against(number: int, found: Iterable[Flagged]) -> Iterable[Evidence]:
    return (Evidence(series_id=number, observed_at=f.at, test=f.test, flag=f.flag, value=f.value) for f in found)
