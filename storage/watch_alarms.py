"""What the system noticed about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.database import Connection
from storage.queries import query


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchAlarm:
    """Something is late or away since then; `until` None: it still is."""

    subject: str
    since: datetime
    until: datetime | None
    found: str


def begin(connection: Connection, subject: str, since: datetime, found: str) -> None:
    """It is late or away; an alarm that is open already gets the new words."""
    connection.execute(query("watch_alarm_begin"), {"subject": subject, "since": since, "found": found})


def end(connection: Connection, subject: str, until: datetime) -> None:
    """It is well again."""
    connection.execute(query("watch_alarm_end"), {"subject": subject, "until": until})


def watch_alarms(connection: Connection, *, open_only: bool = True, limit: int = 100) -> list[WatchAlarm]:
    """Open ones first, then the newest."""
    rows = connection.execute(query("watch_alarms"), {"open_only": open_only, "limit": limit}).fetchall()
    return [WatchAlarm(subject=s, since=since, until=until, found=f) for s, since, until, f in rows]
