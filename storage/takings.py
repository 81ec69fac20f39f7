"""What partners took of the open data: counted by the hour, and written into the audit when the hour is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from storage import audit
from storage.database import Connection
from storage.queries import query


class Taken(NamedTuple):
    """Who took what of which station ('': of many at once) in which hour."""

    actor: str
    hour: datetime
    what: str
    station: str


class Amount(NamedTuple):
    """How much it was."""

    requests: int
    rows: int


def add_taken(connection: Connection, taken: Mapping[Taken, Amount]) -> None:
    """Add to what was taken before."""
    with connection.cursor() as cursor:
        # One order for all processes: no deadlock.
        cursor.executemany(query("taken_add"), [(*key, *taken[key]) for key in sorted(taken)])


def close_hours(connection: Connection, before: datetime) -> int:
    """Move the hours that began before `before` into the audit: one row for each actor and hour. How many rows that were."""
    closed: dict[tuple[datetime, str], list[dict[str, object]]] = {}
    for actor, hour, what, station, requests, rows in connection.execute(
        query("taken_close"), {"before": before}
    ).fetchall():
        entry = {"what": what, "station": station, "requests": requests, "rows": rows}
        closed.setdefault((hour, actor), []).append(entry)
    deeds = [
        (actor, "took", "open_data", {"hour": hour.isoformat(), "taken": taken})
        for (hour, actor), taken in sorted(closed.items(), key=lambda found: found[0])
    ]
    if deeds:
        audit.add_all(connection, deeds)
    return len(deeds)
