"""What the devices of a fleet measure: nature's values, by their own clocks, with the faults of their sensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from domain.exercise import FaultKind
from domain.quantities import QUANTITIES
from domain.stations import Series, Station
from simulators.field.faults import MAINTENANCE, QUIET, SENSOR_FAULTS, Fault
from simulators.field.traits import Traits
from simulators.nature import Nature
from simulators.noise import Integers, key_of, normal, uniform
from simulators.sensor_faults import misread
from simulators.terrain import Floats


class Sensed(NamedTuple):
    """One value at one mark of the cadence. `at_s`: seconds since 1970 by the device's clock; `spoken`: False: not made."""

    quantity: str
    at_s: int
    value: float
    battery_v: float
    spoken: bool
    faults: tuple[str, ...]  # ids of what touched it


class Sensing:
    """A pure function of nature, faults, traits and seed: asked again, it says the same again."""

    def __init__(
        self,
        nature: Nature,
        faults: Sequence[Fault],
        traits: Mapping[str, Traits],
        *,
        seed: int,
        span: tuple[datetime, datetime],
    ) -> None:
        self._nature, self._traits, self._seed = nature, traits, seed
        self._begins_s, self._ends_s = (int(time.timestamp()) for time in span)  # nature may know nothing outside
        self._faults: dict[str, list[Fault]] = {}
        for fault in faults:
            self._faults.setdefault(fault.station, []).append(fault)
        self._frozen: dict[tuple[str, str], float] = {}
        self._drowned: dict[str, float] = {}

    def sensed(self, station: Station, series: Series, from_s: int, before_s: int) -> Iterator[tuple[int, Sensed]]:
        """What is measured at the marks in [from_s, before_s), by mark."""
        marks = marks_of(series, from_s, before_s)
        values = np.array(self._nature.values(station.id, series.quantity, marks)) if len(marks) else np.empty(0)
        traits = self._traits[station.id]
        jitter = traits.jitter_s * uniform(key_of(self._seed, station.id, "jitter"), marks)
        errors = traits.clock_error_s(marks.astype(np.float64))
        volts, spoken = traits.volts(self._seed, marks), np.ones(len(marks), dtype=bool)
        touched: list[tuple[str, ...]] = [()] * len(marks)
        for fault in self._faults.get(station.id, []):
            if fault.quantity in (None, series.quantity):
                where = self._where(fault, station, series, marks)
                if where.any():
                    touched = [(*t, fault.id) if here else t for t, here in zip(touched, where.tolist(), strict=True)]
                    spoken &= ~(where & _quiet(fault, marks))
                    if fault.kind is FaultKind.CLOCK_SKEW:
                        errors[where] += fault.size
                    elif fault.kind in SENSOR_FAULTS:
                        values[where] = self._misread(fault, series, marks[where], values[where])
        stamps = np.round(marks + jitter + errors).astype(np.int64)
        for mark_s, *one in zip(
            marks.tolist(), stamps.tolist(), values.tolist(), volts.tolist(), spoken.tolist(), touched, strict=True
        ):
            yield mark_s, Sensed(series.quantity, *one)

    def _where(self, fault: Fault, station: Station, series: Series, marks: Integers) -> np.ndarray:
        starts_s, ends_s = fault.span_s
        if fault.kind is FaultKind.SPIKE:
            ends_s = starts_s + series.cadence.total_seconds()
        elif fault.kind is FaultKind.FLOODED_OUT:
            starts_s = self._peak_s(fault, station) + 1.0
        where: np.ndarray = (marks >= starts_s) & (marks < ends_s)
        return where

    def _peak_s(self, fault: Fault, station: Station) -> float:
        """When the highest level of the first half of the fault is measured: the last that a drowning gauge says."""
        if fault.id not in self._drowned:
            series = station.series_of("water_level") or station.series[0]
            starts_s, ends_s = map(int, fault.span_s)
            marks = marks_of(series, max(starts_s, self._begins_s), min((starts_s + ends_s) // 2, self._ends_s + 1))
            values = self._nature.values(station.id, series.quantity, marks)
            self._drowned[fault.id] = float(marks[int(np.argmax(values))]) if len(marks) else fault.span_s[0]
        return self._drowned[fault.id]

    def _misread(self, fault: Fault, series: Series, marks: Integers, good: Floats) -> Floats:
        """What the sensor says instead of good values while it has the fault."""
        starts_s, ends_s = fault.span_s
        wrong = misread(
            good,
            SENSOR_FAULTS[fault.kind],
            fault.size,
            progress=((marks - starts_s) / (ends_s - starts_s)).astype(np.float64),
            frozen=self._frozen_at(fault, series),
            bell=normal(key_of(self._seed, fault.id, "bell"), marks),
        )
        return np.round(wrong, QUANTITIES[series.quantity].decimals)

    def _frozen_at(self, fault: Fault, series: Series) -> float:
        key = (fault.id, series.quantity)
        if key not in self._frozen:
            starts_s = max(int(np.ceil(fault.span_s[0])), self._begins_s)
            first = marks_of(series, starts_s, starts_s + 2 * int(series.cadence.total_seconds()))[:1]
            self._frozen[key] = float(self._nature.values(fault.station, series.quantity, first)[0])
        return self._frozen[key]


def _quiet(fault: Fault, marks: Integers) -> np.ndarray:
    """Where the device says nothing, within the fault."""
    if fault.kind is FaultKind.BIAS:
        quiet: np.ndarray = marks < fault.span_s[0] + min(MAINTENANCE, (fault.ends - fault.starts) / 2) / timedelta(
            seconds=1
        )
        return quiet
    return np.full(len(marks), fault.kind in QUIET)


def marks_of(series: Series, from_s: int, before_s: int) -> Integers:
    """Multiples of the series' cadence in [from_s, before_s), seconds since 1970."""
    cadence_s = max(round(series.cadence.total_seconds()), 1)
    return np.arange(-(-from_s // cadence_s) * cadence_s, before_s, cadence_s, dtype=np.int64)
