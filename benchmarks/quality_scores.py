"""How well the quality tests find faults: scores of flags against what is known to be wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from domain.stations import Series, Station, StationKind
from quality.flags import FAIL, SUSPECT
from quality.hourly_evidence import hourly_evidence
from quality.hours import Hourly, hour_means, hours_wanted, wanted_series
from quality.later import Found, later_evidence
from quality.neighbours import level_neighbours
from simulators.noise import Integers
from simulators.scenario import Scenario
from simulators.sensor_faults import LEVEL_FAULTS, SensorFault, inject
from simulators.storm import PERIOD_H
from simulators.terrain import Floats

LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


def frame(at_s: Integers, values: Floats) -> pd.DataFrame:
    """Readings as the store gives them; all passed so far. What is not a number was not measured."""
    there = ~np.isnan(values)
    return pd.DataFrame(
        {
            "observed_at": pd.to_datetime(at_s[there] * 1_000_000, unit="us", utc=True),
            "value": values[there],
            "flag": np.ones(int(there.sum()), dtype="int16"),
        }
    )


def flags_of(found: Sequence[Found], name: tuple[str, str], at_s: Integers) -> np.ndarray:
    """The worst flag of each reading, 1 where nothing is held against it. A missing one is not a reading."""
    flags = np.ones(len(at_s), dtype=np.int8)
    for one in found:
        if one.name == name and one.flagged.flag in (SUSPECT, FAIL):
            place = int(np.searchsorted(at_s, round(one.flagged.at.timestamp())))
            flags[place] = max(flags[place], int(one.flagged.flag))
    return flags


@dataclass(frozen=True, kw_only=True)
class Past:
    """What all river gauges and reservoirs of a network measured by the hour, for weeks before a storm and through it."""

    stations: Mapping[str, Station]
    first_h: int
    storm_h: int
    hourly: Mapping[tuple[str, str], Hourly]

    def drifts(self, name: str, frame: pd.DataFrame) -> list[Found]:
        """What the drift test finds of one gauge as the job does, day after day, knowing nothing of what comes after."""
        series, before = (name, "water_level"), hours_wanted(0)
        past = self.hourly[series].seen[:before]
        seen = np.concatenate([past, hour_means(frame, self.first_h + before, self.storm_h)])
        found: list[Found] = []
        for until in range(before + 24, before + self.storm_h + 1, 24):
            first = until - hours_wanted(24)
            known = {other: Hourly(*(hours[first:until] for hours in one)) for other, one in self.hourly.items()}
            known[series] = Hourly(seen[first:until], seen[first:until])
            frames = {name: {"water_level": frame}}
            found += hourly_evidence(self.stations, known, self.first_h + first, 24, frames)
        return found


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """One series with good values, and what its neighbours measured."""

    station: Station
    series: Series
    at_s: Integers
    values: Floats
    neighbours: Mapping[str, tuple[Station, pd.DataFrame]] = field(default_factory=dict)
    others: Past | None = None

    def flags(self, values: Floats | None = None) -> np.ndarray:
        """The flags of its values, or of others in their place."""
        own = replace(self.station, series=(self.series,))
        stations = {own.id: own} | {name: other for name, (other, _) in self.neighbours.items()}
        mine = frame(self.at_s, self.values if values is None else values)
        frames = {own.id: {self.series.quantity: mine}}
        frames |= {name: {self.series.quantity: theirs} for name, (_, theirs) in self.neighbours.items()}
        found = later_evidence(stations, frames, LONG_AGO)
        if self.others is not None:
            failed = {one.flagged.at for one in found if one.name[0] == own.id and one.flagged.flag is FAIL}
            found += self.others.drifts(own.id, mine[~mine["observed_at"].isin(failed)])
        return flags_of(found, (own.id, self.series.quantity), self.at_s)


@dataclass(frozen=True, kw_only=True)
class Score:
    """Counted in readings. `delays_h`: of each fault that was found, hours to its first flag."""

    faulty: int
    flagged: int
    right: int
    failed_good: int
    good: int
    faults: int = 0
    found: int = 0
    delays_h: tuple[float, ...] = ()

    def __add__(self, other: Score) -> Score:
        return Score(
            faulty=self.faulty + other.faulty,
            flagged=self.flagged + other.flagged,
            right=self.right + other.right,
            failed_good=self.failed_good + other.failed_good,
            good=self.good + other.good,
            faults=self.faults + other.faults,
            found=self.found + other.found,
            delays_h=self.delays_h + other.delays_h,
        )

    @property
    def precision(self) -> float:
        """Share of flagged readings that are faulty."""
        return self.right / self.flagged if self.flagged else float("nan")

    @property
    def recall(self) -> float:
        """Share of faulty readings that are flagged."""
        return self.right / self.faulty if self.faulty else float("nan")

    @property
    def suspect_good_per_10000(self) -> float:
        """Good readings that are flagged, suspect or fail."""
        return 1e4 * (self.flagged - self.right) / self.good if self.good else float("nan")

    @property
    def failed_good_per_10000(self) -> float:
        """Good readings that are failed."""
        return 1e4 * self.failed_good / self.good if self.good else float("nan")


def score(
    flags: np.ndarray, faulty: np.ndarray, spans: Sequence[tuple[int, int]] = (), cadence_h: float = 1.0
) -> Score:
    """`flags` against the truth. A fault is found when a flag stands on one of its readings."""
    flagged = flags >= int(SUSPECT)
    firsts = [np.flatnonzero(flagged[a : b + 1]) for a, b in spans]
    delays = tuple(float(places[0]) * cadence_h for places in firsts if len(places))
    return Score(
        faulty=int(faulty.sum()),
        flagged=int(flagged.sum()),
        right=int((flagged & faulty).sum()),
        failed_good=int(((flags == int(FAIL)) & ~faulty).sum()),
        good=int((~faulty).sum()),
        faults=len(spans),
        found=len(delays),
        delays_h=delays,
    )


def injected_scores(
    gauge: Gauge, chance: np.random.Generator, times: int, without: Sequence[SensorFault] = ()
) -> dict[SensorFault, Score]:
    """Each kind of fault put into a copy of good values, one at a time, so many times; `without` some kinds."""
    cadence_h = gauge.series.cadence / timedelta(hours=1)
    found: dict[SensorFault, Score] = {}
    for kind, size in LEVEL_FAULTS.items():
        for _ in range(0 if kind in without else times):
            faulty, where = inject(gauge.values, kind, size, cadence_h, chance)
            changed = np.zeros(len(faulty), dtype=bool)
            changed[where.first : where.last + 1] = True
            one = score(gauge.flags(faulty), changed, [(where.first, where.last)], cadence_h)
            found[kind] = found[kind] + one if kind in found else one
    return found


def storm_gauges(stations: Mapping[str, Station], seed: int, begins_s: int) -> list[Gauge]:
    """Every river gauge over one storm of the simulator, with the gauges next upstream and downstream, and the past of all."""
    scenario = Scenario(list(stations.values()), seed, begins_s)
    others = _past(stations, scenario, begins_s)
    alone: dict[str, Gauge] = {}
    for station in stations.values():
        series = station.series_of("water_level")
        if series is not None and station.kind is StationKind.RIVER:
            at_s = np.arange(begins_s, begins_s + round(PERIOD_H * 3600), int(series.cadence.total_seconds()))
            values = scenario.values(station.id, "water_level", at_s)
            alone[station.id] = Gauge(station=station, series=series, at_s=at_s, values=values, others=others)
    around = level_neighbours(stations)
    return [replace(gauge, neighbours=_known(alone, around[name])) for name, gauge in alone.items()]


def _past(stations: Mapping[str, Station], scenario: Scenario, begins_s: int) -> Past:
    first_h = begins_s // 3600 - hours_wanted(0)
    storm_h = round(PERIOD_H)
    at_s = np.arange(first_h * 3600, (begins_s // 3600 + storm_h) * 3600, 600)
    hourly = {}
    for name, quantity in wanted_series(stations):
        means = scenario.values(name, quantity, at_s).reshape(-1, 6).mean(axis=1)
        hourly[name, quantity] = Hourly(means, means)
    return Past(stations=stations, first_h=first_h, storm_h=storm_h, hourly=hourly)


def _known(gauges: Mapping[str, Gauge], around: Sequence[tuple[str, float]]) -> dict[str, tuple[Station, pd.DataFrame]]:
    others = [gauges[name] for name, _ in around if name in gauges]
    return {other.station.id: (other.station, frame(other.at_s, other.values)) for other in others}
