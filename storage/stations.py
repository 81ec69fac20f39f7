"""Stations and their series, as configured or as adopted on first sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import msgspec

from domain.quantities import QUANTITIES
from domain.stations import LIVE_CLOCK, Station
from storage.database import Connection
from storage.notifications import NETWORK, notify
from storage.queries import query

_decoder = msgspec.json.Decoder(Station)


@lru_cache(maxsize=20_000)
def _decoded(text: str) -> Station:
    """The station of a configuration; the same text is the same object, so that thousands are not decoded at every look."""
    return _decoder.decode(text)


@dataclass(frozen=True, kw_only=True, slots=True)
class StationStatus:
    """What a station's retained status topic says: `online`, or `offline` by its last will."""

    station: str
    status: str
    changed_at: datetime


def sync_network(connection: Connection, stations: Sequence[Station], *, clock: str | None = None) -> None:
    """Insert or replace stations and add their series; a configured station wins over an adopted one of the same id.

    `clock`, when given, replaces the clock of every station. Stations, series and readings that are not named stay.
    """
    named = [station if clock is None else replace(station, clock=clock) for station in stations]
    with connection.cursor() as cursor:
        cursor.executemany(query("station_upsert"), [_row(station) for station in named])
        cursor.executemany(query("series_upsert"), [row for station in named for row in _series_rows(station)])
    notify(connection, NETWORK, "")


def adopt_station(connection: Connection, station: Station) -> None:
    """Register a station seen for the first time, or new series of one adopted earlier. A configured one is left alone."""
    adopt_stations(connection, [station])


def adopt_stations(connection: Connection, stations: Sequence[Station]) -> None:
    """Register many stations as `adopt_station` does one."""
    adopted = [replace(station, adopted=True, verified=False, thresholds=()) for station in stations]
    with connection.cursor() as cursor:
        cursor.executemany(query("station_adopt"), [_row(station) for station in adopted])
        cursor.executemany(query("series_adopt"), [row for station in adopted for row in _series_rows(station)])
    notify(connection, NETWORK, "")


def load_stations(connection: Connection) -> dict[str, Station]:
    """Every station by id, configured and adopted, ordered by id."""
    rows = connection.execute(query("stations")).fetchall()
    return {station.id: station for station in (_decoded(text) for (text,) in rows)}


def series_ids(connection: Connection) -> dict[tuple[str, str], int]:
    """The number of each series by (station, quantity)."""
    rows = connection.execute(query("series_ids")).fetchall()
    return {(station, quantity): number for station, quantity, number in rows}


def clock_now(connection: Connection, wall_now: datetime) -> dict[str, datetime]:
    """What time it is on each clock: the wall's on `live`, the newest observed_at of its stations on any other.

    A clock without a single reading has no time yet and is left out; `live` is always there.
    """
    rows = connection.execute(query("clocks"), {"live": LIVE_CLOCK}).fetchall()
    return {LIVE_CLOCK: wall_now} | dict(rows)


def set_status(connection: Connection, station: str, status: str, changed_at: datetime) -> None:
    """Keep what a station's status topic says; repeating the same word does not move `changed_at`."""
    connection.execute(query("status_upsert"), (station, status, changed_at))


def statuses(connection: Connection) -> dict[str, StationStatus]:
    """The last word of each station's status topic, by station; stations that never said anything are missing."""
    rows = connection.execute(query("statuses")).fetchall()
    return {station: StationStatus(station=station, status=word, changed_at=at) for station, word, at in rows}


def _row(station: Station) -> dict[str, object]:
    return {
        "id": station.id,
        "name_vi": station.name_vi,
        "name_en": station.name_en,
        "kind": station.kind.value,
        "lat": station.lat,
        "lon": station.lon,
        "simulated": station.simulated,
        "verified": station.verified,
        "adopted": station.adopted,
        "clock": station.clock,
        "configuration": msgspec.json.encode(station).decode(),
    }


def _series_rows(station: Station) -> list[tuple[str, str, str, object]]:
    return [(station.id, s.quantity, QUANTITIES[s.quantity].unit, s.cadence) for s in station.series]
