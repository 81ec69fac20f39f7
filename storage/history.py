"""Reading back what was stored: histories, newest values, rain totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import NamedTuple

import numpy as np
import pandas as pd

from domain.readings import QualityFlag
from storage.database import Connection
from storage.queries import query
from storage.rows import as_rows


@dataclass(frozen=True, kw_only=True, slots=True)
class LatestReading:
    """The newest reading of one series."""

    station: str
    quantity: str
    observed_at: datetime
    received_at: datetime
    value: float
    flag: QualityFlag
    battery_v: float | None


def readings_between(
    connection: Connection,
    station: str,
    quantity: str,
    start: datetime,
    end: datetime,
    *,
    known_at: datetime | None = None,
) -> pd.DataFrame:
    """The history of one series with start <= observed_at <= end, in order of observed_at.

    Columns: observed_at (UTC, microseconds), value (float, the quantity's own unit), flag (int16), received_at (UTC).
    `known_at`: as it was known then, with what had been received by then and the values that were shown then.
    """
    parameters = {"station": station, "quantity": quantity, "start": start, "end": end, "known_at": known_at}
    name = "readings_between" if known_at is None else "readings_known"
    rows = connection.execute(query(name), parameters).fetchall()
    observed, value, flag, received = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pd.DataFrame(
        {
            "observed_at": _times(observed),
            "value": np.array(value, dtype="float64"),
            "flag": np.array(flag, dtype="int16"),
            "received_at": _times(received),
        }
    )


def _times(microseconds: tuple[int, ...]) -> pd.DatetimeIndex:
    """Microseconds since the epoch to UTC; far quicker than through datetime objects."""
    return pd.DatetimeIndex(np.array(microseconds, dtype="int64").view("M8[us]")).tz_localize("UTC")


class Newest(NamedTuple):
    """How many of the newest values of a series are wanted that lie in a range, with all that lie between them in time."""

    number: int
    low: float = -inf
    high: float = inf


def recent_values(connection: Connection, series_id: int, n: int) -> list[tuple[datetime, float]]:
    """The newest `n` values of one series, oldest first."""
    return recent_values_of(connection, {series_id: Newest(n)}).get(series_id, [])


def recent_values_of(connection: Connection, wanted: Mapping[int, Newest]) -> dict[int, list[tuple[datetime, float]]]:
    """The newest values of several series, oldest first, ten times the count of each at most. Empty series are left out."""
    of = list(wanted.values())
    parameters = {
        "series": list(wanted),
        "counts": [one.number for one in of],
        "lows": [one.low for one in of],
        "highs": [one.high for one in of],
    }
    found: dict[int, list[tuple[datetime, float]]] = {}
    for series_id, observed_at, value in connection.execute(query("recent_values"), parameters).fetchall():
        found.setdefault(series_id, []).append((observed_at, value))
    return found


def values_since(
    connection: Connection, newest: Mapping[int, datetime], limit: int
) -> dict[int, list[tuple[datetime, float]]]:
    """What came to several series after the time given for each, oldest first, the newest `limit`; none: left out."""
    if not newest:
        return {}
    parameters = {"series": list(newest), "after": list(newest.values()), "first": min(newest.values()), "limit": limit}
    found: dict[int, list[tuple[datetime, float]]] = {}
    for series_id, observed_at, value in connection.execute(query("values_since"), parameters).fetchall():
        found.setdefault(series_id, []).append((observed_at, value))
    return found


def values_between(
    connection: Connection, series_id: int, start: datetime, end: datetime
) -> list[tuple[datetime, float]]:
    """The values of one series with start <= observed_at <= end, in order of observed_at."""
    return connection.execute(query("values_between"), (series_id, start, end)).fetchall()


def latest(connection: Connection, stations: Sequence[str] | None = None) -> list[LatestReading]:
    """The newest reading of every series (of these stations) that has one, ordered by station and quantity."""
    parameters = {"stations": None if stations is None else as_rows(stations)}
    return [
        LatestReading(
            station=station,
            quantity=quantity,
            observed_at=observed_at,
            received_at=received_at,
            value=value,
            flag=QualityFlag(flag),
            battery_v=battery_v,
        )
        for station, quantity, observed_at, received_at, value, flag, battery_v in connection.execute(
            query("latest"), parameters
        ).fetchall()
    ]


def sums(connection: Connection, quantity: str, *, after: datetime, until: datetime) -> dict[str, float]:
    """Totals of one quantity by station over after < observed_at <= until, failed readings left out.

    A rain reading is what fell in the interval that ends at observed_at, hence the half-open span.
    Stations without a reading in the span are left out: not measured is not zero.
    """
    parameters = {"quantity": quantity, "after": after, "until": until, "fail": QualityFlag.FAIL.value}
    return dict(connection.execute(query("sums"), parameters).fetchall())
