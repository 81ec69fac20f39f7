"""Quality tests once more over the last day: what only the readings after, the hours around and the neighbours can tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from domain.stations import Station
from quality.climatology import MonthClimate
from quality.clocks import clock_evidence
from quality.hourly_evidence import hourly_evidence
from quality.hours import Hourly, hours_wanted, wanted_series
from quality.later import Found, Frames, later_evidence, wanted
from scheduler.house import House
from storage.climates import month_climates
from storage.database import Connection
from storage.histories import histories
from storage.hourly import hourly_means
from storage.readings import Evidence, add_evidence
from storage.stations import clock_now, series_ids

#: So far back is judged again each time: what arrives later than this is judged as it comes and no more.
LOOKBACK = timedelta(hours=26)
#: Longest time that one run catches up with, after the scheduler was away or on a clock that runs fast.
_LONGEST = timedelta(days=10)
_CLIMATES_EVERY = timedelta(hours=24)


def add_later_evidence(house: House, names: frozenset[str] | None, now: datetime) -> int:
    """Judge the last day of every station again; how many findings were new. Flags are never taken back."""
    with house.database.transaction() as connection:
        clocks = clock_now(connection, now)
        _know_climates(connection, house, now)
    added = 0
    for clock, stations in _by_clock(house.named(names).values()).items():
        if clock in clocks and not house.stop.is_set():
            added += _judge_clock(house, stations, clocks[clock])
            house.judged.until[clock] = clocks[clock]
    return added


def _by_clock(stations: Iterable[Station]) -> dict[str, list[Station]]:
    groups: dict[str, list[Station]] = {}
    for station in stations:
        groups.setdefault(station.clock, []).append(station)
    return groups


def _judge_clock(house: House, stations: Sequence[Station], clock_time: datetime) -> int:
    since = max(house.judged.until.get(stations[0].clock, clock_time) - LOOKBACK, clock_time - _LONGEST)
    start = since - timedelta(seconds=wanted(stations))
    known = {station.id: station for station in stations}
    with house.database.transaction() as connection:
        frames = histories(connection, dict.fromkeys(known, start))
    found = later_evidence(known, frames, since, house.judged.climates)
    found += clock_evidence(known, frames, since)
    found += _by_the_hour(house, known, frames, clock_time)
    with house.database.transaction() as connection:
        return add_evidence(connection, _evidence(found, series_ids(connection)))


def _by_the_hour(house: House, known: Mapping[str, Station], frames: Frames, clock_time: datetime) -> list[Found]:
    """Drift and standing still within the look-back, asked once in each hour of the clock: it needs weeks of all rivers, and is slow itself."""
    clock, now_h = next(iter(known.values())).clock, int(clock_time.timestamp()) // 3600
    series = wanted_series(known)
    if not series or house.judged.drift_h.get(clock) == now_h:
        return []
    judged_h = int(LOOKBACK / timedelta(hours=1))
    hours = hours_wanted(judged_h)
    with house.database.transaction() as connection:
        means = hourly_means(connection, series, now_h - hours, hours)
    house.judged.drift_h[clock] = now_h
    hourly = {name: Hourly(*one) for name, one in means.items()}
    return hourly_evidence(known, hourly, now_h - hours, judged_h, frames)


def _evidence(found: Sequence[Found], numbers: Mapping[tuple[str, str], int]) -> list[Evidence]:
    return [
        Evidence(series_id=numbers[name], observed_at=f.at, test=f.test, flag=f.flag, value=f.value)
        for name, f in found
        if name in numbers
    ]


def _know_climates(connection: Connection, house: House, now: datetime) -> None:
    """Once a day, what earlier years had: only of series that ask for it."""
    judged = house.judged
    if judged.climates_at is not None and now - judged.climates_at < _CLIMATES_EVERY:
        return
    asking = [
        (station.id, series.quantity)
        for station in house.stations.values()
        for series in station.series
        if series.limits.climatology_years is not None
    ]
    found: dict[tuple[str, str], dict[int, MonthClimate]] = {}
    for name, quantity, month, years, low, high in month_climates(connection, asking, now) if asking else ():
        found.setdefault((name, quantity), {})[month] = MonthClimate(years, low, high)
    judged.climates, judged.climates_at = found, now
