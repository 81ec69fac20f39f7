"""What was known at a past moment, by when it came: readings, alerts and forecasts as they then stood.

Stations, their alarm levels and their clocks are as configured today: the database keeps no earlier ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from domain.alerts import Alert, AlertState
from domain.forecasts import LevelForecast
from domain.readings import QualityFlag
from domain.stations import LIVE_CLOCK
from storage.alerts import read_alerts
from storage.database import Connection
from storage.forecasts import forecast_of
from storage.histories import Columns, columns_by
from storage.history import LatestReading
from storage.queries import query
from storage.stations import series_ids

#: A device's clock may run ahead of ours by so much.
_AHEAD = timedelta(days=1)


def latest_known(connection: Connection, known_at: datetime) -> list[LatestReading]:
    """The newest reading of every series as it stood at `known_at`, with the value and flag of then; no battery voltage."""
    bounds = dict(connection.execute(query("clocks_known"), {"known_at": known_at, "live": LIVE_CLOCK}).fetchall())
    bounds[LIVE_CLOCK] = known_at + _AHEAD
    parameters = {"known_at": known_at, "clocks": list(bounds), "bounds": list(bounds.values())}
    return [
        LatestReading(
            station=station,
            quantity=quantity,
            observed_at=observed_at,
            received_at=received_at,
            value=value,
            flag=QualityFlag(flag),
            battery_v=None,
        )
        for station, quantity, observed_at, received_at, value, flag in connection.execute(
            query("latest_known"), parameters
        ).fetchall()
    ]


def columns_known(
    connection: Connection, spans: Mapping[str, tuple[datetime, datetime]], known_at: datetime
) -> dict[str, dict[str, Columns]]:
    """Readings of each station in its span of observed_at as they stood at `known_at`, by station and quantity."""
    numbers = {number: spans[station] for (station, _), number in series_ids(connection).items() if station in spans}
    if not numbers:
        return {}
    connection.execute(query("sort_in_memory"))
    starts, ends = [start for start, _ in numbers.values()], [end for _, end in numbers.values()]
    parameters = {"series": list(numbers), "starts": starts, "ends": ends, "known_at": known_at}
    return columns_by(connection, "histories_known", parameters | {"earliest": min(starts), "latest": max(ends)})


def alerts_known(connection: Connection, known_at: datetime) -> list[Alert]:
    """The alerts that were in force at `known_at`, newest first, each with the versions decided by then."""
    found = (as_of(alert, known_at) for alert in read_alerts(connection, "alerts_known", {"known_at": known_at}))
    return [alert for alert in found if alert is not None]


def as_of(alert: Alert, known_at: datetime) -> Alert | None:
    """An alert as it stood at `known_at`; None when it was not in force. A version of level 0 is its end."""
    versions = tuple(v for v in alert.versions if v.decided_at <= known_at)
    if not versions or versions[-1].level == 0:
        return None
    last = versions[-1]
    return replace(
        alert,
        state=AlertState.ACTIVE,
        severity=last.severity,
        level=last.level,
        phase=last.phase,
        raised_at=versions[0].at,
        ended_at=None,
        versions=versions,
    )


def forecasts_known(connection: Connection, known_at: datetime) -> dict[str, list[LevelForecast]]:
    """The newest forecast of each station that had been made by `known_at`, by lead."""
    found: dict[str, list[LevelForecast]] = {}
    for row in connection.execute(query("forecasts_known"), {"known_at": known_at}).fetchall():
        found.setdefault(row[0], []).append(forecast_of(row))
    return found


def forecasts_first_made(
    connection: Connection, station: str, start: datetime, end: datetime, *, known_at: datetime
) -> list[LevelForecast]:
    """The forecasts of one gauge with start <= issued_at <= end, each as it was made first, by `known_at` at the latest."""
    wanted = {"station": station, "start": start, "end": end, "known_at": known_at}
    return [forecast_of(row) for row in connection.execute(query("forecasts_first_made"), wanted).fetchall()]


def issues_made_anew(connection: Connection, station: str, start: datetime, end: datetime) -> set[datetime]:
    """The issues of one gauge with start <= issued_at <= end that were made again later, and then said something else."""
    wanted = {"station": station, "start": start, "end": end}
    return {issued_at for (issued_at,) in connection.execute(query("forecasts_made_anew"), wanted).fetchall()}


def first_received(connection: Connection) -> datetime | None:
    """When the first reading of a station that is still kept came; None without readings. Before it nothing can be shown."""
    found = connection.execute(query("first_received")).fetchone()
    return None if found is None else found[0]
