"""Looking for the rows of a load."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime

from domain.errors import EwsError
from storage.database import Connection, connect, translated
from storage.queries import query

_LOAD_LOCK = 0x6577735F6C6F6164


@contextmanager
def only_load(database_url: str) -> Iterator[None]:
    """While this lasts, no other load is sent into this database: both would count each other's rows as their own.

    The lock falls with its connection, so a killed process frees it. Raises EwsError when another load is under way.
    """
    with closing(connect(database_url)) as connection:
        with translated():
            row = connection.execute(query("load_lock"), {"lock": _LOAD_LOCK}).fetchone()
        if row is None or not row[0]:
            raise EwsError(
                "another load is being sent into this database: one at a time, or its rows would be counted too"
            )
        yield


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
