"""A second look, farther back, at stations where something was under way already when the judged span begins.

So it is at the first start over a database with a history, and after a long absence. Taken as it is, the edge of the span
would become the beginning of the alert, and a later round would correct it as if data had come late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.beginnings import beginning, begun_before, last_end_by_person
from domain.alerts import Alert, Event
from scheduler.house import House
from scheduler.isolating import isolated
from scheduler.looking import Look, look_at
from storage import alerts as alert_store
from storage.histories import oldest_readings

#: Nothing farther back is looked for: what has been above a level for so long "has been so since at least" then.
FARTHEST = timedelta(days=14)

_Begun = Mapping[str, Mapping[Event, datetime]]


def from_their_beginnings(house: House, seen: Look, clock_now: datetime) -> tuple[Look, dict[str, frozenset[Event]]]:
    """`seen`, judged from the beginning of whatever was under way; and by station the events whose beginning nobody knows.

    The span looked at is doubled until a beginning is found, no reading is older, or it is FARTHEST long. A station whose
    beginning cannot be looked for is judged as it was seen: what went wrong is among what failed.
    """
    under_way: dict[str, frozenset[Event]] = {}
    failed = list[Exception]()

    def look_behind(names: Sequence[str]) -> None:
        nonlocal seen
        seen, unknown = _from_the_beginnings_of(names, house, seen, clock_now)
        under_way.update(unknown)

    isolated(list(seen.found), look_behind, failed, lambda name: f"station {name}")
    return (replace(seen, failed=[*seen.failed, *failed]) if failed else seen), under_way


def _from_the_beginnings_of(
    names: Sequence[str], house: House, seen: Look, clock_now: datetime
) -> tuple[Look, dict[str, frozenset[Event]]]:
    begun = {name: events for name in names if (events := _begun(seen, name))}
    if not begun:
        return seen, {}
    limits = _limits(house, begun, clock_now)
    starts, open_ended = _search(house, seen, begun, limits, clock_now)
    earlier = {name: start for name, start in starts.items() if start < seen.starts[name]}
    if earlier:
        together = house.companionship.of(earlier) & seen.starts.keys()
        wanted = {name: min(_companions_starts(house, name, seen, earlier)) for name in together}
        seen = seen.corrected_by(look_at(house, seen.stations, wanted, clock_now))
    return seen, {name: frozenset(_begun(seen, name)) for name in open_ended}


def _begun(seen: Look, name: str) -> dict[Event, datetime]:
    return begun_before(seen.found.get(name, ()), seen.stored.get(name, ()))


def _companions_starts(house: House, name: str, seen: Look, earlier: Mapping[str, datetime]) -> list[datetime]:
    together = house.companionship.of([name])
    return [seen.starts[name], *(earlier[each] for each in together if each in earlier)]


def _limits(house: House, begun: _Begun, clock_now: datetime) -> dict[str, tuple[datetime, bool]]:
    """How far back each station is looked at, and whether a person's order is why."""
    farthest = clock_now - FARTHEST
    together = {name: house.companionship.of([name]) for name in begun}
    with house.database.transaction() as connection:
        oldest = oldest_readings(connection, list(frozenset().union(*together.values())), farthest)
        stored: dict[str, list[Alert]] = {}
        for alert in alert_store.list_alerts(connection, since=farthest, stations=list(begun)):
            stored.setdefault(alert.station, []).append(alert)
    limits: dict[str, tuple[datetime, bool]] = {}
    for name, events in begun.items():
        first = min((oldest[each] for each in together[name] if each in oldest), default=clock_now)
        own = [alert for alert in stored.get(name, ()) if not alert.exercise]
        ended = last_end_by_person(own, list(events), min(events.values()))
        limits[name] = (first, False) if ended is None else (max(first, ended), ended >= first)
    return limits


def _search(
    house: House, seen: Look, begun: _Begun, limits: Mapping[str, tuple[datetime, bool]], clock_now: datetime
) -> tuple[dict[str, datetime], set[str]]:
    """From where each station is judged, and those at which what is under way has no known beginning."""
    starts = {name: seen.starts[name] for name in begun}
    open_ended, asked = set[str](), set(begun)
    while asked:
        at_the_end = {name for name in asked if starts[name] <= limits[name][0]}
        open_ended |= {name for name in at_the_end if not limits[name][1]}
        asked -= at_the_end
        together = house.companionship.of(asked) & seen.starts.keys()
        for name in asked:
            starts[name] = max(clock_now - 2 * (clock_now - starts[name]), limits[name][0])
        wide = {name: min(_companions_starts(house, name, seen, starts)) for name in together}
        found = look_at(house, seen.stations, wide, clock_now).found if asked else {}
        for name in list(asked):
            begins = beginning(found.get(name, ()), min(begun[name].values()))
            if begins is not None:
                starts[name] = begins
                asked.discard(name)
    return starts, open_ended
