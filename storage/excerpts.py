"""Readings and forecasts as others take them away: little by little, as they stand or as they were known at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from storage.database import Connection, Database
from storage.queries import query

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: No question may hold a connection for longer.
_LONGEST = "set local statement_timeout to '20s'"


class ReadingRow(NamedTuple):
    """One reading; times in microseconds since the epoch, `value` in the quantity's own unit."""

    observed_us: int
    received_us: int
    value: float
    flag: int


#: Readings as an array; its fields are those of ReadingRow.
Readings = npt.NDArray[np.void]
_READING = np.dtype([("observed_us", "i8"), ("received_us", "i8"), ("value", "f8"), ("flag", "i2")])
#: As the database packs each of them; it counts times from 2000.
_PACKED = {"observed_us": ">i8", "received_us": ">i8", "value": ">f8", "flag": ">i2"}
_SINCE_US = (datetime(2000, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND


class ForecastRow(NamedTuple):
    """One forecast of one gauge for one time. `quantiles_m` at 0.05, 0.10 … 0.95; `made_at`: when we knew."""

    station: str
    issued_at: datetime
    valid_at: datetime
    made_at: datetime
    model: str
    version: str
    beyond_experience: bool
    assumption: str
    expected_m: float | None
    quantiles_m: list[float]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingExcerpt:
    """The readings of one series with start <= observed_at < end; `known_at`: as they were known then, None: as they stand."""

    series_id: int
    start: datetime
    end: datetime
    known_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ForecastExcerpt:
    """The forecasts of one gauge with start <= issued_at < end, from behind (issued_at, valid_at) = `after`."""

    station: str
    start: datetime
    end: datetime
    known_at: datetime | None
    after: tuple[datetime, datetime] = (datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))


def instant(microseconds: int) -> datetime:
    """The time that many microseconds after the epoch."""
    return _EPOCH + timedelta(microseconds=microseconds)


def microseconds(at: datetime) -> int:
    """The reverse of `instant`."""
    return (at - _EPOCH) // _MICROSECOND


def reading_rows(connection: Connection, excerpt: ReadingExcerpt, limit: int) -> Readings:
    """The first `limit` rows, in order of observed_at."""
    known = excerpt.known_at is not None
    parameters = {
        "series": excerpt.series_id,
        "start": excerpt.start,
        "end": excerpt.end,
        "known_at": excerpt.known_at,
        "limit": limit,
    }
    # The index gives a page in its order; a bitmap would read and sort the whole rest for every page.
    connection.execute("set local enable_bitmapscan to off")
    with connection.cursor(binary=True) as cursor:
        cursor.execute(query("excerpt_readings_known" if known else "excerpt_readings"), parameters)
        found = cursor.fetchone()
    return _unpacked(found or (None,) * len(_PACKED))


def _unpacked(columns: tuple[bytes | None, ...]) -> Readings:
    """Readings from the bytes of each column; None for no rows."""
    parts = {
        name: np.frombuffer(packed or b"", kind) for (name, kind), packed in zip(_PACKED.items(), columns, strict=True)
    }
    rows = np.empty(len(parts["value"]), _READING)
    for name, part in parts.items():
        rows[name] = part + _SINCE_US if name.endswith("_us") else part
    return rows


def forecast_rows(connection: Connection, excerpt: ForecastExcerpt, limit: int) -> list[ForecastRow]:
    """The first `limit` rows, in order of issued_at and valid_at."""
    known = excerpt.known_at is not None
    parameters = {
        "station": excerpt.station,
        "start": excerpt.start,
        "end": excerpt.end,
        "known_at": excerpt.known_at,
        "after_issued_at": excerpt.after[0],
        "after_valid_at": excerpt.after[1],
        "limit": limit,
    }
    name = "excerpt_forecasts_known" if known else "excerpt_forecasts"
    return [ForecastRow(*row) for row in connection.execute(query(name), parameters).fetchall()]


def bounded(connection: Connection) -> None:
    """End the questions of this transaction that take too long; DatabaseUnavailableError with why = too_long."""
    connection.execute(_LONGEST)


def reading_pages(database: Database, excerpt: ReadingExcerpt, size: int) -> Iterator[Readings]:
    """The excerpt in pages of at most `size` rows, each in a transaction of its own.

    Between two pages no connection is held: a reader who is slow, or goes away, holds nobody up.
    """
    while True:
        with database.transaction() as connection:
            bounded(connection)
            rows = reading_rows(connection, excerpt, size)
        if len(rows):
            yield rows
        if len(rows) < size:
            return
        excerpt = replace(excerpt, start=instant(int(rows["observed_us"][-1])) + _MICROSECOND)


def forecast_pages(database: Database, excerpt: ForecastExcerpt, size: int) -> Iterator[list[ForecastRow]]:
    """The excerpt in pages, as `reading_pages`."""
    while True:
        with database.transaction() as connection:
            bounded(connection)
            rows = forecast_rows(connection, excerpt, size)
        if rows:
            yield rows
        if len(rows) < size:
            return
        excerpt = replace(excerpt, after=(rows[-1].issued_at, rows[-1].valid_at))
