"""One station over a long time: thinned for a chart, exported whole, and what was revised or doubted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.readings import QualityFlag
from storage.database import Connection
from storage.queries import query

_PAGE = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Decimated:
    """At most two readings a bucket, the lowest and the highest, in order of time; `breaks`: readings that follow a gap."""

    at: tuple[datetime, ...]  # UTC
    value: tuple[float, ...]
    breaks: tuple[datetime, ...]


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


def decimated(
    connection: Connection,
    station: str,
    quantity: str,
    *,
    start: datetime,
    end: datetime,
    width: timedelta,
    gap: timedelta,
) -> Decimated:
    """One series in start < observed_at <= end, thinned by the database to the extremes of each `width`.

    Two readings further apart than `gap` have a break between them. Failed readings are left out.
    """
    parameters = {
        "station": station,
        "quantity": quantity,
        "start": start,
        "end": end,
        "width": width,
        "gap": gap,
        "fail": QualityFlag.FAIL.value,
    }
    points: dict[float, float] = {}
    breaks = []
    with connection.cursor(binary=True) as cursor:
        for low, high, after_gap in cursor.execute(query("decimated"), parameters):
            points |= {at: value for value, at in sorted((low, high), key=lambda point: point[1])}
            if after_gap is not None:
                breaks.append(after_gap)
    return Decimated(
        at=tuple(datetime.fromtimestamp(at, UTC) for at in points),
        value=tuple(points.values()),
        breaks=tuple(datetime.fromtimestamp(at, UTC) for at in breaks),
    )


def doubtful(
    connection: Connection, station: str, quantity: str, *, start: datetime, end: datetime, width: timedelta
) -> dict[datetime, tuple[float, QualityFlag]]:
    """Suspect and failed readings of one series in start < observed_at <= end, by time (UTC); of each `width` and flag the highest."""
    parameters = {
        "station": station,
        "quantity": quantity,
        "start": start,
        "end": end,
        "width": width,
        "flags": [QualityFlag.SUSPECT.value, QualityFlag.FAIL.value],
    }
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(query("doubtful"), parameters).fetchall()
    return {datetime.fromtimestamp(at, UTC): (value, QualityFlag(flag)) for flag, (value, at) in rows}


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
