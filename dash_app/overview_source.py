"""Where an overview is read from: the present, of which only what is new is read, or a past moment as it was known then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from dash_app.heard import ANYTHING, News
from dash_app.snapshot import StationNow
from dash_app.state import Course
from domain.alerts import Alert
from domain.forecasts import LevelForecast
from domain.quantities import QUANTITIES
from domain.readings import QualityFlag
from domain.stations import LIVE_CLOCK, Station
from storage.alerts import active_alerts
from storage.database import Connection
from storage.forecasts import forecasts_of, newest_issues
from storage.histories import Columns, columns
from storage.history import LatestReading, latest
from storage.known import alerts_known, columns_known, forecasts_known, latest_known
from storage.rain import rain_totals
from storage.stations import clock_now, load_stations

#: Totals of rain of gauges that sent nothing are read anew when their clock has gone on by so much.
_RAIN_EVERY = timedelta(minutes=10)

#: Readings by station and quantity.
Histories = Mapping[str, Mapping[str, Columns]]
Leads = Mapping[str, Sequence[LevelForecast]]
Totals = Mapping[str, Mapping[int, float]]
#: An air index and the end of its hour.
Index = tuple[datetime, int]
#: The newest readings by station.
Latest = Mapping[str, list[LatestReading]]


@dataclass
class Memory:
    """What stays between two readings of the present, so that at 5,000 stations each reads only what has come."""

    latest: dict[str, list[LatestReading]] = field(default_factory=dict)
    histories: dict[str, Mapping[str, Columns]] = field(default_factory=dict)
    air: dict[str, tuple[Mapping[str, Columns], Index | None]] = field(default_factory=dict)
    issues: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    leads: dict[str, list[LevelForecast]] = field(default_factory=dict)
    rain: dict[str, dict[int, float]] = field(default_factory=dict)
    rain_at: dict[str, datetime] = field(default_factory=dict)  # by clock: when all were read
    courses: dict[str, tuple[Columns, Course]] = field(default_factory=dict)
    stations: dict[str, tuple[tuple[object, ...], StationNow]] = field(default_factory=dict)
    network: dict[str, Station] = field(default_factory=dict)
    ranks: dict[str, tuple[StationNow, tuple[Any, ...]]] = field(default_factory=dict)

    def rank(self, now: StationNow, worked: Callable[[StationNow], tuple[Any, ...]]) -> tuple[Any, ...]:
        """Where a station stands in an order, worked out once of the same StationNow."""
        kept = self.ranks.get(now.station.id)
        if kept is None or kept[0] is not now:
            kept = self.ranks[now.station.id] = (now, worked(now))
        return kept[1]

    def course(self, station: str, readings: Columns) -> Course:
        """The readings' course, made once of the same readings."""
        kept = self.courses.get(station)
        if kept is None or kept[0] is not readings:
            kept = self.courses[station] = (readings, course(readings))
        return kept[1]

    def standing(self, station: str, known: tuple[object, ...], worked: Callable[[], StationNow]) -> StationNow:
        """What stands there by what is known, worked out once."""
        kept = self.stations.get(station)
        # What is the same is kept by the objects it was read as last: next time most are known by being the same object.
        found = self.stations[station] = (known, worked() if kept is None or kept[0] != known else kept[1])
        return found[1]

    def air_index(
        self, station: str, readings: Mapping[str, Columns], worked: Callable[[], Index | None]
    ) -> Index | None:
        """The index of these readings, worked out once."""
        kept = self.air.get(station)
        if kept is None or kept[0] is not readings:
            kept = self.air[station] = (readings, worked())
        return kept[1]


def course(readings: Columns) -> Course:
    """The course of the values, failed readings left out."""
    good = readings.flags != QualityFlag.FAIL.value
    return Course(at_s=tuple((readings.observed[good] / 1e6).tolist()), values=tuple(readings.values[good].tolist()))


def by_station(readings: Sequence[LatestReading]) -> dict[str, list[LatestReading]]:
    """Readings of known quantities by station."""
    found: dict[str, list[LatestReading]] = {}
    for reading in readings:
        if reading.quantity in QUANTITIES:
            found.setdefault(reading.station, []).append(reading)
    return found


class Source(Protocol):
    """One moment: the present or the past."""

    #: The wall clock of the moment.
    at: datetime
    #: What is known of it from before.
    memory: Memory

    def stations(self) -> Mapping[str, Station]:
        """Every station by id."""

    def clocks(self, readings: Latest, stations: Mapping[str, Station]) -> dict[str, datetime]:
        """What time it is on each clock that has a reading."""

    def latest(self) -> Latest:
        """The newest reading of every series."""

    def histories(self, spans: Mapping[str, tuple[datetime, datetime]]) -> Histories:
        """Readings of each station within its span of observed_at."""

    def rain(self, clock: str, stations: Sequence[str], spans: Mapping[int, datetime], until: datetime) -> Totals:
        """Totals of rain of the gauges of one clock; `spans` gives the start of each."""

    def alerts(self) -> list[Alert]:
        """Warnings in force."""

    def leads(self) -> Leads:
        """The newest forecast of each gauge."""


class Present:
    """As things stand. `news`: what is to be read; the rest is remembered."""

    def __init__(self, connection: Connection, at: datetime, memory: Memory, news: News = ANYTHING) -> None:
        self._connection, self.at, self.memory, self._news = connection, at, memory, news
        self._touched: set[str] = set()

    def stations(self) -> Mapping[str, Station]:
        """Read when the network may have changed."""
        if self._news.network or not self.memory.network:
            self.memory.network = load_stations(self._connection)
        return self.memory.network

    def clocks(self, readings: Latest, stations: Mapping[str, Station]) -> dict[str, datetime]:
        """The wall's on `live`, the newest reading's on any other."""
        del readings, stations
        return clock_now(self._connection, self.at)

    def latest(self) -> Latest:
        """The newest readings; what has changed since last time is noted."""
        named = self._news.stations
        found = by_station(latest(self._connection, None if named is None else sorted(named)))
        self._touched = {name for name, of in found.items() if self.memory.latest.get(name) != of}
        self.memory.latest = found if named is None else self.memory.latest | found
        return self.memory.latest

    def histories(self, spans: Mapping[str, tuple[datetime, datetime]]) -> Histories:
        """Read for stations that sent something; of the others from memory."""
        wanted = {name: span[0] for name, span in spans.items() if name in self._touched or not self._known(name)}
        self.memory.histories |= columns(self._connection, wanted)
        return {name: self.memory.histories[name] for name in spans if name in self.memory.histories}

    def _known(self, name: str) -> bool:
        return name in self.memory.histories

    def rain(self, clock: str, stations: Sequence[str], spans: Mapping[int, datetime], until: datetime) -> Totals:
        """Read for gauges that sent something, and for all when their clock has gone on."""
        read_at = self.memory.rain_at.get(clock)
        whole = read_at is None or until - read_at >= _RAIN_EVERY
        wanted = [name for name in stations if whole or name in self._touched]
        found = rain_totals(self._connection, wanted, spans, until) if wanted else {}
        self.memory.rain |= {name: found.get(name, {}) for name in wanted}
        if whole:
            self.memory.rain_at[clock] = until
        return {name: self.memory.rain.get(name, {}) for name in stations}

    def alerts(self) -> list[Alert]:
        """Every alert that has not ended."""
        return active_alerts(self._connection)

    def leads(self) -> Leads:
        """Read where a new one was made."""
        if self._news.forecasts:
            issues = newest_issues(self._connection)
            changed = {name: issue[0] for name, issue in issues.items() if self.memory.issues.get(name) != issue}
            self.memory.leads |= forecasts_of(self._connection, changed)
            self.memory.issues = issues
        return {name: self.memory.leads.get(name, []) for name in self.memory.issues}


class Past:
    """As things were known at `at`, by when readings came, alerts were decided and forecasts made."""

    def __init__(self, connection: Connection, at: datetime) -> None:
        self._connection, self.at, self.memory = connection, at, Memory()

    def stations(self) -> Mapping[str, Station]:
        """Those of today."""
        return load_stations(self._connection)

    def clocks(self, readings: Latest, stations: Mapping[str, Station]) -> dict[str, datetime]:
        """The moment itself on `live`; on any other clock the newest reading known then."""
        found: dict[str, datetime] = {}
        for name, of in readings.items():
            if name in stations:
                clock, newest = stations[name].clock, max(reading.observed_at for reading in of)
                found[clock] = max(found.get(clock, newest), newest)
        return found | {LIVE_CLOCK: self.at}

    def latest(self) -> Latest:
        """The newest readings of then."""
        return by_station(latest_known(self._connection, self.at))

    def histories(self, spans: Mapping[str, tuple[datetime, datetime]]) -> Histories:
        """Readings as they stood then."""
        return columns_known(self._connection, spans, self.at)

    def rain(self, clock: str, stations: Sequence[str], spans: Mapping[int, datetime], until: datetime) -> Totals:
        """Totals as they were then."""
        del clock
        return rain_totals(self._connection, stations, spans, until, known_at=self.at)

    def alerts(self) -> list[Alert]:
        """The alerts in force then, oldest first."""
        return alerts_known(self._connection, self.at)[::-1]

    def leads(self) -> Leads:
        """The forecasts that had been made by then."""
        return forecasts_known(self._connection, self.at)
