"""Alerts that go on are said again, and what a silence or the hour held back is told when that ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from alerts import public_warnings
from alerts.beside import beside
from alerts.decision import tell
from alerts.telling import Surroundings, repeat, with_last_reading
from domain.alerts import Alert, Event
from domain.stations import Station
from rules.overdue import silent
from rules.tables import OverdueRule
from scheduler.house import House
from scheduler.isolating import NOBODYS_FAULT
from storage import alerts as alert_store
from storage import audit, history
from storage.database import Connection
from storage.stations import clock_now
from storage.tellings import deeds_of, silences, tellings_of

_log = structlog.get_logger(__name__)

#: What a gauge's level says. Once it is silent a repetition of these says since when.
_OF_WATER = (Event.FLOOD, Event.RAPID_RISE, Event.FLASH_FLOOD, Event.BASIN_FLOOD)


def repeat_alerts(house: House, names: frozenset[str] | None, now: datetime) -> int:
    """Say again what it is time to say again at `now` (wall clock); how many alerts.

    One that cannot be said costs no other: what failed is raised when all have had their turn.
    """
    del names  # few alerts are active: all are looked at
    with house.database.transaction() as connection:
        public_warnings.expire(connection, now)
        active = [alert for alert in alert_store.active_alerts(connection) if alert.station in house.stations]
        due = _due(connection, house, active, now)
    said, failed = 0, list[Exception]()
    for alert in due:
        try:
            said += _say(house, alert, now)
        except NOBODYS_FAULT:
            raise
        except Exception as error:  # noqa: BLE001 - raised below, with all others
            _log.exception("alert_not_repeated", alert=alert.identifier)
            error.add_note(f"alert {alert.identifier}")
            failed.append(error)
    if failed:
        raise ExceptionGroup("alerts that could not be said again", failed)
    return said


def _due(connection: Connection, house: House, active: list[Alert], now: datetime) -> list[Alert]:
    """The alerts with the version that says them again."""
    identifiers = [alert.identifier for alert in active]
    before, deeds = tellings_of(connection, identifiers), deeds_of(connection, identifiers)
    quiet, clocks = silences(connection, now), clock_now(connection, now)
    others = beside(connection, house.telling, ((house.stations[alert.station], alert) for alert in active))
    found = []
    for alert in active:
        station = house.stations[alert.station]
        around = Surroundings(
            policy=house.telling,
            silences=quiet,
            burning=others.speaking_at(station),
            waking=others.waking_at(station),
            told_before=before.get(alert.identifier, ()),
        )
        at = clocks.get(station.clock, now)
        said = repeat(alert, station, around, deeds.get(alert.identifier, ()), now, at)
        found += [] if said is None else [said]
    return _with_silences(connection, house, found, clocks, now)


def _with_silences(
    connection: Connection, house: House, said: Sequence[Alert], clocks: Mapping[str, datetime], now: datetime
) -> list[Alert]:
    """`said`, with the time of the last reading where a gauge that speaks of water has been silent for too long."""
    names = {alert.station for alert in said if alert.event in _OF_WATER}
    if not names:
        return list(said)
    levels = {
        each.station: each.observed_at
        for each in history.latest(connection, sorted(names))
        if each.quantity == "water_level"
    }
    stations = (house.stations[name] for name in names & levels.keys())
    quiet = {each.id for each in stations if _is_silent(house, each, levels[each.id], clocks.get(each.clock, now))}
    return [
        with_last_reading(alert, levels[alert.station])
        if alert.station in quiet and alert.event in _OF_WATER
        else alert
        for alert in said
    ]


def _is_silent(house: House, station: Station, level_at: datetime, at: datetime) -> bool:
    """Whether its level has been silent for longer than the rules allow, at a time on its clock."""
    rules = (rule for rule in house.rules.rules if isinstance(rule, OverdueRule) and rule.applies_to(station.id))
    return any(silent(station, {"water_level": level_at}, rule, at) for rule in rules)


def _say(house: House, alert: Alert, now: datetime) -> bool:
    """Store and tell the last version of `alert`, unless it changed in the meantime."""
    version, station = alert.versions[-1], house.stations[alert.station]
    with house.database.transaction() as connection:
        counted = alert_store.lock_alerts(connection, [alert.identifier])
        if counted.get(alert.identifier) != version.number - 1:
            return False
        alert_store.save_alert(connection, alert)
        tell(connection, [(station, alert, [version])], house.rulebook, clock_now=version.at, wall_now=now)
        detail = {"version": version.number, "level": version.level, "severity": version.severity.value}
        audit.add(connection, "scheduler", version.reason.value, alert.identifier, detail)
    return True
