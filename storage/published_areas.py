"""The areas whose state this installation ever published: what is retained elsewhere on the broker may be another system's."""

from __future__ import annotations

from collections.abc import Iterable

from storage.database import Connection
from storage.queries import query


def add_published(connection: Connection, areas: Iterable[str]) -> None:
    """Remember them; before they are published, for a process may be killed in between."""
    wanted = sorted(set(areas))  # in one order, so that two who add wait for each other at most
    if wanted:
        connection.execute(query("published_areas_add"), (wanted,))


def published_areas(connection: Connection) -> list[str]:
    """All of them, also those that were cleared: a broker that was killed may have kept what stood there before."""
    return [row[0] for row in connection.execute(query("published_areas")).fetchall()]
