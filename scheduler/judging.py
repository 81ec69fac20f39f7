"""Rules over stations, and what follows from them: alerts, deliveries and audit, committed together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import Self

import structlog

from alerts.decision import Judged, Rulebook, decide_together
from domain.alerts import Event, Reason
from domain.stations import Station
from rules.rule_table import JUDGED_SPAN
from scheduler.beginnings import from_their_beginnings
from scheduler.house import House
from scheduler.isolating import isolated
from scheduler.looking import look_at
from storage import stations as station_store
from storage.database import Database

_log = structlog.get_logger(__name__)

#: How far back a station is judged anew; farther while an alert runs. Readings that come later than this are stored and
#: shown, and no longer judged.
LOOKBACK = JUDGED_SPAN
#: So many stations are decided in one transaction: a storm over thousands of gauges is stored at once, and a fault in one
#: transaction costs a second try of few.
_TOGETHER = 250
#: So many are looked at together at least, while what was found before is being stored.
_AT_ONCE = 500
#: So many transactions at a time: while the database stores one, the next is decided.
_AT_A_TIME = 2


def judge_stations(house: House, names: frozenset[str] | None, now: datetime) -> int:
    """Judge the stations of these names (None: all) as of the wall time `now`; how many alerts changed.

    Whatever is wrong with one station's data, the others are judged: what failed is raised when all have had their turn.
    """
    with house.database.transaction() as connection:
        clocks = station_store.clock_now(connection, now)
        adopted = house.take_adopted_rules(connection)
    rulebook = house.rulebook
    if adopted:  # everything looks different now, and for this reason
        names, rulebook, house.about = None, replace(house.rulebook, correction=Reason.RULES_CHANGED), {}
    names, about = _whole_and_part(house, names)
    changed, failed = 0, list[Exception]()
    for clock, stations in _by_clock(house.named(names).values()).items():
        if clock in clocks:
            done, broken = _judge_group(house, rulebook, stations, about, clock_now=clocks[clock], now=now)
            changed, failed = changed + done, failed + broken
    if failed:
        raise ExceptionGroup("stations that could not be judged", failed)
    return changed


def _whole_and_part(
    house: House, names: frozenset[str] | None
) -> tuple[frozenset[str] | None, Mapping[str, frozenset[Event]]]:
    """The stations that are judged, with the companions of those that are judged of everything; and of which events alone the others are.

    Compound rules look at whole stations: an event that they speak of too is not judged alone.
    """
    if names is None:
        return None, {}
    about = {name: events for name, events in house.about.items() if not events & house.rules.compound_events}
    whole = house.companionship.of(names - about.keys())
    return names | whole, {name: events for name, events in about.items() if name not in whole}


def _by_clock(stations: Iterable[Station]) -> dict[str, list[Station]]:
    groups: dict[str, list[Station]] = {}
    for station in stations:
        groups.setdefault(station.clock, []).append(station)
    return groups


def _judge_group(
    house: House,
    rulebook: Rulebook,
    stations: Sequence[Station],
    about: Mapping[str, frozenset[Event]],
    *,
    clock_now: datetime,
    now: datetime,
) -> tuple[int, list[Exception]]:
    """Judge stations that share a clock; `clock_now` is the time on it. How many alerts changed, and what went wrong.

    While the database stores what some have found, the next are looked at.
    """
    failed = list[Exception]()
    with _Deciding(house.database, rulebook, clock_now, now) as deciding:
        for part in _in_parts(house.companionship.joined - about.keys(), stations):
            judged, broken = _look(house, part, about, clock_now)
            deciding.take(judged)
            failed += broken
    return deciding.changed(), [*failed, *deciding.failed]


def _in_parts(joined: frozenset[str], stations: Sequence[Station]) -> Iterator[Sequence[Station]]:
    """Those that are judged together in one part, the others so many at a time."""
    together = [station for station in stations if station.id in joined]
    others = [station for station in stations if station.id not in joined]
    first = max(0, _AT_ONCE - len(together))
    yield [*together, *others[:first]]
    for begin in range(first, len(others), _AT_ONCE):
        yield others[begin : begin + _AT_ONCE]


def _look(
    house: House, stations: Sequence[Station], about: Mapping[str, frozenset[Event]], clock_now: datetime
) -> tuple[list[Judged], Sequence[Exception]]:
    """What is found at these, where it may change an alert; and what went wrong."""
    by_name = {station.id: station for station in stations}
    seen = look_at(house, by_name, dict.fromkeys(by_name, clock_now - LOOKBACK), clock_now, about)
    seen, under_way = from_their_beginnings(house, seen, clock_now)
    judged = [
        Judged(
            station=by_name[name],
            findings=findings,
            stored=seen.stored.get(name, []),
            under_way=under_way.get(name, frozenset()),
        )
        for name, findings in seen.found.items()
        if seen.stored.get(name) or any(step.level for finding in findings for step in finding.steps)
    ]
    return judged, seen.failed


def decide_all(
    database: Database, judged: Sequence[Judged], rulebook: Rulebook, clock_now: datetime, now: datetime
) -> int:
    """Commit what the findings at any number of stations change; how many alerts changed (see `_Deciding`). Raises what failed."""
    with _Deciding(database, rulebook, clock_now, now) as deciding:
        deciding.take(judged)
    changed = deciding.changed()
    if deciding.failed:
        raise ExceptionGroup("stations that could not be decided", deciding.failed)
    return changed


class _Deciding:
    """Commits what findings change, some hundred stations a transaction and some transactions at a time.

    The graver is committed before the less grave is told, which it may speak for: transactions at one time do not see each
    other. A station that cannot be decided or stored is tried alone in the end and costs no other its alerts; its error is in `failed`.
    """

    def __init__(self, database: Database, rulebook: Rulebook, clock_now: datetime, now: datetime) -> None:
        self._database, self._rulebook, self._clock_now, self._now = database, rulebook, clock_now, now
        self._pool = ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="decide")
        self._stored: list[Future[int]] = []
        self._rank = 0  # of what was taken last
        self.failed: list[Exception] = []

    def take(self, judged: Sequence[Judged]) -> None:
        """Have these stored; returns before they are, but for the graver among them."""
        for rank, alike in _by_severity(judged, self._rulebook):
            if rank < self._rank:
                wait(self._stored)
            self._rank = rank
            for first in range(0, len(alike), _TOGETHER):
                self._stored.append(self._pool.submit(self._decide, alike[first : first + _TOGETHER]))

    def changed(self) -> int:
        """How many alerts changed, when all is stored. Raises DatabaseUnavailableError."""
        return sum(each.result() for each in self._stored)

    def _decide(self, judged: Sequence[Judged]) -> int:
        return sum(isolated(judged, self._store, self.failed, lambda each: f"station {each.station.id}"))

    def _store(self, judged: Sequence[Judged]) -> int:
        """Commit what the findings change: alerts, messages, reasons and audit in one transaction. How many alerts changed."""
        with self._database.transaction() as connection:
            changed = decide_together(connection, judged, self._rulebook, clock_now=self._clock_now, wall_now=self._now)
        for alert in changed:
            _log.info("alert_changed", alert=alert.identifier, level=alert.level, state=alert.state.value)
        return len(changed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()


def _by_severity(judged: Sequence[Judged], rulebook: Rulebook) -> list[tuple[int, list[Judged]]]:
    """Event by event with its rank, the gravest first."""
    alike: dict[int, list[Judged]] = {}
    for of_event in (each for at_station in judged for each in at_station.by_event()):
        alike.setdefault(rulebook.rank(of_event), []).append(of_event)
    return sorted(alike.items(), key=itemgetter(0), reverse=True)
