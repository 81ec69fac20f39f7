"""Stations as text and as JSON: what they last said, the alarm levels in force, the warnings that run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from cli.tables import measured, table, when
from domain.quantities import QUANTITIES
from domain.stations import Station
from domain.times import local
from storage import alerts, history
from storage import stations as station_store
from storage.database import Connection
from storage.history import LatestReading


@dataclass(frozen=True, kw_only=True)
class StationRow:
    """One station, with what is stored about it."""

    id: str
    name: str
    kind: str
    clock: str
    state: str  # running warnings with their levels; else ok or silent
    observed_at: datetime | None
    values: str
    bd1_m: float | None
    bd2_m: float | None
    bd3_m: float | None
    levels_verified: bool | None  # None: no levels
    verified: bool
    simulated: bool
    adopted: bool
    source: str


def station_rows(connection: Connection, now: datetime) -> list[StationRow]:
    """Every station, by id."""
    newest: dict[str, list[LatestReading]] = {}
    for reading in history.latest(connection):
        newest.setdefault(reading.station, []).append(reading)
    warnings: dict[str, list[str]] = {}
    for alert in alerts.active_alerts(connection):
        warnings.setdefault(alert.station, []).append(f"{alert.event.value} {alert.level}")
    return [
        _row(station, newest.get(station.id, []), warnings.get(station.id, []), now)
        for station in station_store.load_stations(connection).values()
    ]


def _row(station: Station, newest: Sequence[LatestReading], warnings: Sequence[str], now: datetime) -> StationRow:
    levels = station.thresholds_on(local(now).date())
    return StationRow(
        id=station.id,
        name=station.name_vi,
        kind=station.kind.value,
        clock=station.clock,
        state=", ".join(warnings) or ("ok" if newest else "silent"),
        observed_at=max((reading.observed_at for reading in newest), default=None),
        values=", ".join(_value(reading) for reading in newest[:3]),
        bd1_m=levels.bd1_m if levels else None,
        bd2_m=levels.bd2_m if levels else None,
        bd3_m=levels.bd3_m if levels else None,
        levels_verified=levels.verified if levels else None,
        verified=station.verified,
        simulated=station.simulated,
        adopted=station.adopted,
        source=station.source,
    )


def _value(reading: LatestReading) -> str:
    return f"{reading.value:g} {QUANTITIES[reading.quantity].unit}"


def stations_table(rows: Sequence[StationRow]) -> str:
    """One line a station."""
    headings = (
        "station",
        "name",
        "kind",
        "state",
        "newest reading",
        "values",
        "BĐ1",
        "BĐ2",
        "BĐ3",
        "levels",
        "station is",
    )
    return table(headings, [_cells(row) for row in rows]) if rows else "no stations: run `ews migrate`"


def _cells(row: StationRow) -> tuple[object, ...]:
    levels = {None: "", True: "verified", False: "unverified"}[row.levels_verified]
    words = ("verified" if row.verified else "unverified", "simulated" * row.simulated, "adopted" * row.adopted)
    thresholds = (measured(row.bd1_m), measured(row.bd2_m), measured(row.bd3_m))
    known = ", ".join(word for word in words if word)
    return (row.id, row.name, row.kind, row.state, when(row.observed_at), row.values, *thresholds, levels, known)


def stations_json(rows: Sequence[StationRow]) -> str:
    """Every field, times in UTC."""
    return msgspec.json.format(msgspec.json.encode(rows), indent=2).decode()
