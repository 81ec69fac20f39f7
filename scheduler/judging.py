"""Rules over stations, and what follows from them: alerts, deliveries and audit, committed together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from alerts.decision import Judged, Rulebook, decide_together
from alerts.life_cycle import judged_since
from domain.alerts import Alert, Finding, Reason
from domain.stations import Station
from rules.calm import calm_stations
from rules.configuration import RuleSet
from rules.judge import History, plain_findings, with_compounds
from rules.rule_table import JUDGED_SPAN
from rules.trace import ordered
from scheduler.house import House
from storage import alerts as alert_store
from storage import forecasts as forecast_store
from storage import history
from storage import stations as station_store
from storage.database import Connection
from storage.histories import columns

_log = structlog.get_logger(__name__)

#: How far back a station is judged anew; farther while an alert runs. Readings that come later than this are stored and
#: shown, and no longer judged.
LOOKBACK = JUDGED_SPAN
#: So many stations are decided in one transaction: a storm over thousands of gauges is stored at once, and a fault in one
#: transaction costs a second try of few.
_TOGETHER = 500


def judge_stations(house: House, names: frozenset[str] | None, now: datetime) -> int:
    """Judge the stations of these names (None: all) as of the wall time `now`; how many alerts changed.

    Whatever is wrong with one station's data, the others are judged: what failed is raised when all have had their turn.
    """
    with house.database.transaction() as connection:
        clocks = station_store.clock_now(connection, now)
    rulebook = house.rulebook
    if house.take_adopted_rules():  # everything looks different now, and for this reason
        names, rulebook = None, replace(house.rulebook, correction=Reason.RULES_CHANGED)
    if names is not None:
        names = house.rules.companions(house.stations, names)
    changed, failed = 0, list[Exception]()
    for clock, stations in _by_clock(house.named(names).values()).items():
        if clock in clocks:
            done, broken = _judge_group(house, rulebook, stations, clocks[clock], now)
            changed, failed = changed + done, failed + broken
    if failed:
        raise ExceptionGroup("stations that could not be judged", failed)
    return changed


def _by_clock(stations: Iterable[Station]) -> dict[str, list[Station]]:
    groups: dict[str, list[Station]] = {}
    for station in stations:
        groups.setdefault(station.clock, []).append(station)
    return groups


def _judge_group(
    house: House, rulebook: Rulebook, stations: Sequence[Station], clock_now: datetime, now: datetime
) -> tuple[int, list[Exception]]:
    """Judge stations that share a clock; `clock_now` is the time on it. How many alerts changed, and what went wrong."""
    with house.database.transaction() as connection:
        stored, starts = _spans(connection, stations, clock_now)
        known = _histories(connection, house, stations, starts, clock_now)
    by_name = {station.id: station for station in stations}
    # Where no alert is stored and no level reached there is nothing to decide: most stations on most days.
    unwarned = [station for station in stations if station.id not in stored]
    calm = calm_stations(unwarned, known, house.rules, clock_now, house.rules.joined(house.stations))
    doubted = {name: station for name, station in by_name.items() if name not in calm}
    found, failed = _findings(house.rules, doubted, known, clock_now)
    judged = [
        Judged(station=by_name[name], findings=findings, stored=stored.get(name, []))
        for name, findings in with_compounds(by_name, found, house.rules, clock_now).items()
        if stored.get(name) or any(step.level for finding in findings for step in finding.steps)
    ]
    changed = 0
    for first in range(0, len(judged), _TOGETHER):
        changed += _decide(house, rulebook, judged[first : first + _TOGETHER], clock_now, now)
    return changed, failed


def _findings(
    rules: RuleSet, stations: Mapping[str, Station], known: Mapping[str, History], clock_now: datetime
) -> tuple[dict[str, list[Finding]], list[Exception]]:
    """What the rules find at each station, and what went wrong; a station that fails is left out."""
    found: dict[str, list[Finding]] = {}
    failed = list[Exception]()
    for name, station in stations.items():
        try:
            found[name] = plain_findings(station, known[name], rules, clock_now)
        except Exception as error:  # noqa: BLE001 - collected and raised by judge_stations: one station silences no other
            error.add_note(f"station {name}")
            failed.append(error)
    return found, failed


def _spans(
    connection: Connection, stations: Sequence[Station], clock_now: datetime
) -> tuple[dict[str, list[Alert]], dict[str, datetime]]:
    """The stored alerts of each station and the instant it is judged from, at which none of them was running."""
    starts = {station.id: clock_now - LOOKBACK for station in stations}
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


def _histories(
    connection: Connection,
    house: House,
    stations: Sequence[Station],
    starts: Mapping[str, datetime],
    clock_now: datetime,
) -> dict[str, History]:
    warm_ups = {station.id: house.rules.warm_up_at(station) for station in stations}
    seen = columns(connection, {name: start - warm_ups[name] for name, start in starts.items()})
    gauges = {station.id: starts[station.id] for station in stations if station.thresholds}
    forecasts = forecast_store.forecasts_of_many(connection, gauges, clock_now)
    newest: dict[str, dict[str, datetime]] = {}
    for reading in history.latest(connection, list(starts)):
        newest.setdefault(reading.station, {})[reading.quantity] = reading.observed_at
    return {
        station.id: History(
            since=starts[station.id],
            readings={
                quantity: ordered(each.observed, each.values, each.flags, each.received)
                for quantity, each in seen.get(station.id, {}).items()
            },
            forecasts=forecasts.get(station.id, ()),
            last_observed=newest.get(station.id, {}),
        )
        for station in stations
    }


def _decide(house: House, rulebook: Rulebook, judged: Sequence[Judged], clock_now: datetime, now: datetime) -> int:
    """Commit what the findings change: alerts, messages, reasons and audit in one transaction. How many alerts changed."""
    with house.database.transaction() as connection:
        changed = decide_together(connection, judged, rulebook, clock_now=clock_now, wall_now=now)
    for alert in changed:
        _log.info("alert_changed", alert=alert.identifier, level=alert.level, state=alert.state.value)
    return len(changed)
