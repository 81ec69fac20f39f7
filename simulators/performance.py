"""What the devices of an exercise send and when: a nature's values, with the exercise's faults put into them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import numpy as np

from domain.exercise import SILENCES, Exercise, Fault, FaultKind
from domain.quantities import QUANTITIES
from domain.stations import Series, Station, StationKind
from simulators.devices import Sample, delay_s
from simulators.field.faults import FaultKind as FieldKind
from simulators.field.truth import InjectedFault, RunFacts, SentSeries, Truth
from simulators.noise import Integers, key_of, normal
from simulators.terrain import Floats

#: One reading of so many is a spike while a gauge has spikes: once an hour at ten minutes.
_SPIKE_EVERY = 6
_CENTIMETRES = 100.0
#: How a gauge that was told to be off takes hold of its own value: none of these kinds reads the water any more.
_FROZEN = frozenset({FaultKind.FLAT, FaultKind.ZERO})


class Nature(Protocol):
    """What the world does: the value at any station and time, the same for the same question."""

    def values(self, station: str, quantity: str, at_s: Integers) -> Floats:
        """The values at these times (seconds since 1970), as the station's logger would round them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """Samples of one series that leave together at `due_s`, seconds since 1970 on the exercise's clock."""

    due_s: float
    samples: tuple[Sample, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Injected:
    """What one fault did: the times of the readings it changed, or kept from being sent in time."""

    fault: Fault
    quantity: str
    observed_s: tuple[int, ...]


#: Of what models learn from: rain as often as it was measured, for it adds up, all else once an hour.
_LEARNT_S = 3600


class Performance:
    """All devices of a network over a nature, with the faults of one exercise."""

    def __init__(self, stations: Sequence[Station], nature: Nature, exercise: Exercise) -> None:
        self._stations, self._nature, self._exercise = tuple(stations), nature, exercise
        self._faults = {(fault.station, quantity_of(fault, self._stations)): list[Fault]() for fault in exercise.fault}
        for fault in exercise.fault:
            self._faults[fault.station, quantity_of(fault, self._stations)].append(fault)

    def history(self, after_s: int, until_s: int) -> Iterator[Sending]:
        """Everything measured after `after_s` and until `until_s`, one bundle a series; no faults yet."""
        for station, series in self._series():
            times = _marks(series, after_s, until_s)
            if len(times):
                values = self._nature.values(station.id, series.quantity, times)
                yield Sending(due_s=until_s, samples=_samples(station, series, times, values))

    def earlier(self, past: Nature, after_s: int, until_s: int) -> Iterator[Sending]:
        """What rivers, reservoirs and rain gauges measured in an earlier season, which `past` knows."""
        for station, series in self._series():
            if station.kind not in (StationKind.RIVER, StationKind.RESERVOIR, StationKind.RAIN):
                continue
            times = _marks(series, after_s, until_s)
            if station.kind is not StationKind.RAIN:
                times = times[times % _LEARNT_S == 0]
            if len(times):
                values = past.values(station.id, series.quantity, times)
                yield Sending(due_s=until_s, samples=_samples(station, series, times, values))

    def live(self, after_s: int, until_s: int) -> list[Sending]:
        """Everything that is measured, or comes back, in the span, in the order in which it leaves."""
        found = [sending for pair in self._series() for sending in self._of_series(*pair, after_s, until_s)]
        return sorted(found, key=lambda sending: sending.due_s)

    def injected(self, after_s: int, until_s: int) -> list[Injected]:
        """The truth about every fault, as far as it lies in the span."""
        return [
            Injected(fault=fault, quantity=series.quantity, observed_s=self._touched(fault, series, after_s, until_s))
            for station, series in self._series()
            for fault in self._faults.get((station.id, series.quantity), ())
        ]

    def measured(self, after_s: int, until_s: int) -> int:
        """How many readings the devices make in the span, sent or not."""
        return sum(len(_marks(series, after_s, until_s)) for _, series in self._series())

    def sent(self, from_s: int, begins_s: int, until_s: int) -> Iterator[tuple[str, str, int, int]]:
        """Station, quantity, how many readings it made in (from_s, until_s], and how many it lost from `begins_s` on."""
        for station, series in self._series():
            lost: set[int] = set()
            for fault in self._faults.get((station.id, series.quantity), ()):
                back = fault.kind is FaultKind.DELAYED and fault.ends.timestamp() <= until_s
                if fault.kind in SILENCES and not back:
                    lost.update(self._touched(fault, series, begins_s, until_s))
            yield station.id, series.quantity, len(_marks(series, from_s, until_s)), len(lost)

    def _series(self) -> Iterator[tuple[Station, Series]]:
        return ((station, series) for station in self._stations for series in station.series)

    def _of_series(self, station: Station, series: Series, after_s: int, until_s: int) -> Iterator[Sending]:
        times = _marks(series, after_s, until_s)
        faults = self._faults.get((station.id, series.quantity), ())
        for fault in faults:
            if fault.kind in SILENCES:
                times = times[~_within(times, fault)]
        for sample in self._read(station, series, times):
            yield Sending(due_s=sample.at_s + delay_s(self._exercise.seed, station.id, sample.at_s), samples=(sample,))
        for fault in faults:
            back_s = fault.ends.timestamp()
            if fault.kind is FaultKind.DELAYED and after_s < back_s <= until_s:
                kept = _marks(series, round(fault.begins.timestamp()) - 1, round(back_s) - 1)
                if len(kept):
                    yield Sending(due_s=back_s, samples=self._read(station, series, kept))

    def _read(self, station: Station, series: Series, times: Integers) -> tuple[Sample, ...]:
        """What the sensor says, faults and all."""
        if not len(times):
            return ()
        values = self._nature.values(station.id, series.quantity, times)
        for fault in self._faults.get((station.id, series.quantity), ()):
            if fault.kind not in SILENCES:
                values = self._spoilt(values, times, station, series, fault)
        return _samples(station, series, times, values)

    def _spoilt(self, values: Floats, times: Integers, station: Station, series: Series, fault: Fault) -> Floats:
        touched = np.isin(times, self._touched(fault, series, int(times[0]) - 1, int(times[-1])))
        result = values.copy()
        result[touched] = self._wrong(values[touched], times[touched], station, series, fault)
        return np.round(result, QUANTITIES[series.quantity].decimals)

    def _wrong(self, good: Floats, times: Integers, station: Station, series: Series, fault: Fault) -> Floats:
        """What a faulty sensor says in place of `good`."""
        amount = fault.amount or 0.0
        if fault.kind in _FROZEN:
            return np.full_like(good, self._frozen(station, series, fault))
        if fault.kind is FaultKind.UNIT:
            return good * _CENTIMETRES
        if fault.kind is FaultKind.NOISE:
            return good + amount * normal(key_of(self._exercise.seed, station.id, "fault"), times)
        if fault.kind is FaultKind.DRIFT:
            begins_s, ends_s = fault.begins.timestamp(), fault.ends.timestamp()
            return good + amount * (times - begins_s) / (ends_s - begins_s)
        return good + amount

    def _frozen(self, station: Station, series: Series, fault: Fault) -> float:
        if fault.kind is FaultKind.ZERO:
            return 0.0
        first = _marks(series, round(fault.begins.timestamp()) - 1, round(fault.ends.timestamp()))[:1]
        return float(self._nature.values(station.id, series.quantity, first)[0])

    @staticmethod
    def _touched(fault: Fault, series: Series, after_s: int, until_s: int) -> tuple[int, ...]:
        times = _marks(series, after_s, until_s)
        times = times[_within(times, fault)]
        if fault.kind is FaultKind.SPIKE:
            times = times[(times // _cadence_s(series)) % _SPIKE_EVERY == _SPIKE_EVERY // 2]
        return tuple(int(at) for at in times)


def quantity_of(fault: Fault, stations: Sequence[Station]) -> str:
    """The quantity that a fault is about: its own, or the first that its station measures."""
    if fault.quantity is not None:
        return fault.quantity
    return next(station.series[0].quantity for station in stations if station.id == fault.station)


def _within(times: Integers, fault: Fault) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    within: np.ndarray[tuple[int], np.dtype[np.bool_]] = (times >= fault.begins.timestamp()) & (
        times < fault.ends.timestamp()
    )
    return within


def _cadence_s(series: Series) -> int:
    return max(round(series.cadence.total_seconds()), 1)


def _marks(series: Series, after_s: int, until_s: int) -> Integers:
    """Multiples of the series' cadence in (after_s, until_s]."""
    cadence = _cadence_s(series)
    return np.arange((after_s // cadence + 1) * cadence, until_s + 1, cadence, dtype=np.int64)


def _samples(station: Station, series: Series, times: Integers, values: Floats) -> tuple[Sample, ...]:
    return tuple(
        Sample(station=station.id, quantity=series.quantity, at_s=int(at), value=float(value))
        for at, value in zip(times, values, strict=True)
    )


def epoch(at: datetime) -> int:
    """Whole seconds since 1970."""
    return round(at.timestamp())


#: Kinds of an exercise's file that the field's truth calls otherwise.
_FIELD_KINDS = {FaultKind.DROWNED: "flooded_out", FaultKind.DELAYED: "silent"}


def truth_of(performance: Performance, facts: RunFacts, begins_s: int) -> Truth:
    """What was played of `performance`, in the words by which fleets are scored; faults begin at `begins_s`."""
    from_s, until_s = epoch(facts.starts), epoch(facts.ends)
    injected = performance.injected(begins_s, until_s)
    return Truth(
        run=facts,
        faults=tuple(_injected(number, each) for number, each in enumerate(injected, 1) if each.observed_s),
        series=tuple(
            SentSeries(
                station=station, quantity=quantity, measured=measured, sent=measured - lost, lost=lost, unreadable=0
            )
            for station, quantity, measured, lost in performance.sent(from_s, begins_s, until_s)
        ),
    )


def _injected(number: int, each: Injected) -> InjectedFault:
    return InjectedFault(
        id=f"{number:02d}",
        station=each.fault.station,
        quantity=each.quantity,
        kind=FieldKind(_FIELD_KINDS.get(each.fault.kind, each.fault.kind.value)),
        first=datetime.fromtimestamp(each.observed_s[0], UTC),
        last=datetime.fromtimestamp(each.observed_s[-1], UTC),
        readings=len(each.observed_s),
        size=each.fault.amount or 0.0,
    )
