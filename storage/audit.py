"""Who did what, when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from storage.database import Connection
from storage.queries import query


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """One deed of a person or process."""

    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, object]


def add(connection: Connection, actor: str, action: str, subject: str, detail: Mapping[str, object]) -> None:
    """Write down one deed in this transaction, at the database's time. `detail` must be JSON."""
    connection.execute(query("audit_add"), (actor, action, subject, Jsonb(dict(detail))))


def entries(connection: Connection, *, subject: str | None = None, limit: int = 100) -> list[AuditEntry]:
    """The newest entries first, of one subject when named."""
    rows = connection.execute(query("audit_entries"), {"subject": subject, "limit": limit}).fetchall()
    return [
        AuditEntry(at=at, actor=actor, action=action, subject=about, detail=detail)
        for at, actor, action, about, detail in rows
    ]


def add_all(connection: Connection, rows: Sequence[tuple[str, str, str, Mapping[str, object]]]) -> None:
    """Write down several deeds (actor, action, subject, detail) in their order."""
    with connection.cursor() as cursor:
        cursor.executemany(query("audit_add"), [(*row[:3], Jsonb(dict(row[3]))) for row in rows])
