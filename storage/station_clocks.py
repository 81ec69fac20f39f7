"""How far the clock of each station's device is off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from storage.database import Connection
from storage.queries import query


@dataclass(frozen=True, kw_only=True, slots=True)
class StationClock:
    """An estimate from the newest live readings. Positive: readings arrive later than they say, the clock is behind."""

    station: str
    skew_s: float
    spread_s: float
    samples: int
    updated_at: datetime


def save_clocks(connection: Connection, clocks: Sequence[StationClock]) -> None:
    """Replace the estimates of these stations; stations that are gone are left out."""
    with connection.cursor() as cursor:
        cursor.executemany(query("station_clock_upsert"), [asdict(clock) for clock in clocks])


def station_clocks(connection: Connection) -> dict[str, StationClock]:
    """Every estimate by station."""
    rows = connection.execute(query("station_clocks")).fetchall()
    return {
        station: StationClock(station=station, skew_s=skew, spread_s=spread, samples=samples, updated_at=at)
        for station, skew, spread, samples, at in rows
    }
