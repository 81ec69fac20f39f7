"""What the network page asks: how good the readings were, what was found, refused, and what waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from psycopg.types.json import Jsonb

from domain.readings import QualityFlag
from storage.database import Connection
from storage.queries import query


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What one test found about one reading, with when it was judged. `value` in the quantity's unit."""

    station: str
    quantity: str
    observed_at: datetime
    value: float
    test: str
    flag: QualityFlag
    judged_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ReasonCount:
    """How many messages were rejected for one reason, and the newest of them."""

    reason: str
    count: int
    received_at: datetime
    topic: str
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """How many messages one worker had taken from the broker and not committed, when it last said.

    `by_source`: of them by configured source, with every source that it serves.
    """

    source: str
    messages: int
    at: datetime
    by_source: Mapping[str, int] = field(default_factory=dict)


def flag_counts(
    connection: Connection, spans: Mapping[str, tuple[datetime, datetime]]
) -> dict[tuple[str, str], dict[QualityFlag, int]]:
    """Readings by (station, quantity) and flag, for start < observed_at <= end of each station in `spans`."""
    if not spans:
        return {}
    parameters = {
        "stations": list(spans),
        "starts": [start for start, _ in spans.values()],
        "ends": [end for _, end in spans.values()],
        "earliest": min(start for start, _ in spans.values()),
    }
    found: dict[tuple[str, str], dict[QualityFlag, int]] = {}
    for station, quantity, flag, count in connection.execute(query("flag_counts"), parameters).fetchall():
        found.setdefault((station, quantity), {})[QualityFlag(flag)] = count
    return found


def newest_findings(connection: Connection, limit: int) -> list[Finding]:
    """What tests found last, the newest first; gaps are left out."""
    parameters = {"missing": QualityFlag.MISSING.value, "limit": limit}
    return [
        Finding(
            station=station,
            quantity=quantity,
            observed_at=observed_at,
            value=value,
            test=test,
            flag=QualityFlag(flag),
            judged_at=judged_at,
        )
        for station, quantity, observed_at, value, test, flag, judged_at in connection.execute(
            query("evidence_newest"), parameters
        ).fetchall()
    ]


def rejected_reasons(connection: Connection, since: datetime) -> list[ReasonCount]:
    """Why messages were rejected since then, the most frequent reason first."""
    rows = connection.execute(query("rejected_reasons"), {"since": since}).fetchall()
    return [
        ReasonCount(reason=reason, count=count, received_at=received_at, topic=topic, detail=detail)
        for reason, count, received_at, topic, detail in rows
    ]


def save_waiting(connection: Connection, waiting: Waiting) -> None:
    """Replace what this worker said before."""
    parameters = {
        "source": waiting.source,
        "messages": waiting.messages,
        "at": waiting.at,
        "by_source": Jsonb(dict(waiting.by_source)),
    }
    connection.execute(query("waiting_upsert"), parameters)


def waiting_messages(connection: Connection) -> dict[str, Waiting]:
    """What every worker said last, by its name."""
    rows = connection.execute(query("waiting")).fetchall()
    return {
        source: Waiting(source=source, messages=messages, at=at, by_source=by_source)
        for source, messages, at, by_source in rows
    }
