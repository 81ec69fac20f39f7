"""Reading the network page from the database: a fixed number of queries a clock, however many people look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from dash_app.network_snapshot import NetworkView, SeriesToday, SourceToday, StationLink
from dash_app.snapshot import Overview, StationNow
from dash_app.state import HEARD, Freshness
from domain.readings import QualityFlag
from domain.stations import Series
from domain.times import local
from storage.accounts import NOTHING, Account, Counts, accounts, source_accounts
from storage.database import Connection
from storage.history import LatestReading, latest
from storage.network_report import (
    Waiting,
    flag_counts,
    newest_findings,
    rejected_reasons,
    waiting_messages,
)
from storage.sequences import SeriesDay, TooManyRunsError, series_days
from storage.station_clocks import station_clocks
from storage.stations import statuses

DAY = timedelta(hours=24)
#: Rejected messages of so many days are counted.
REJECTED_FOR = timedelta(days=7)
_FINDINGS = 12
#: What a worker said longer ago than this says nothing of now.
_TOLD_FOR = timedelta(minutes=1)
_Numbers = Mapping[tuple[str, str], SeriesDay]


def read_network(connection: Connection, overview: Overview) -> NetworkView:
    """Every station and source as they stand. Raises DatabaseUnavailableError."""
    try:
        numbers: _Numbers | None = _numbers(connection, overview)
    except TooManyRunsError:
        numbers = None
    told = waiting_messages(connection)
    return NetworkView(
        read_at=overview.read_at,
        sources=_sources(connection, told, overview.read_at),
        workers=_workers(connection, told, overview.read_at),
        stations=_stations(connection, overview, numbers or {}),
        reasons=tuple(rejected_reasons(connection, overview.read_at - REJECTED_FOR)),
        findings=tuple(newest_findings(connection, _FINDINGS)),
        numbers_known=numbers is not None,
    )


def midnight(at: datetime) -> datetime:
    """When the day of `at` began in Huế."""
    return local(at).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def _numbers(connection: Connection, overview: Overview) -> _Numbers:
    """Sent against stored since midnight, by series, each on its station's clock."""
    clock_of = {now.station.id: now.station.clock for now in overview.stations}
    found: dict[tuple[str, str], SeriesDay] = {}
    for clock, time in overview.clocks.items():
        if clock in clock_of.values():
            days = series_days(connection, midnight(time), time + timedelta(microseconds=1))
            found |= {(day.station, day.quantity): day for day in days if clock_of.get(day.station) == clock}
    return found


def _workers(connection: Connection, told: Mapping[str, Waiting], now: datetime) -> tuple[SourceToday, ...]:
    waiting = {name: one.messages for name, one in told.items() if _lately(one, now)}
    return _accounted(accounts(connection, since=midnight(now)), waiting, extra=told)


def _sources(connection: Connection, told: Mapping[str, Waiting], now: datetime) -> tuple[SourceToday, ...]:
    waiting: Counter[str] = Counter()
    for one in told.values():
        if _lately(one, now):
            waiting.update(one.by_source)
    return _accounted(source_accounts(connection, midnight(now)), waiting, extra=waiting)


def _lately(waiting: Waiting, now: datetime) -> bool:
    return now - waiting.at <= _TOLD_FOR


def _accounted(
    today: Sequence[Account], waiting: Mapping[str, int], *, extra: Iterable[str]
) -> tuple[SourceToday, ...]:
    """By name, those of `extra` too from which nothing has come today."""
    hours: dict[str, list[Counts]] = {name: [] for name in extra}
    for one in today:
        hours.setdefault(one.source, []).append(one.counts)
    return tuple(
        SourceToday(
            source=name,
            counts=sum(hours[name], NOTHING),
            waiting=waiting.get(name),
            broken_hours=sum(not counts.balanced for counts in hours[name]),
        )
        for name in sorted(hours)
    )


def _stations(connection: Connection, overview: Overview, numbers: _Numbers) -> tuple[StationLink, ...]:
    spans = {now.station.id: (now.now - DAY, now.now) for now in overview.stations}
    flags, words, skews = flag_counts(connection, spans), statuses(connection), station_clocks(connection)
    newest = _newest(latest(connection))
    links = []
    for now in overview.stations:
        name = now.station.id
        reading, word, skew = newest.get(name), words.get(name), skews.get(name)
        links.append(
            StationLink(
                station=now.station,
                now=now.now,
                read_at=_read_at(now, reading),
                silent=now.blind,
                late=now.freshness is Freshness.STALE,
                status=None if word is None else word.status,
                status_at=None if word is None else word.changed_at,
                battery_v=None if reading is None else reading.battery_v,
                skew_s=None if skew is None else skew.skew_s,
                series=tuple(
                    _series(s, flags.get((name, s.quantity), {}), numbers.get((name, s.quantity)), now)
                    for s in now.station.series
                ),
            )
        )
    return tuple(sorted(links, key=_worst_first))


def _newest(readings: Iterable[LatestReading]) -> dict[str, LatestReading]:
    found: dict[str, LatestReading] = {}
    for one in readings:
        known = found.get(one.station)
        if known is None or one.observed_at > known.observed_at:
            found[one.station] = one
    return found


def _read_at(now: StationNow, newest: LatestReading | None) -> datetime | None:
    """The age must not contradict that the station is silent: then it is that of the reading by which it is."""
    if now.blind and now.main is not None:
        return now.main.observed_at
    return None if newest is None else newest.observed_at


def _silent(quantity: str, now: StationNow) -> bool:
    found = now.measures.get(quantity)
    return found is None or found.freshness not in HEARD


def _series(series: Series, flags: Mapping[QualityFlag, int], day: SeriesDay | None, now: StationNow) -> SeriesToday:
    numbered = day is not None and day.numbers.sent > 0
    return SeriesToday(
        quantity=series.quantity,
        flags=flags,
        expected=int(DAY / series.cadence) if now.main is not None else 0,
        silent=_silent(series.quantity, now),
        sent=day.numbers.sent if day is not None and numbered else None,
        stored=day.numbers.stored if day is not None and numbered else None,
        missing=day.numbers.missing if day is not None and numbered else (),
    )


def _worst_first(link: StationLink) -> tuple[bool, bool, bool, int, str]:
    offline = link.status == "offline"
    return (
        not link.silent,
        not offline,
        not link.late,
        -(link.doubted + link.lost + link.absent),
        link.station.name_vi,
    )
