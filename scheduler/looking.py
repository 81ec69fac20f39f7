"""A look at stations: from where each is judged, its stored alerts, and what the rules find there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alerts.life_cycle import judged_since
from domain.alerts import Alert, Event, Finding
from domain.errors import EwsError
from domain.stations import Station
from rules.calm import EVERYTHING, loud_rules
from rules.configuration import RuleSet
from rules.judge import History, plain_findings, with_compounds
from rules.spans import Span
from scheduler.house import House
from scheduler.isolating import isolated
from storage import alerts as alert_store
from storage import forecasts as forecast_store
from storage.database import Connection

#: Of a gauge for which no forecast was tried since this process began.
_NEVER = datetime.min.replace(tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """By station. Where no alert is stored and surely no level was reached, nothing is found: most stations on most days."""

    stations: Mapping[str, Station]
    starts: Mapping[str, datetime]  # judged from here on
    stored: Mapping[str, Sequence[Alert]]  # active, or ended since then; drills left out
    found: Mapping[str, Sequence[Finding]]
    failed: Sequence[Exception] = ()  # what went wrong; the stations it went wrong at are left out of `found`

    def corrected_by(self, other: Look) -> Look:
        """The same, with the stations of a second look as they are there."""
        kept = {name: alerts for name, alerts in self.stored.items() if name not in other.starts}
        found = {name: findings for name, findings in self.found.items() if name not in other.starts}
        return Look(
            stations={**self.stations, **other.stations},
            starts={**self.starts, **other.starts},
            stored=kept | dict(other.stored),
            found=found | dict(other.found),
            failed=[*self.failed, *other.failed],
        )


def look_at(
    house: House,
    stations: Mapping[str, Station],
    starts: Mapping[str, datetime],
    clock_now: datetime,
    about: Mapping[str, frozenset[Event]] = EVERYTHING,
) -> Look:
    """Look at those of `stations` that `starts` names, from its time on; earlier where an alert was running then.

    They share a clock; `clock_now` is the time on it. `about`: of some only what bears on these events is looked at, and on those of
    their stored alerts.
    """
    by_name = {name: stations[name] for name in starts}
    try:
        with house.database.transaction() as connection:
            stored, begun = _spans(connection, starts)
            known = _histories(connection, house, list(by_name.values()), begun, clock_now, stored=stored)
    except EwsError:
        house.readings.forget()
        raise
    together = house.companionship.joined - about.keys()
    loud = loud_rules(by_name.values(), known, house.rules, clock_now, together, about=about)
    wanted = {name: _wanted(house, name, loud.get(name), stored.get(name, ()), alone=name in about) for name in by_name}
    found, failed = _findings(house.rules, by_name, known, wanted, clock_now)
    whole = {name: station for name, station in by_name.items() if name not in about}
    found, broken = _together(house.rules, whole, known, found, clock_now, stored=stored)
    return Look(stations=by_name, starts=begun, stored=stored, found=found, failed=[*failed, *broken])


def _wanted(
    house: House, name: str, loud: frozenset[str] | None, stored: Sequence[Alert], *, alone: bool
) -> frozenset[str] | None:
    """The rules that are asked exactly at a station (None: all): those that may find a level, and those of its alerts' events.

    An alert ends by level 0; what the others find, level 0 without an alert, changes nothing. `alone`: without what compound rules look at.
    """
    if loud is None:
        return None
    events = {alert.event for alert in stored}
    if alone:
        events -= house.rules.compound_events
    wanted = loud | {rule.name for rule in house.rules.rules if rule.event in events} if events else loud
    return wanted | house.companionship.asked.get(name, frozenset()) if wanted and not alone else wanted


def _findings(
    rules: RuleSet,
    stations: Mapping[str, Station],
    known: Mapping[str, History],
    wanted: Mapping[str, frozenset[str] | None],
    clock_now: datetime,
) -> tuple[dict[str, list[Finding]], list[Exception]]:
    """What the wanted rules find at each station, and what went wrong; left out is where none is wanted or one fails."""
    found: dict[str, list[Finding]] = {}
    failed = list[Exception]()
    for name, station in stations.items():
        names = wanted[name]
        if names is not None and not names:
            continue
        try:
            found[name] = plain_findings(station, known[name], rules, clock_now, names)
        except Exception as error:  # noqa: BLE001 - collected and raised by judge_stations: one station silences no other
            error.add_note(f"station {name}")
            failed.append(error)
    return found, failed


def _together(
    rules: RuleSet,
    stations: Mapping[str, Station],
    known: Mapping[str, History],
    found: dict[str, list[Finding]],
    clock_now: datetime,
    *,
    stored: Mapping[str, Sequence[Alert]],
) -> tuple[dict[str, list[Finding]], list[Exception]]:
    """`found` with what compound rules make of it, and what went wrong; where one fails, what the other rules found stays.

    `stored`: the alerts, of which some tell what had begun before.
    """
    failed = list[Exception]()
    in_force: dict[tuple[str, Event], list[Span]] = {}
    for alert in (each for alerts in stored.values() for each in alerts):
        in_force.setdefault((alert.station, alert.event), []).append((alert.raised_at, alert.ended_at))

    def look(names: Sequence[str]) -> dict[str, list[Finding]]:
        told = with_compounds(stations, known, found, rules, clock_now, names=names, in_force=in_force)
        return {name: told[name] for name in names if name in told}

    done = isolated(list(stations), look, failed, lambda name: f"station {name}")
    return found | {name: findings for part in done for name, findings in part.items()}, failed


def _spans(
    connection: Connection, wanted: Mapping[str, datetime]
) -> tuple[dict[str, list[Alert]], dict[str, datetime]]:
    """The stored alerts of each station and the instant it is judged from, at which none of them was running."""
    starts = dict(wanted)
    while True:
        stored: dict[str, list[Alert]] = {}
        for alert in alert_store.list_alerts(connection, since=min(starts.values()), stations=list(starts)):
            if alert.exercise:
                continue
            stored.setdefault(alert.station, []).append(alert)
        earlier = {name: judged_since(start, stored.get(name, [])) for name, start in starts.items()}
        if earlier == starts:
            return stored, starts
        starts = earlier


def _warm_ups(house: House, stations: Sequence[Station]) -> dict[str, timedelta]:
    """How much earlier than its start each station is read; asked once for those that measure the same."""
    known: dict[tuple[str, ...], timedelta] = {}
    found: dict[str, timedelta] = {}
    for station in stations:
        measured = tuple(series.quantity for series in station.series)
        if measured not in known:
            known[measured] = house.rules.warm_up_at(station)
        found[station.id] = known[measured]
    return found


def _histories(
    connection: Connection,
    house: House,
    stations: Sequence[Station],
    starts: Mapping[str, datetime],
    clock_now: datetime,
    *,
    stored: Mapping[str, Sequence[Alert]],
) -> dict[str, History]:
    warm_ups = _warm_ups(house, stations)
    seen = house.readings.read(connection, {name: start - warm_ups[name] for name, start in starts.items()})
    gauges = {station.id: starts[station.id] for station in stations if station.thresholds}
    asked_until = dict(house.forecast_until)  # before the forecasts: those of what was asked for are all among them
    forecasts = forecast_store.forecasts_of_many(connection, gauges, clock_now)
    return {
        station.id: History(
            since=starts[station.id],
            readings=seen[station.id].traces,
            forecasts=forecasts.get(station.id, ()),
            last_observed=seen[station.id].newest,
            asked_until=_asked_until(asked_until.get(station.id, _NEVER), stored.get(station.id, ())),
        )
        for station in stations
    }


def _asked_until(known: datetime, stored: Iterable[Alert]) -> datetime:
    """Until when a forecast was tried, as this process knows; a lapse that was told is of one that another had tried in vain."""
    lapsed = (version.at + _INSTANT for alert in stored for version in alert.versions if "lapsed" in version.detail)
    return max((known, *lapsed))
