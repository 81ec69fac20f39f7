"""The quality tests run over series: in order for what arrives in order, again over the neighbourhood of what is late."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.quantities import QUANTITIES
from domain.readings import QualityFlag
from domain.stations import Series
from ingest.quality import (
    NEIGHBOUR_CADENCES,
    Point,
    Trace,
    Verdict,
    device_status,
    flat_span,
    gross_range,
    judge,
    needs_history,
    roll_up,
)
from storage.readings import Evidence

#: Most values that are read back to rebuild a trace: a day of five-minute readings and more.
_LONGEST_HISTORY = 400
_NOT_A_FLAW = (QualityFlag.PASS, QualityFlag.NOT_EVALUATED)


class Judged(NamedTuple):
    """The outcome for one reading: its flag as far as it can be known now, and the evidence against it."""

    flag: QualityFlag
    evidence: tuple[Evidence, ...]
    late: bool  # not later than what the trace has: its neighbourhood must be looked at again


def history_length(series: Series) -> int:
    """How many of the newest values rebuild the trace of a series."""
    span = flat_span(series.limits)
    longest = 0 if span is None else math.ceil(span / series.cadence)
    return min(longest + 3, _LONGEST_HISTORY)


def neighbourhood(series: Series, times: Sequence[datetime]) -> tuple[datetime, datetime]:
    """The span of observed_at whose tests may change, and need reading back, when values at `times` come late."""
    reach = (flat_span(series.limits) or timedelta(0)) + 2 * NEIGHBOUR_CADENCES * series.cadence
    return min(times) - reach, max(times) + reach


class SeriesMemory:
    """Traces of series by number. Changes are kept aside until the transaction that rests on them has committed."""

    def __init__(self) -> None:
        self._traces: dict[int, Trace] = {}

    def missing(self, wanted: Mapping[int, Series]) -> dict[int, int]:
        """How many values of which series are needed before `Judgement` can judge them."""
        return {
            number: history_length(series)
            for number, series in wanted.items()
            if number not in self._traces and needs_history(series.limits)
        }

    def trace(self, number: int) -> Trace:
        """What is known of a series."""
        return self._traces.get(number, Trace())

    def keep(self, traces: Mapping[int, Trace], forget: Sequence[int]) -> None:
        """Take over what a committed transaction found; forget series whose past has changed."""
        self._traces.update(traces)
        for number in forget:
            self._traces.pop(number, None)


class Judgement:
    """The judging of one batch: starts from the memory and leaves it as it is."""

    def __init__(self, memory: SeriesMemory, history: Mapping[int, Sequence[tuple[datetime, float]]]) -> None:
        self._memory = memory
        self._history = history
        self.traces: dict[int, Trace] = {}

    def judge(self, number: int, series: Series, point: Point, status: str | None) -> Judged:
        """One reading; those of a series in order of observed_at."""
        said = device_status(status)
        if not needs_history(series.limits):
            return self._alone(number, series, point, said, late=False)
        trace = self.traces.get(number) or self._start(number, series)
        if trace.newest is not None and point.at <= trace.newest:
            return self._alone(number, series, point, said, late=True)
        verdict = _judge(trace, series, point)
        self.traces[number] = verdict.trace
        evidence = (
            *_against(number, point.at, {**verdict.tests, "device_status": said}),
            *_spike(number, trace, verdict),
        )
        return Judged(roll_up((*verdict.tests.values(), said)), evidence, late=False)

    def _start(self, number: int, series: Series) -> Trace:
        trace = self._memory.trace(number)
        for at, value in self._history.get(number, ()):
            trace = _judge(trace, series, Point(at, value)).trace
        return trace

    @staticmethod
    def _alone(number: int, series: Series, point: Point, said: QualityFlag, *, late: bool) -> Judged:
        tests = {
            "gross_range": gross_range(point.value, QUANTITIES[series.quantity], series.limits),
            "device_status": said,
        }
        return Judged(roll_up(tests.values()), _against(number, point.at, tests), late)


def judge_again(number: int, series: Series, values: Sequence[tuple[datetime, float]]) -> list[Evidence]:
    """The evidence of the tests over a stretch of stored values, oldest first."""
    trace, found = Trace(), []
    for at, value in values:
        verdict = _judge(trace, series, Point(at, value))
        found += [*_against(number, at, verdict.tests), *_spike(number, trace, verdict)]
        trace = verdict.trace
    return found


def _judge(trace: Trace, series: Series, point: Point) -> Verdict:
    return judge(trace, point, QUANTITIES[series.quantity], series.limits, series.cadence)


def _spike(number: int, trace: Trace, verdict: Verdict) -> tuple[Evidence, ...]:
    return () if trace.last is None else _against(number, trace.last.at, {"spike": verdict.spike_of_last})


def _against(number: int, at: datetime, tests: Mapping[str, QualityFlag]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(series_id=number, observed_at=at, test=name, flag=flag)
        for name, flag in tests.items()
        if flag not in _NOT_A_FLAW
    )
