"""Which samples leave the devices in a span of time: on time, late in one pack after an outage, or never."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from domain.stations import Series, Station
from simulators.devices import Sample
from simulators.faults import Outage, outages
from simulators.field.sensing import marks_of
from simulators.noise import Integers
from simulators.scenario import Scenario


@dataclass(frozen=True, kw_only=True, slots=True)
class Transmission:
    """Samples of one series that leave together. `at_s` is when the newest was measured or the outage ended."""

    at_s: float
    samples: tuple[Sample, ...]


class Fleet:
    """All devices of a network over a scenario."""

    def __init__(self, stations: Sequence[Station], scenario: Scenario, seed: int) -> None:
        self._stations, self._scenario, self._seed = tuple(stations), scenario, seed
        self._outages: dict[int, tuple[Outage, ...]] = {}

    def series(self) -> Iterator[tuple[Station, Series]]:
        """Every series of the fleet."""
        return ((station, series) for station in self._stations for series in station.series)

    def history(self, after_s: int, until_s: int) -> Iterator[Transmission]:
        """Per series, everything that leaves after `after_s` and until `until_s`, in one bundle in order of measurement."""
        silences = self._outages_between(after_s, until_s)
        for station, series in self.series():
            times = np.concatenate(
                [
                    self._measured_on_time(station, series, after_s, until_s, silences),
                    *(times for _, times in self._ended(station, series, after_s, until_s, silences)),
                ]
            )
            if len(times):
                yield Transmission(at_s=until_s, samples=self._samples(station, series, np.sort(times)))

    def live(self, after_s: int, until_s: int) -> list[Transmission]:
        """Everything that leaves in the span, one sample at a time and packs after outages, in order of time."""
        silences = self._outages_between(after_s, until_s)
        found: list[Transmission] = []
        for station, series in self.series():
            on_time = self._samples(
                station, series, self._measured_on_time(station, series, after_s, until_s, silences)
            )
            found += (Transmission(at_s=sample.at_s, samples=(sample,)) for sample in on_time)
            for ends_s, times in self._ended(station, series, after_s, until_s, silences):
                if len(times):
                    found.append(Transmission(at_s=ends_s, samples=self._samples(station, series, times)))
        return sorted(found, key=lambda transmission: transmission.at_s)

    def _samples(self, station: Station, series: Series, times: Integers) -> tuple[Sample, ...]:
        values = self._scenario.values(station.id, series.quantity, times)
        return tuple(
            Sample(station=station.id, quantity=series.quantity, at_s=int(at), value=float(value))
            for at, value in zip(times, values, strict=True)
        )

    @staticmethod
    def _measured_on_time(
        station: Station, series: Series, after_s: int, until_s: int, silences: Sequence[Outage]
    ) -> Integers:
        times = marks_of(series, after_s + 1, until_s + 1)
        for outage in silences:
            if outage.station == station.id:
                times = times[(times < outage.starts_s) | (times >= outage.ends_s)]
        return times

    @staticmethod
    def _ended(
        station: Station, series: Series, after_s: int, until_s: int, silences: Sequence[Outage]
    ) -> Iterator[tuple[int, Integers]]:
        """The stored readings of outages that end in the span."""
        for outage in silences:
            if outage.station == station.id and outage.stored and after_s < outage.ends_s <= until_s:
                yield outage.ends_s, marks_of(series, outage.starts_s, outage.ends_s)

    def _outages_between(self, after_s: int, until_s: int) -> list[Outage]:
        """Outages of the storms that the span touches; an outage never reaches into another storm's time."""
        first, last = self._scenario.storm_number(after_s), self._scenario.storm_number(until_s)
        return [outage for number in range(first, last + 1) for outage in self._of_storm(number)]

    def _of_storm(self, number: int) -> tuple[Outage, ...]:
        if number not in self._outages:
            flood_s = self._scenario.begins_s(number) + round(
                self._scenario.storm_run(number).level_crossing_h() * 3600
            )
            self._outages[number] = outages(self._stations, self._seed, number, flood_s)
        return self._outages[number]
