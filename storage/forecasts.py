"""Level forecasts as they were issued: a later one never overwrites an earlier one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.forecasts import LevelForecast
from storage.database import Connection
from storage.notifications import FORECASTS, notify_names
from storage.queries import query
from storage.rows import as_rows


def store_forecasts(connection: Connection, forecasts: Sequence[LevelForecast], made_at: datetime) -> None:
    """Keep forecasts and announce their stations. The same (station, issued_at, valid_at) again replaces the first."""
    with connection.cursor() as cursor:
        cursor.executemany(
            query("forecast_upsert"),
            [_row(f, made_at) for f in forecasts],
        )
    notify_names(connection, FORECASTS, (f.station for f in forecasts))


def latest_forecast(connection: Connection, station: str) -> list[LevelForecast]:
    """The forecasts of the newest issue at one gauge, ordered by valid_at; empty when there is none."""
    return [forecast_of(row) for row in connection.execute(query("forecast_latest"), {"station": station}).fetchall()]


def forecasts_between(connection: Connection, station: str, start: datetime, end: datetime) -> list[LevelForecast]:
    """The forecasts of one gauge with start <= issued_at <= end, ordered by issued_at and valid_at."""
    return [
        forecast_of(row) for row in connection.execute(query("forecasts_between"), (station, start, end)).fetchall()
    ]


def forecasts_of_many(
    connection: Connection, starts: Mapping[str, datetime], end: datetime
) -> dict[str, list[LevelForecast]]:
    """For each gauge of `starts`, its forecasts issued from its time on until `end`, ordered by issued_at and valid_at.

    Gauges without any are missing.
    """
    wanted = {"wanted": as_rows([{"station": name, "start_at": at} for name, at in starts.items()]), "end": end}
    found: dict[str, list[LevelForecast]] = {}
    for row in connection.execute(query("forecasts_of_many"), wanted).fetchall():
        found.setdefault(row[0], []).append(forecast_of(row))
    return found


def last_issued(connection: Connection) -> dict[str, datetime]:
    """The newest issue time by station; stations without a forecast are missing."""
    return dict(connection.execute(query("forecasts_last_issued")).fetchall())


def newest_issues(connection: Connection) -> dict[str, tuple[datetime, datetime]]:
    """When the newest forecast of each station was issued and made; stations without one are missing."""
    return {name: (issued, made) for name, issued, made in connection.execute(query("forecasts_newest")).fetchall()}


def forecasts_of(connection: Connection, issues: Mapping[str, datetime]) -> dict[str, list[LevelForecast]]:
    """The forecasts of one issue of each station, ordered by valid_at."""
    parameters = {"stations": list(issues), "issues": list(issues.values())}
    found: dict[str, list[LevelForecast]] = {}
    for row in connection.execute(query("forecasts_of_issue"), parameters).fetchall() if issues else ():
        found.setdefault(row[0], []).append(forecast_of(row))
    return found


def _row(f: LevelForecast, made_at: datetime) -> tuple[Any, ...]:
    said = (f.inputs, f.expected_m, f.beyond_experience, f.assumption)
    return (f.station, f.issued_at, f.valid_at, list(f.quantiles_m), f.model, f.version, *said, made_at)


def forecast_of(row: tuple[Any, ...]) -> LevelForecast:
    """A row of `forecast`, from station to assumption in the order of forecasts_between.sql."""
    station, issued_at, valid_at, quantiles_m, model, version, inputs, expected_m, beyond_experience, assumption = row
    return LevelForecast(
        station=station,
        issued_at=issued_at,
        valid_at=valid_at,
        quantiles_m=tuple(quantiles_m),
        model=model,
        version=version,
        inputs=inputs,
        expected_m=expected_m,
        beyond_experience=beyond_experience,
        assumption=assumption,
    )
