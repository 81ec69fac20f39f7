"""Reading the overview from the database: a fixed number of queries, however many people look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TypeVar
from zlib import crc32

from dash_app.conditions import air_index, index_of_now, rain_level, rain_levels, wind_force, wind_level
from dash_app.forecast_peak import forecast_peak
from dash_app.heard import ANYTHING, News
from dash_app.overview_source import Histories, Memory, Past, Present, Source
from dash_app.snapshot import MAIN, RAIN_DAY, RAIN_HOURS, AlertNow, Measure, Overview, StationNow
from dash_app.state import Course, Freshness, freshness, rate_m_per_h, stage_level
from domain.alerts import Severity
from domain.readings import QualityFlag
from domain.stations import Station, StationKind
from domain.times import local, rain_day_start
from rules.configuration import RuleSet
from rules.tables import RainfallRule
from storage.database import Connection
from storage.history import LatestReading
from storage.known import first_received

DAY = timedelta(hours=24)
#: Kinds whose last day is read: rivers for the small line and the rate, air for the index.
_TRACED = (StationKind.RIVER, StationKind.RESERVOIR, StationKind.AIR)
_T = TypeVar("_T")
_WORST = (Severity.EXTREME, Severity.SEVERE, Severity.MODERATE, Severity.MINOR, Severity.UNKNOWN)


def read_overview(
    connection: Connection,
    rules: RuleSet,
    wall_now: datetime,
    memory: Memory | None = None,
    *,
    as_of: datetime | None = None,
    news: News = ANYTHING,
) -> Overview:
    """Every station and active warning as they stand. Raises DatabaseUnavailableError.

    `memory` is kept between calls about the present, so that each reads only what has come since the last: `news`.
    `as_of` (aware): as the screen could know it at that moment of the wall clock: readings, revisions and flags that had
    come by then, versions of alerts decided and forecasts made by then. A station's page takes from it the same
    StationNow, whose `now` is that station's clock as of then, and reads its own history by
    `storage.known.columns_known` with the same moment. Stations and alarm levels are those of today.
    """
    moment: Source = (
        Present(connection, wall_now, memory or Memory(), news) if as_of is None else Past(connection, as_of)
    )
    stations = moment.stations()
    desk = _Desk(moment, rules, stations)
    standing = (desk.station_now(station) for station in stations.values())
    found = sorted(standing, key=lambda now: moment.memory.rank(now, _worst_first))
    alerts = [AlertNow(alert=a, station=stations[a.station]) for a in desk.in_force if a.station in stations]
    alerts.sort(key=lambda found: (_WORST.index(found.alert.severity), -found.alert.raised_at.timestamp()))
    return Overview(
        read_at=moment.at,
        clocks=desk.clocks,
        stations=tuple(found),
        alerts=tuple(alerts),
        past=as_of is not None,
        first_at=first_received(connection),
    )


class _Desk:
    """What was read once for all stations."""

    def __init__(self, moment: Source, rules: RuleSet, stations: Mapping[str, Station]) -> None:
        self.rules, self.moment = rules, moment
        self.latest = moment.latest()
        self.clocks = moment.clocks(self.latest, stations)
        self._clock_s = {clock: int(at.timestamp()) for clock, at in self.clocks.items()}
        self._wall_s = int(moment.at.timestamp())
        spans = {s.id: (self.now_of(s) - DAY, self.now_of(s)) for s in stations.values() if self._traced(s)}
        self.histories: Histories = moment.histories(spans)
        self.rain = self._rain(stations.values())
        self.in_force = moment.alerts()
        self.alerts = _by(self.in_force, lambda alert: alert.station)
        self.leads = moment.leads()

    def now_of(self, station: Station) -> datetime:
        """The time on a station's clock; the wall's while its own has no reading."""
        return self.clocks.get(station.clock, self.moment.at)

    def _traced(self, station: Station) -> bool:
        return station.kind in _TRACED and station.id in self.latest

    def _air(self, station: Station) -> int | None:
        """The air index, worked out once for each newest reading, while it is one of now."""
        readings = self.histories.get(station.id)
        if station.kind is not StationKind.AIR or readings is None:
            return None
        known = self.moment.memory.air_index(station.id, readings, lambda: air_index(station.id, readings, self.rules))
        return index_of_now(known, self.now_of(station))

    def _rain(self, stations: Iterable[Station]) -> dict[str, Mapping[int, float]]:
        """Rain totals by station and hours."""
        totals: dict[str, Mapping[int, float]] = {}
        gauges = [s for s in stations if s.series_of("rainfall") is not None]
        for clock, of in _by(gauges, lambda station: station.clock).items():
            until = self.clocks.get(clock)
            if until is not None:
                totals |= self.moment.rain(clock, [s.id for s in of], _rain_spans(self.rules, until), until)
        return totals

    def station_now(self, station: Station) -> StationNow:
        """One station with everything the pages say of it; the same object while nothing about it has changed.

        Its `now` may then be up to a minute old: no age or state on a page is finer than that.
        """
        known: tuple[object, ...] = (
            station,
            self.latest.get(station.id),
            self.rain.get(station.id),
            self.alerts.get(station.id),
            self.leads.get(station.id),
            (self._clock_s.get(station.clock, self._wall_s) - _turn(station.id)) // 60,
        )
        return self.moment.memory.standing(station.id, known, lambda: self._standing(station))

    def _standing(self, station: Station) -> StationNow:
        now = self.now_of(station)
        measures = {r.quantity: _measure(station, r, now) for r in self.latest.get(station.id, ())}
        main = measures.get(MAIN[station.kind]) or next(iter(measures.values()), None)
        thresholds = station.thresholds_on(_day(now))
        recent = self._recent(station, main, now - DAY)
        rain_mm = self.rain.get(station.id, {})
        aqi = self._air(station)
        level = self._level(station, main, measures, rain_mm, aqi=aqi)
        leads = self.leads.get(station.id)
        return StationNow(
            station=station,
            now=now,
            main=main,
            measures=measures,
            freshness=Freshness.NEVER if main is None else main.freshness,
            level=level,
            thresholds=thresholds,
            rate_m_per_h=rate_m_per_h(recent) if main is not None and main.quantity == "water_level" else None,
            recent=recent,
            peak=None if leads is None else forecast_peak(leads, now),
            rain_mm=rain_mm,
            rain_levels=rain_levels(station.id, rain_mm, self.rules),
            aqi=aqi,
            force=wind_force(station.id, measures, self.rules) if station.kind is StationKind.WIND else None,
            alerts=tuple(self.alerts.get(station.id, ())),
        )

    def _level(
        self,
        station: Station,
        main: Measure | None,
        measures: Mapping[str, Measure],
        rain_mm: Mapping[int, float],
        *,
        aqi: int | None,
    ) -> int | None:
        """The level of a station's state within its kind; None when there is nothing to compare with."""
        if main is None:
            return None
        if station.kind is StationKind.RAIN:
            return rain_level(station.id, rain_mm, self.rules)
        if station.kind is StationKind.AIR:
            return None if aqi is None else _band(aqi)
        if station.kind is StationKind.WIND:
            return wind_level(station.id, measures, self.rules)
        if main.quantity != "water_level" or main.flag is QualityFlag.FAIL:
            return None
        return stage_level(main.value, station.thresholds_on(_day(main.observed_at)))

    def _recent(self, station: Station, main: Measure | None, since: datetime) -> Course:
        readings = None if main is None else self.histories.get(station.id, {}).get(main.quantity)
        return Course() if readings is None else self.moment.memory.course(station.id, readings).since(since)


@lru_cache(maxsize=65_536)
def _turn(station: str) -> int:
    """The second of a minute at which a station is worked out anew: were it all of thousands at once, that update would come late."""
    return crc32(station.encode()) % 60


def _rain_spans(rules: RuleSet, until: datetime) -> dict[int, datetime]:
    """When each total begins: the hours of the rain rule and of the map, and the rain day, which begins at 19h in Huế."""
    windows = {int(w.hours) for r in rules.rules if isinstance(r, RainfallRule) for w in r.windows}
    spans = {hours: until - timedelta(hours=hours) for hours in sorted(windows | set(RAIN_HOURS))}
    return spans | {RAIN_DAY: rain_day_start(until)}


def _band(aqi: int) -> int:
    """VN_AQI bands 0-5: Tốt to 50, Trung bình to 100, Kém to 150, Xấu to 200, Rất xấu to 300, Nguy hại (1459/QĐ-TCMT)."""
    return sum(aqi > end for end in (50, 100, 150, 200, 300))


def _measure(station: Station, reading: LatestReading, now: datetime) -> Measure:
    series = station.series_of(reading.quantity)
    cadence = timedelta(hours=1) if series is None else series.cadence
    return Measure(
        quantity=reading.quantity,
        value=reading.value,
        observed_at=reading.observed_at,
        received_at=reading.received_at,
        flag=reading.flag,
        freshness=freshness(reading.observed_at, now, cadence),
    )


def _by(items: Iterable[_T], key: Callable[[_T], str]) -> dict[str, list[_T]]:
    found: dict[str, list[_T]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def _day(at: datetime) -> date:
    return local(at).date()


def _worst_first(now: StationNow) -> tuple[int, bool, float, str]:
    """Highest level first; within a level what stands furthest above it; places without alarm levels after those with."""
    level = -1 if now.level is None else now.level
    return (-level, now.main is None, -_urgency(now), now.station.name_vi)


def _urgency(now: StationNow) -> float:
    found = now.distance
    if found is not None:
        return found.by_m if found.above else -found.by_m
    if now.station.kind is StationKind.RAIN:
        return now.rain_mm.get(24, 0.0)
    if now.station.kind is StationKind.AIR:
        return float(now.aqi or 0)
    return 0.0 if now.main is None else min(now.main.value, 1.0)
