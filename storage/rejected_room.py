"""How much rejected messages take up, and deleting those whose time or room is over, some at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from storage.database import Connection
from storage.queries import query

#: What a row takes beside its texts and payload: numbers, times, headers and index entries.
_ROW_BYTES = 200
#: What is given up first to make room: what was read again since, what was kept cut and never can be, then the others.
WORTHS = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Kept:
    """What there is. `waiting`: not replayed. `size`: bytes that the rows hold."""

    count: int
    waiting: int
    size: int


@dataclass(frozen=True, slots=True)
class Deleted:
    """What went. `waiting`: by reason, those that nobody had replayed."""

    count: int
    size: int
    waiting: Mapping[str, int]


def kept_rejected(connection: Connection) -> Kept:
    """All rejected messages. Reads the whole table: for a job or a person, not for a page."""
    row = connection.execute(query("rejected_size"), {"row_bytes": _ROW_BYTES}).fetchone()
    assert row is not None
    return Kept(row[0], row[1], int(row[2]))


def delete_old(connection: Connection, before: datetime, limit: int) -> Deleted:
    """Delete at most `limit` of those received before a time, the oldest first, replayed or not."""
    return _delete(connection, "rejected_delete_old", {"before": before, "limit": limit})


def delete_for_room(connection: Connection, excess: int, worth: int, limit: int) -> Deleted:
    """Delete the oldest of one of WORTHS until `excess` bytes are free, at most `limit` messages."""
    return _delete(connection, "rejected_delete_for_room", {"excess": excess, "worth": worth, "limit": limit})


def _delete(connection: Connection, name: str, parameters: dict[str, object]) -> Deleted:
    rows = connection.execute(query(name), {**parameters, "row_bytes": _ROW_BYTES}).fetchall()
    return Deleted(
        count=sum(row[2] for row in rows),
        size=sum(int(row[3]) for row in rows),
        waiting={reason: count for reason, waiting, count, _ in rows if waiting},
    )
