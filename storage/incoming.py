"""Bringing readings that have no row yet into the table: straight in where they are new for certain, else by comparison."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from psycopg import Copy, Cursor
from psycopg.errors import UniqueViolation

from domain.readings import Reading
from storage.database import Connection
from storage.queries import query

#: (number of the series, observed_at)
Key = tuple[int, datetime]

_TYPES = ["int4", "timestamptz", "timestamptz", "float8", "int2", "int8", "text", "float4"]


class Numbered(NamedTuple):
    """A reading at its place in the sequence it came in."""

    position: int
    key: Key
    reading: Reading


def insert_new(connection: Connection, firsts: Sequence[Numbered]) -> list[Numbered]:
    """Insert what has no row yet, each key once; return those whose key is taken.

    A reading newer than all of its series has no row: it is copied into the table itself, at half the cost. The others, or
    all of them when another worker was faster, are compared with the table first.
    """
    newest = _newest(connection, {n.key[0] for n in firsts})
    _begin(connection, [n for n in firsts if n.key[0] not in newest])
    fresh = [n for n in firsts if n.key[0] not in newest or n.key[1] > newest[n.key[0]]]
    if not _copied(connection, fresh):
        return _compared(connection, firsts)
    if len(fresh) == len(firsts):
        return []
    certain = {n.position for n in fresh}
    return _compared(connection, [n for n in firsts if n.position not in certain])


def _newest(connection: Connection, series: Collection[int]) -> dict[int, datetime]:
    return dict(connection.execute(query("latest_times"), (list(series),)).fetchall())


def _begin(connection: Connection, firsts: Iterable[Numbered]) -> None:
    """Note when series began to come; of one that was there all along nothing changes."""
    came: dict[int, datetime] = {}
    for n in firsts:
        came[n.key[0]] = min(n.reading.received_at, came.get(n.key[0], n.reading.received_at))
    if came:
        series = sorted(came)
        connection.execute(query("series_first_add"), {"series": series, "times": [came[number] for number in series]})


def _copied(connection: Connection, fresh: Iterable[Numbered]) -> bool:
    """Copy into the table; False, and nothing done, when a row was there that series_latest did not tell of."""
    # One order for all workers: no deadlock.
    ordered = sorted(fresh, key=attrgetter("key"))
    if not ordered:
        return True
    try:
        with connection.transaction(), connection.cursor() as cursor, cursor.copy(query("readings_copy")) as copy:
            copy.set_types(_TYPES)
            for n in ordered:
                _write(copy, n)
    except UniqueViolation:
        return False
    return True


def _compared(connection: Connection, firsts: Sequence[Numbered]) -> list[Numbered]:
    with connection.cursor() as cursor:
        _set_down(cursor, firsts)
        return [firsts[place] for (place,) in cursor.execute(query("readings_insert")).fetchall()]


def keep_latest(connection: Connection, changed: Iterable[Numbered]) -> None:
    """Move series_latest on where the newest of these is newer than, or revises, what it shows; count what touches the past.

    Of two with the same key the later in the sequence counts.
    """
    newest: dict[int, Numbered] = {}
    oldest: dict[int, datetime] = {}
    for n in changed:
        number, at = n.key
        standing = newest.get(number)
        if standing is None or at >= standing.key[1]:
            newest[number] = n
        oldest[number] = min(at, oldest.get(number, at))
    if newest:
        with connection.cursor() as cursor:
            _set_down(cursor, newest.values())
            moved: dict[int, datetime | None] = dict(cursor.execute(query("latest_from_incoming")).fetchall())
        past_touched(connection, [number for number, at in oldest.items() if _touches(at, number, moved)])


def _touches(at: datetime, number: int, moved: Mapping[int, datetime | None]) -> bool:
    """Whether a reading of this time is not newer than all that were there before (None: there were none)."""
    if number not in moved:  # series_latest shows a newer one
        return True
    before = moved[number]
    return before is not None and at <= before


def past_touched(connection: Connection, series: Collection[int]) -> None:
    """Let everybody who remembers readings of these series know that their past is another now."""
    if series:
        connection.execute(query("past_touched"), (sorted(series),))


def _set_down(cursor: Cursor[tuple[Any, ...]], rows: Iterable[Numbered]) -> None:
    """Into the temporary table of this connection, which then holds nothing else. Arrays as parameters take thrice as long."""
    cursor.execute(query("incoming_table"))
    cursor.execute(query("incoming_clear"))
    with cursor.copy(query("incoming_copy")) as copy:
        copy.set_types(["int4", *_TYPES])
        for place, n in enumerate(rows):
            _write(copy, n, place)


def _write(copy: Copy, n: Numbered, *place: int) -> None:
    r = n.reading
    copy.write_row((*place, *n.key, r.received_at, r.value, r.flag, r.seq, r.status, r.battery_v))
