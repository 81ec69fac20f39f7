"""Who did what, when: rows that are only ever added, each chained to the one before by its hash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from storage.database import Connection
from storage.queries import query
from storage.rows import as_rows

_PAGE = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """One deed of a person or process. `number`: 1, 2, 3 … in the order of the chain."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, object]


@dataclass(frozen=True, slots=True)
class AuditLink:
    """One row as the chain sees it: hash = SHA-256(previous + content)."""

    number: int
    previous: bytes
    hash: bytes
    content: bytes


def add(connection: Connection, actor: str, action: str, subject: str, detail: Mapping[str, object]) -> None:
    """Write down one deed in this transaction, at the database's time. `detail` must be JSON.

    The chain has one writer at a time, from here until the transaction ends: call it last, and do not wait afterwards.
    """
    add_all(connection, [(actor, action, subject, detail)])


def hold(connection: Connection) -> None:
    """Take the end of the chain now, before rows whose change is written down by the database itself.

    Delivery holds the end when it comes to such rows; who had them first and came for the end after would wait for it for ever.
    """
    connection.execute(query("audit_hold"))


def add_all(connection: Connection, rows: Sequence[tuple[str, str, str, Mapping[str, object]]]) -> None:
    """Write down several deeds (actor, action, subject, detail) in their order."""
    noted = [{"actor": row[0], "action": row[1], "subject": row[2], "detail": row[3]} for row in rows]
    if noted:
        connection.execute(query("audit_add"), {"rows": as_rows(noted)})


def add_once(connection: Connection, actor: str, action: str, subject: str, detail: Mapping[str, object]) -> bool:
    """Write down a deed unless it stands there word for word; whether it did not. See `add`."""
    noted = {"actor": actor, "action": action, "subject": subject, "detail": Jsonb(detail)}
    return connection.execute(query("audit_add_once"), noted).rowcount > 0


def entries(
    connection: Connection,
    *,
    subject: str | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """The newest entries first; of one subject, one actor, or since a time, when named."""
    chosen: dict[str, Any] = {"subject": subject, "actor": actor, "since": since, "limit": limit}
    rows = connection.execute(query("audit_entries"), chosen).fetchall()
    return [
        AuditEntry(number=number, at=at, actor=actor, action=action, subject=about, detail=detail)
        for number, at, actor, action, about, detail in rows
    ]


def links(connection: Connection, first: int = 1) -> Iterator[AuditLink]:
    """The chain from row `first` on, in its order, little by little; within a transaction."""
    with connection.cursor(name="audit_links") as cursor:
        cursor.itersize = _PAGE
        cursor.execute(query("audit_links"), {"first": first})
        for row in cursor:
            yield AuditLink(*row)
