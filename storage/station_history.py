"""One station over a long time: totals, exported whole, and what was revised or doubted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.readings import QualityFlag
from storage.database import Connection
from storage.queries import query

_PAGE = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Revised:
    """A reading that was shown, and what replaced it."""

    quantity: str
    observed_at: datetime
    value: float
    received_at: datetime
    replaced_at: datetime
    now: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubted:
    """What one quality test found of one reading."""

    quantity: str
    observed_at: datetime
    value: float | None
    test: str
    flag: QualityFlag
    judged_at: datetime


def bucket_sums(
    connection: Connection, stations: Sequence[str], quantity: str, *, start: datetime, end: datetime, width: timedelta
) -> dict[str, dict[datetime, float]]:
    """Totals of one quantity in each `width` from `start` on, by station and the bucket's start (UTC)."""
    parameters = {
        "stations": list(stations),
        "quantity": quantity,
        "start": start,
        "end": end,
        "width": width,
        "fail": QualityFlag.FAIL.value,
    }
    found: dict[str, dict[datetime, float]] = {}
    for station, bucket, total in connection.execute(query("bucket_sums"), parameters).fetchall():
        found.setdefault(station, {})[bucket] = total
    return found


def revisions_of(
    connection: Connection, station: str, start: datetime, end: datetime, limit: int = 100
) -> tuple[Revised, ...]:
    """The newest revised readings of one station, newest first."""
    parameters = {"station": station, "start": start, "end": end, "limit": limit}
    names = tuple(Revised.__dataclass_fields__)
    rows = connection.execute(query("revisions_of"), parameters).fetchall()
    return tuple(Revised(**dict(zip(names, row, strict=True))) for row in rows)


def evidence_of(
    connection: Connection, station: str, start: datetime, end: datetime, limit: int = 100
) -> tuple[Doubted, ...]:
    """What the quality tests found at one station, newest first; gaps are left out."""
    parameters = {
        "station": station,
        "start": start,
        "end": end,
        "limit": limit,
        "missing": QualityFlag.MISSING.value,
    }
    return tuple(
        Doubted(
            quantity=quantity,
            observed_at=observed_at,
            value=value,
            test=test,
            flag=QualityFlag(flag),
            judged_at=judged_at,
        )
        for quantity, observed_at, value, test, flag, judged_at in connection.execute(
            query("evidence_of"), parameters
        ).fetchall()
    )


def station_flags(
    connection: Connection, station: str, start: datetime, end: datetime
) -> dict[str, dict[QualityFlag, int]]:
    """How many readings of one station carry each flag, by quantity."""
    found: dict[str, dict[QualityFlag, int]] = {}
    parameters = {"station": station, "start": start, "end": end}
    for quantity, flag, count in connection.execute(query("station_flags"), parameters).fetchall():
        found.setdefault(quantity, {})[QualityFlag(flag)] = count
    return found


def export(connection: Connection, station: str, start: datetime, end: datetime) -> Iterator[tuple[Any, ...]]:
    """Rows of (quantity, unit, observed_at, received_at, value, flag, value received first or None), little by little."""
    with connection.cursor(name="readings_export") as cursor:
        cursor.itersize = _PAGE
        cursor.execute(query("readings_export"), {"station": station, "start": start, "end": end})
        yield from cursor
