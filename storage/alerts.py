"""Alerts and every version of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from domain.alerts import Alert, AlertState, AlertVersion, Event, Phase, Reason, Severity
from storage.database import Connection, refer_by_index
from storage.notifications import ALERTS, notify_names
from storage.queries import query
from storage.rows import as_rows


def save_alert(connection: Connection, alert: Alert) -> None:
    """Insert or update one alert; see `save_alerts`."""
    save_alerts(connection, [alert])


def save_alerts(connection: Connection, alerts: Sequence[Alert]) -> None:
    """Insert or update alerts, add the versions that are not stored yet, and announce them; three statements for all.

    A stored version is never changed. Raises DatabaseRefusedError (at the caller's transaction) when another alert of
    the same station and event is active: end that one first, or save both together, the ended one first.
    """
    if not alerts:
        return
    refer_by_index(connection)
    connection.execute(query("alert_upsert"), {"rows": as_rows([_alert_row(alert) for alert in alerts])})
    rows = [_version_row(alert.identifier, version) for alert in alerts for version in alert.versions]
    if rows:
        connection.execute(query("alert_version_insert"), {"rows": as_rows(rows)})
    notify_names(connection, ALERTS, [alert.identifier for alert in alerts])


def lock_alerts(connection: Connection, identifiers: Sequence[str]) -> dict[str, int]:
    """Hold these alerts until the transaction ends; how many versions each has. Those that do not exist are left out."""
    return dict(connection.execute(query("alerts_lock"), (as_rows(sorted(identifiers)),)).fetchall())


def lock_exercises(connection: Connection) -> None:
    """Until this transaction ends nobody else begins or moves a drill."""
    connection.execute(query("exercises_lock"))


_ALERT = tuple(name for name in Alert.__dataclass_fields__ if name != "versions")
_VERSION = tuple(AlertVersion.__dataclass_fields__)


#: Words to their meaning; asking the enumeration itself takes ten times as long, and a storm asks tens of thousands of times.
_EVENTS = {each.value: each for each in Event}
_STATES = {each.value: each for each in AlertState}
_SEVERITIES = {each.value: each for each in Severity}
_PHASES = {each.value: each for each in Phase}
_REASONS = {each.value: each for each in Reason}


def _alert_row(alert: Alert) -> dict[str, object]:
    return {name: getattr(alert, name) for name in _ALERT}


def _version_row(identifier: str, version: AlertVersion) -> dict[str, object]:
    return {"alert": identifier} | {name: getattr(version, name) for name in _VERSION}


def burning(
    connection: Connection,
    basins: Collection[str],
    events: Sequence[Event],
    severities: Sequence[Severity],
    *,
    besides: Collection[str] = (),
) -> dict[str, list[Alert]]:
    """By basin, up to two active alerts of each of these events and severities, without versions; none of those `besides`."""
    chosen: dict[str, object] = {
        "basins": sorted(basins),
        "events": sorted({event.value for event in events}),
        "severities": [severity.value for severity in severities],
        "besides": sorted(besides),
    }
    found: dict[str, list[Alert]] = {}
    for basin, *row in connection.execute(query("alerts_burning"), chosen).fetchall() if basins and events else ():
        found.setdefault(basin, []).append(_alert(tuple(row), ()))
    return found


def active_alerts(connection: Connection) -> list[Alert]:
    """Every alert that has not ended, oldest first."""
    return list_alerts(connection, active_only=True, newest_first=False)


def alerts_of(connection: Connection, station: str, event: Event, since: datetime) -> list[Alert]:
    """The alerts of one station and event that are active or ended at `since` or later, oldest first."""
    return read_alerts(connection, "alerts_of", {"station": station, "event": event.value, "since": since})


def alert(connection: Connection, identifier: str) -> Alert | None:
    """One alert by its identifier."""
    found = read_alerts(connection, "alert", {"identifier": identifier})
    return found[0] if found else None


def alerts_named(connection: Connection, identifiers: Sequence[str]) -> dict[str, Alert]:
    """Alerts by identifier; those that do not exist are left out."""
    found = read_alerts(connection, "alerts_named", {"identifiers": as_rows(identifiers)})
    return {alert.identifier: alert for alert in found}


def list_alerts(
    connection: Connection,
    *,
    active_only: bool = False,
    drills_only: bool = False,
    since: datetime | None = None,
    limit: int | None = None,
    newest_first: bool = True,
    stations: Sequence[str] | None = None,
) -> list[Alert]:
    """Alerts by the time they were raised. `since`: active, or ended at or after it. `limit`: at most so many.

    `stations`: only those of these stations (None: of all).
    """
    names = None if stations is None else as_rows(stations)
    parameters: dict[str, object] = {
        "active_only": active_only,
        "drills_only": drills_only,
        "since": since,
        "limit": limit,
        "stations": names,
    }
    found = read_alerts(connection, "alerts", parameters)
    return found if newest_first else found[::-1]


def read_alerts(connection: Connection, name: str, parameters: dict[str, object]) -> list[Alert]:
    """Alerts with all their versions, in the order of the statement `name`."""
    rows = connection.execute(query(name), parameters).fetchall()
    versions = _versions(connection, [row[0] for row in rows])
    return [_alert(row, tuple(versions.get(row[0], ()))) for row in rows]


def _alert(row: tuple[Any, ...], versions: tuple[AlertVersion, ...]) -> Alert:
    identifier, station, event, state, severity, level, phase, raised_at, ended_at, exercise = row
    return Alert(
        identifier=identifier,
        station=station,
        event=_EVENTS[event],
        state=_STATES[state],
        severity=_SEVERITIES[severity],
        level=level,
        phase=_PHASES[phase],
        raised_at=raised_at,
        ended_at=ended_at,
        versions=versions,
        exercise=exercise,
    )


def _versions(connection: Connection, identifiers: list[str]) -> dict[str, list[AlertVersion]]:
    found: dict[str, list[AlertVersion]] = {}
    for row in connection.execute(query("alert_versions"), {"identifiers": as_rows(identifiers)}).fetchall():
        found.setdefault(row[0], []).append(_version(row))
    return found


def _version(row: tuple[Any, ...]) -> AlertVersion:
    _, number, reason, at, decided_at, level, severity, phase, value, threshold, detail = row
    return AlertVersion(
        number=number,
        reason=_REASONS[reason],
        at=at,
        decided_at=decided_at,
        level=level,
        severity=_SEVERITIES[severity],
        phase=_PHASES[phase],
        value=value,
        threshold=threshold,
        detail=detail,
    )
