"""Rules over stations, and what follows from them: alerts, deliveries and audit, committed together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from alerts.decision import decide
from alerts.life_cycle import judged_since
from domain.alerts import Alert, AlertVersion, Finding
from domain.forecasts import LevelForecast
from domain.stations import Station
from rules.judge import History, judge
from scheduler.house import House
from storage import alerts as alert_store
from storage import audit, history
from storage import forecasts as forecast_store
from storage import stations as station_store
from storage.database import Connection
from storage.histories import Histories, histories

_log = structlog.get_logger(__name__)

#: How far back a station is judged anew; farther while an alert runs. Readings that come later than this are stored and
#: shown, and no longer judged.
LOOKBACK = timedelta(hours=72)


def judge_stations(house: House, names: frozenset[str] | None, now: datetime) -> int:
    """Judge the stations of these names (None: all) as of the wall time `now`; how many alerts changed.

    Whatever is wrong with one station's data, the others are judged: what failed is raised when all have had their turn.
    """
    with house.database.transaction() as connection:
        clocks = station_store.clock_now(connection, now)
    changed, failed = 0, list[Exception]()
    for clock, stations in _by_clock(house.named(names).values()).items():
        if clock in clocks:
            done, broken = _judge_group(house, stations, clocks[clock], now)
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
    house: House, stations: Sequence[Station], clock_now: datetime, now: datetime
) -> tuple[int, list[Exception]]:
    """Judge stations that share a clock; `clock_now` is the time on it. How many alerts changed, and what went wrong."""
    with house.database.transaction() as connection:
        stored, starts = _spans(connection, stations, clock_now)
        known = _histories(connection, house, stations, starts, clock_now)
    changed, failed = 0, list[Exception]()
    for station in stations:
        try:
            findings = judge(station, known[station.id], house.rules, clock_now)
        except Exception as error:  # noqa: BLE001 - collected and raised by judge_stations: one station silences no other
            error.add_note(f"station {station.id}")
            failed.append(error)
            continue
        known_alerts = stored.get(station.id, [])
        changed += len(_decide(house, station, findings, stored=known_alerts, clock_now=clock_now, now=now))
    return changed, failed


def _spans(
    connection: Connection, stations: Sequence[Station], clock_now: datetime
) -> tuple[dict[str, list[Alert]], dict[str, datetime]]:
    """The stored alerts of each station and the instant it is judged from, at which none of them was running."""
    starts = {station.id: clock_now - LOOKBACK for station in stations}
    while True:
        stored: dict[str, list[Alert]] = {}
        for alert in alert_store.list_alerts(connection, since=min(starts.values()), stations=list(starts)):
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
    frames: Histories = histories(connection, {name: start - house.rules.warm_up for name, start in starts.items()})
    newest: dict[str, dict[str, datetime]] = {}
    for reading in history.latest(connection, list(starts)):
        newest.setdefault(reading.station, {})[reading.quantity] = reading.observed_at
    return {
        station.id: History(
            since=starts[station.id],
            readings=frames.get(station.id, {}),
            forecasts=_forecasts(connection, station, starts[station.id], clock_now),
            last_observed=newest.get(station.id, {}),
        )
        for station in stations
    }


def _forecasts(connection: Connection, station: Station, start: datetime, end: datetime) -> list[LevelForecast]:
    if not station.thresholds:
        return []
    return forecast_store.forecasts_between(connection, station.id, start, end)


def _decide(
    house: House,
    station: Station,
    findings: Sequence[Finding],
    *,
    stored: Sequence[Alert],
    clock_now: datetime,
    now: datetime,
) -> list[Alert]:
    """Commit what the findings change at one station: alerts, deliveries and audit in one transaction."""
    if not stored and not any(step.level for finding in findings for step in finding.steps):
        return []
    versions = {alert.identifier: len(alert.versions) for alert in stored}
    with house.database.transaction() as connection:
        changed = decide(
            connection,
            station,
            findings,
            policy=house.severities,
            recipients=house.recipients,
            clock_now=clock_now,
            wall_now=now,
        )
        for alert in changed:
            for version in alert.versions[versions.get(alert.identifier, 0) :]:
                audit.add(connection, "scheduler", version.reason.value, alert.identifier, _noted(version))
    for alert in changed:
        _log.info("alert_changed", alert=alert.identifier, level=alert.level, state=alert.state.value)
    return changed


def _noted(version: AlertVersion) -> dict[str, object]:
    return {
        "version": version.number,
        "level": version.level,
        "severity": version.severity.value,
        "at": version.at.isoformat(),
    }
