"""Looking for the rows of a load."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.database import Connection
from storage.queries import query


def rows_there(connection: Connection, wanted: Sequence[tuple[str, datetime]]) -> set[tuple[str, datetime]]:
    """Which of these water levels (station, observed_at) are stored."""
    names = {
        "stations": [station for station, _ in wanted],
        "times": [at for _, at in wanted],
        "earliest": min(at for _, at in wanted),
    }
    return set(connection.execute(query("rows_there"), names).fetchall())


def rows_of_load(connection: Connection, stations: Sequence[str], start: datetime, end: datetime) -> int:
    """How many readings of these stations, observed in [start, end), are stored."""
    span = {"stations": list(stations), "start": start, "end": end}
    row = connection.execute(query("rows_of_load"), span).fetchone()
    return 0 if row is None else int(row[0])
