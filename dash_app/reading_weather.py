"""Reading the rain, storm and air pages: a fixed number of queries a clock, however many people look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd

from dash_app.conditions import first_rule
from dash_app.overview_source import course
from dash_app.reading_overview import DAY
from dash_app.snapshot import RAIN_HOURS, Overview, StationNow
from dash_app.state import Course, Point, late_after
from domain.stations import Station, StationKind
from domain.times import local, rain_day_start
from rules.air_day import day_index
from rules.air_tables import AirQualityDayRule, AirQualityRule
from rules.configuration import RuleSet
from rules.trace import instant, tick, trace
from rules.vn_aqi import DUST, GASES, hourly_indices, hourly_means, rounded
from storage.database import Connection
from storage.histories import Columns, columns, histories
from storage.history import sums

_TENDENCY = timedelta(hours=3)
#: A pressure that is to be compared with may be so much older or younger.
_NEAR = timedelta(minutes=40)
_AIR_BACK = timedelta(hours=50)  # a whole day up to midnight, and twelve hours of NowCast before the last 24 h


@dataclass(frozen=True, kw_only=True, slots=True)
class RainAt:
    """Rain at one station in mm: by hours up to now, of the rain day that runs and of the one before. A window without readings is left out."""

    now: StationNow
    totals_mm: Mapping[int, float]
    day_mm: float | None
    day_before_mm: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class WindAt:
    """Wind and pressure at one station: now, and over the last 24 h."""

    now: StationNow
    gust_24h: Point | None  # m/s
    lowest_hpa: Point | None
    tendency_hpa: float | None  # change over three hours
    wind: Course


@dataclass(frozen=True, kw_only=True, slots=True)
class AirAt:
    """VN_AQI at one station: each whole hour of the last 24, whose index it is, and that of yesterday."""

    now: StationNow
    hours: tuple[tuple[datetime, int, str], ...]  # end of the hour, index, pollutant
    day: tuple[int, str] | None


def read_rain(connection: Connection, overview: Overview) -> tuple[RainAt, ...]:
    """Every rain gauge, the wettest day first. Raises DatabaseUnavailableError."""
    stations = of_kind(overview, StationKind.RAIN)
    found: list[RainAt] = []
    for clock in sorted({s.station.clock for s in stations}):
        now = overview.clocks.get(clock, overview.read_at)
        began = rain_day_start(now)
        spans = [(now - timedelta(hours=h), now) for h in RAIN_HOURS] + [(began, now), (began - DAY, began)]
        *windows, day, before = [sums(connection, "rainfall", after=after, until=until) for after, until in spans]
        for station in (s for s in stations if s.station.clock == clock):
            name = station.station.id
            totals = {h: w[name] for h, w in zip(RAIN_HOURS, windows, strict=True) if name in w}
            found.append(
                RainAt(now=station, totals_mm=totals, day_mm=day.get(name), day_before_mm=before.get(name)),
            )
    return tuple(sorted(found, key=lambda each: (-each.totals_mm.get(24, -1.0), each.now.station.name_vi)))


def read_wind(connection: Connection, overview: Overview) -> tuple[WindAt, ...]:
    """Every wind station, the strongest first. Raises DatabaseUnavailableError."""
    stations = of_kind(overview, StationKind.WIND)
    found = columns(connection, {s.station.id: s.now - DAY for s in stations})
    winds = [_wind_at(s, found.get(s.station.id, {})) for s in stations]
    return tuple(sorted(winds, key=lambda each: (_strongest_first(each.now), each.now.station.name_vi)))


def _strongest_first(now: StationNow) -> tuple[float, ...]:
    """By the level that mean wind and gusts reach, then by their speeds; what is not heard comes last."""
    wind, gust = now.heard("wind_speed"), now.heard("wind_gust")
    level = None if wind is None and gust is None else now.level
    return (
        1.0 if level is None else -float(level),
        1.0 if wind is None else -wind.value,
        1.0 if gust is None else -gust.value,
    )


def _wind_at(now: StationNow, readings: Mapping[str, Columns]) -> WindAt:
    courses = {name: course(each) for name, each in readings.items()}
    pressure = _points(courses.get("pressure"))
    return WindAt(
        now=now,
        gust_24h=max(_points(courses.get("wind_gust")), key=lambda p: p.value, default=None),
        lowest_hpa=min(pressure, key=lambda p: p.value, default=None),
        tendency_hpa=_tendency(pressure, now),
        wind=courses.get("wind_speed", Course()),
    )


def _points(taken: Course | None) -> tuple[Point, ...]:
    if taken is None:
        return ()
    pairs = zip(taken.at_s, taken.values, strict=True)
    return tuple(Point(at=datetime.fromtimestamp(at_s, UTC), value=value) for at_s, value in pairs)


def _tendency(pressure: tuple[Point, ...], now: StationNow) -> float | None:
    """The change over three hours up to the newest reading; None without one near now and one of three hours before it."""
    if not pressure or now.now - pressure[-1].at > _near(now.station):
        return None
    newest = pressure[-1]
    wanted = newest.at - _TENDENCY
    before = min(pressure, key=lambda p: abs(p.at - wanted))
    return None if abs(before.at - wanted) > _NEAR else newest.value - before.value


def _near(station: Station) -> timedelta:
    """How old the newest pressure may be: where it is read hourly, it is most of an hour old most of the time."""
    series = station.series_of("pressure")
    return _NEAR if series is None else max(_NEAR, late_after(series.cadence))


def read_air(connection: Connection, overview: Overview, rules: RuleSet) -> tuple[AirAt, ...]:
    """Every air station, the worst first. Raises DatabaseUnavailableError."""
    stations = of_kind(overview, StationKind.AIR)
    found = histories(connection, {s.station.id: s.now - _AIR_BACK for s in stations})
    airs = [_air_at(s, found.get(s.station.id, {}), rules) for s in stations]
    return tuple(
        sorted(airs, key=lambda each: (1 if each.now.aqi is None else -each.now.aqi, each.now.station.name_vi))
    )


def _air_at(now: StationNow, frames: Mapping[str, pd.DataFrame], rules: RuleSet) -> AirAt:
    traces = {name: trace(frame) for name, frame in frames.items() if name in (*DUST, *GASES)}
    name = now.station.id
    hourly, daily = first_rule(rules, AirQualityRule, name), first_rule(rules, AirQualityDayRule, name)
    hours: list[tuple[datetime, int, str]] = []
    if hourly is not None:
        ends, indices, names = hourly_indices(traces, hourly)
        listed = zip(ends.tolist(), indices.tolist(), names, strict=True)
        hours = [(instant(end), rounded(index), whose) for end, index, whose in listed if instant(end) > now.now - DAY]
    day = None
    if daily is not None:
        midnight = local(now.now).replace(hour=0, minute=0, second=0, microsecond=0)
        day = day_index(tick(midnight), {name: hourly_means(each) for name, each in traces.items()}, daily)
    return AirAt(now=now, hours=tuple(hours), day=None if day is None else (rounded(day[0]), day[1]))


def of_kind(overview: Overview, kind: StationKind) -> tuple[StationNow, ...]:
    """The stations of one kind."""
    return tuple(_only(overview.stations, kind))


def _only(stations: Iterable[StationNow], kind: StationKind) -> Iterable[StationNow]:
    return (s for s in stations if s.station.kind is kind)
