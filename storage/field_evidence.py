"""What the system has, and holds, of the readings of some stations over some time: what a fleet's truth is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Connection
from storage.queries import query

Name = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldEvidence:
    """By series (station, quantity) unless said otherwise; times of readings and alarms are of observation."""

    readings: dict[Name, int]
    flagged: dict[Name, dict[datetime, int]]  # suspect and fail, by time
    evidence: list[tuple[str, str, datetime, str, int]]  # station, quantity, observed_at, test, flag
    overdue: list[tuple[str, datetime]]  # station, raised_at
    rejected: dict[str, int]  # messages by topic


def field_evidence(
    connection: Connection, stations: Sequence[str], start: datetime, end: datetime, since: datetime
) -> FieldEvidence:
    """Of readings observed in [start, end]; of refused messages since `since` of the wall clock, when the run began."""
    span = {"stations": list(stations), "start": start, "end": end}
    flagged: dict[Name, dict[datetime, int]] = {}
    for station, quantity, at, flag in connection.execute(query("field_flagged"), span).fetchall():
        flagged.setdefault((station, quantity), {})[at] = flag
    return FieldEvidence(
        readings={(s, q): count for s, q, count in connection.execute(query("field_readings"), span).fetchall()},
        flagged=flagged,
        evidence=list(connection.execute(query("field_evidence"), span).fetchall()),
        overdue=list(connection.execute(query("field_overdue"), span).fetchall()),
        rejected=dict(connection.execute(query("field_rejected"), {"since": since}).fetchall()),
    )
