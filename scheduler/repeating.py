"""Alerts that go on are said again, and what a silence or the hour held back is told when that ends."""

from __future__ import annotations

from datetime import datetime

from alerts import public_warnings
from alerts.decision import tell
from alerts.telling import Surroundings, repeat
from domain.alerts import Alert
from scheduler.house import House
from storage import alerts as alert_store
from storage import audit
from storage.database import Connection
from storage.stations import clock_now
from storage.tellings import deeds_of, silences, tellings_of


def repeat_alerts(house: House, names: frozenset[str] | None, now: datetime) -> int:
    """Say again what it is time to say again at `now` (wall clock); how many alerts."""
    del names  # few alerts are active: all are looked at
    with house.database.transaction() as connection:
        public_warnings.expire(connection, now)
        active = [alert for alert in alert_store.active_alerts(connection) if alert.station in house.stations]
        due = _due(connection, house, active, now)
    return sum(_say(house, alert, now) for alert in due)


def _due(connection: Connection, house: House, active: list[Alert], now: datetime) -> list[Alert]:
    """The alerts with the version that says them again."""
    identifiers = [alert.identifier for alert in active]
    before, deeds = tellings_of(connection, identifiers), deeds_of(connection, identifiers)
    quiet, clocks = silences(connection, now), clock_now(connection, now)
    basins = {basin for alert in active if (basin := house.stations[alert.station].basin) is not None}
    burning = alert_store.burning(connection, basins, *house.telling.speaking)
    found = []
    for alert in active:
        station = house.stations[alert.station]
        around = Surroundings(
            policy=house.telling,
            silences=quiet,
            burning=burning.get(station.basin or "", ()),
            told_before=before.get(alert.identifier, ()),
        )
        at = clocks.get(station.clock, now)
        said = repeat(alert, station, around, deeds.get(alert.identifier, ()), now, at)
        found += [] if said is None else [said]
    return found


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
