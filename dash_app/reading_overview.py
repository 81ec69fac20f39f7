"""Reading the overview from the database: a fixed number of queries, however many people look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

import pandas as pd

from dash_app.conditions import air_index, rain_level, wind_force, wind_level
from dash_app.forecast_peak import forecast_peak
from dash_app.snapshot import AlertNow, ForecastPeak, Measure, Overview, StationNow
from dash_app.state import Freshness, Point, freshness, rate_m_per_h, stage_level
from domain.alerts import Severity
from domain.quantities import QUANTITIES
from domain.readings import QualityFlag
from domain.stations import Station, StationKind
from domain.times import local
from rules.configuration import RuleSet
from rules.tables import RainfallRule
from storage.alerts import active_alerts
from storage.database import Connection
from storage.forecasts import last_issued, latest_forecast
from storage.histories import Histories, histories
from storage.history import LatestReading, latest, sums
from storage.stations import clock_now, load_stations

DAY = timedelta(hours=24)
_MAIN = {
    StationKind.RIVER: "water_level",
    StationKind.RESERVOIR: "water_level",
    StationKind.RAIN: "rainfall",
    StationKind.AIR: "pm2_5",
    StationKind.WIND: "wind_speed",
}
#: Kinds whose last day is read: rivers for the small line and the rate, air for the index.
_TRACED = (StationKind.RIVER, StationKind.RESERVOIR, StationKind.AIR)
_T = TypeVar("_T")
#: Per air station the time of its newest reading and the index worked out from it.
KnownAir = dict[str, tuple[datetime, int | None]]
_WORST = (Severity.EXTREME, Severity.SEVERE, Severity.MODERATE, Severity.MINOR, Severity.UNKNOWN)


def read_overview(
    connection: Connection, rules: RuleSet, wall_now: datetime, known_air: KnownAir | None = None
) -> Overview:
    """Every station and active warning as they stand. Raises DatabaseUnavailableError.

    `known_air` remembers air indices between calls, so that hourly air is not worked out anew at every river reading.
    """
    stations, clocks = load_stations(connection), clock_now(connection, wall_now)
    memory = {} if known_air is None else known_air
    desk = _Desk(connection, rules, stations=stations, clocks=clocks, wall_now=wall_now, known_air=memory)
    found = sorted((desk.station_now(station) for station in stations.values()), key=_worst_first)
    alerts = [
        AlertNow(alert=a, station=stations[a.station]) for a in active_alerts(connection) if a.station in stations
    ]
    alerts.sort(key=lambda found: (_WORST.index(found.alert.severity), -found.alert.raised_at.timestamp()))
    return Overview(read_at=wall_now, clocks=clocks, stations=tuple(found), alerts=tuple(alerts))


class _Desk:
    """What was read once for all stations."""

    def __init__(
        self,
        connection: Connection,
        rules: RuleSet,
        *,
        stations: Mapping[str, Station],
        clocks: Mapping[str, datetime],
        wall_now: datetime,
        known_air: KnownAir,
    ) -> None:
        self.rules, self.clocks, self.wall_now, self.known_air = rules, clocks, wall_now, known_air
        self.latest = _by_station(latest(connection))
        starts = {s.id: self.now_of(s) - DAY for s in stations.values() if self._needs_history(s)}
        self.histories: Histories = histories(connection, starts)
        self.rain = self._rain(connection, stations.values())
        self.alerts = _by(active_alerts(connection), lambda alert: alert.station)
        issued = last_issued(connection)
        self.peaks = {
            name: forecast_peak(latest_forecast(connection, name), self.now_of(stations[name]))
            for name in issued
            if name in stations
        }

    def now_of(self, station: Station) -> datetime:
        """The time on a station's clock; the wall's while its own has no reading."""
        return self.clocks.get(station.clock, self.wall_now)

    def _needs_history(self, station: Station) -> bool:
        """Rivers always; air only when something newer than what is known has come."""
        if station.kind not in _TRACED or station.id not in self.latest:
            return False
        known = self.known_air.get(station.id)
        return station.kind is not StationKind.AIR or known is None or known[0] != self._newest(station)

    def _newest(self, station: Station) -> datetime:
        return max(r.observed_at for r in self.latest[station.id])

    def _air(self, station: Station) -> int | None:
        """The air index, from memory while nothing new has come."""
        if station.kind is not StationKind.AIR or station.id not in self.latest:
            return None
        if station.id in self.histories:
            index = air_index(self.histories[station.id], self.rules)
            self.known_air[station.id] = (self._newest(station), index)
        known = self.known_air.get(station.id)
        return None if known is None else known[1]

    def _rain(self, connection: Connection, stations: Iterable[Station]) -> dict[str, dict[int, float]]:
        """Rain totals by station and hours, read once a clock and window."""
        clocks = {s.clock for s in stations if s.series_of("rainfall") is not None}
        totals: dict[str, dict[int, float]] = {}
        for clock in clocks & set(self.clocks):
            for hours in rain_windows(self.rules):
                until = self.clocks[clock]
                found = sums(connection, "rainfall", after=until - timedelta(hours=hours), until=until)
                for name, mm in found.items():
                    totals.setdefault(name, {})[hours] = mm
        return totals

    def station_now(self, station: Station) -> StationNow:
        """One station with everything the pages say of it."""
        now = self.now_of(station)
        measures = {r.quantity: _measure(station, r, now) for r in self.latest.get(station.id, ())}
        main = measures.get(_MAIN[station.kind]) or next(iter(measures.values()), None)
        thresholds = station.thresholds_on(_day(now))
        recent = self._recent(station, main)
        rain_mm = self.rain.get(station.id, {})
        aqi = self._air(station)
        force = wind_force(measures, self.rules) if station.kind is StationKind.WIND else None
        level = self._level(station, main, rain_mm, aqi=aqi, force=force)
        peak: ForecastPeak | None = self.peaks.get(station.id)
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
            peak=peak,
            rain_mm=rain_mm,
            aqi=aqi,
            force=force,
            alerts=tuple(self.alerts.get(station.id, ())),
        )

    def _level(
        self,
        station: Station,
        main: Measure | None,
        rain_mm: Mapping[int, float],
        *,
        aqi: int | None,
        force: int | None,
    ) -> int | None:
        """The level of a station's state within its kind; None when there is nothing to compare with."""
        if main is None:
            return None
        if station.kind is StationKind.RAIN:
            return rain_level(rain_mm, self.rules)
        if station.kind is StationKind.AIR:
            return None if aqi is None else _band(aqi)
        if station.kind is StationKind.WIND:
            return None if force is None else wind_level(force, self.rules)
        if main.quantity != "water_level" or main.flag is QualityFlag.FAIL:
            return None
        return stage_level(main.value, station.thresholds_on(_day(main.observed_at)))

    def _recent(self, station: Station, main: Measure | None) -> tuple[Point, ...]:
        if main is None:
            return ()
        frame = self.histories.get(station.id, {}).get(main.quantity)
        return () if frame is None else points(frame)


def points(frame: pd.DataFrame) -> tuple[Point, ...]:
    """A frame's values as points, failed readings left out."""
    good = frame[frame["flag"] != QualityFlag.FAIL.value]
    times = (t.to_pydatetime() for t in good["observed_at"])
    return tuple(Point(at=at, value=float(value)) for at, value in zip(times, good["value"], strict=True))


def rain_windows(rules: RuleSet) -> tuple[int, ...]:
    """The hours over which rain is summed: those of the rain rule."""
    return tuple(sorted({int(w.hours) for r in rules.rules if isinstance(r, RainfallRule) for w in r.windows}))


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


def _by_station(readings: Sequence[LatestReading]) -> dict[str, list[LatestReading]]:
    known = [r for r in readings if r.quantity in QUANTITIES]
    return _by(known, lambda reading: reading.station)


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
