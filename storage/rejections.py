"""Messages and readings that could not be taken in, kept with their raw bytes and the reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.database import Connection
from storage.queries import query

#: Payloads are cut here; `payload_bytes` keeps the length before the cut.
PAYLOAD_LIMIT = 8192
_TOPIC_LIMIT, _DETAIL_LIMIT = 1024, 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejection:
    """One message, or one reading of it, that was refused. `reason` is a short, stable word.

    `payload_bytes`: how long the payload was when it arrives here already cut; None: it is whole.
    """

    received_at: datetime
    topic: str
    reason: str
    detail: str
    payload: bytes
    payload_bytes: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredRejection:
    """A rejection as it was kept. `payload_bytes` larger than `len(payload)`: it was cut and cannot be replayed."""

    id: int
    received_at: datetime
    topic: str
    reason: str
    detail: str
    payload: bytes
    payload_bytes: int
    replayed_at: datetime | None


def reject(connection: Connection, rejections: Sequence[Rejection]) -> None:
    """Keep rejections. Text that PostgreSQL cannot hold (NUL, lone surrogates) is replaced, never refused."""
    if not rejections:
        return
    with connection.cursor() as cursor, cursor.copy(query("reject_copy")) as copy:
        copy.set_types(["timestamptz", "text", "text", "text", "bytea", "int4"])
        for one in rejections:
            copy.write_row(_row(one))


def _row(r: Rejection) -> tuple[object, ...]:
    topic, detail = _text(r.topic, _TOPIC_LIMIT), _text(r.detail, _DETAIL_LIMIT)
    length = len(r.payload) if r.payload_bytes is None else r.payload_bytes
    return (r.received_at, topic, r.reason, detail, r.payload[:PAYLOAD_LIMIT], length)


def _text(value: str, limit: int) -> str:
    return value[:limit].replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def list_rejected(
    connection: Connection,
    *,
    reason: str | None = None,
    topic: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
    replayed: bool | None = None,
    after_id: int = 0,
    newest: bool = False,
) -> list[StoredRejection]:
    """Rejections in the order they came, at most `limit`: the first after `after_id`, or with `newest` the last ones.

    `topic`: an MQTT topic filter (`ews/v1/kim_long/#`). Received in [since, until). `replayed` False: only what was not
    replayed yet.
    """
    parameters = {
        **_selection(reason, topic, since, until),
        "limit": limit,
        "replayed": replayed,
        "after_id": after_id,
    }
    rows = connection.execute(query("rejected_newest" if newest else "rejected"), parameters).fetchall()
    return [_stored(row) for row in (reversed(rows) if newest else rows)]


def rejection(connection: Connection, number: int) -> StoredRejection | None:
    """One rejection by its id."""
    row = connection.execute(query("rejection"), (number,)).fetchone()
    return None if row is None else _stored(row)


def _stored(row: tuple[Any, ...]) -> StoredRejection:
    return StoredRejection(
        id=row[0],
        received_at=row[1],
        topic=row[2],
        reason=row[3],
        detail=row[4],
        payload=bytes(row[5]),
        payload_bytes=row[6],
        replayed_at=row[7],
    )


def _selection(
    reason: str | None, topic: str | None, since: datetime | None, until: datetime | None
) -> dict[str, object]:
    return {
        "reason": reason,
        "topic": None if topic is None else topic_pattern(topic),
        "since": since,
        "until": until,
    }


def topic_pattern(topic_filter: str) -> str:
    """An MQTT topic filter as a regular expression: `+` is one level, `#` at the end the topic itself and all below it."""
    levels = topic_filter.split("/")
    rest = ""
    if levels[-1] == "#":
        levels, rest = levels[:-1], "(/.*)?"
    if not levels:
        return "^"
    return "^" + "/".join("[^/]*" if level == "+" else re.escape(level) for level in levels) + rest + "$"


def count_rejected(
    connection: Connection,
    *,
    reason: str | None = None,
    topic: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    replayed: bool | None = None,
) -> dict[str, int]:
    """How many were rejected for each reason, the most frequent first; chosen as by list_rejected."""
    parameters = {**_selection(reason, topic, since, until), "replayed": replayed}
    return dict(connection.execute(query("rejected_counts"), parameters).fetchall())


def mark_replayed(connection: Connection, ids: Sequence[int], at: datetime) -> None:
    """Note that these were read again and stored."""
    connection.execute(query("rejected_replayed"), {"ids": list(ids), "at": at})
