"""The readings of many stations in one query: what a round of judging, a forecast or a calibration needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from psycopg import postgres
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from domain.quantities import QUANTITIES, Aggregation
from domain.readings import QualityFlag
from storage.database import Connection
from storage.queries import query
from storage.rows import as_rows

#: Frames by station and quantity, oldest reading first; times are UTC, values in the quantity's own unit.
Histories = dict[str, dict[str, pd.DataFrame]]


@dataclass(frozen=True, slots=True)
class Columns:
    """Readings of one series, oldest first: µs since 1970 UTC, values in the quantity's own unit, flags, and µs of reception."""

    observed: NDArray[np.int64]
    values: NDArray[np.float64]
    flags: NDArray[np.int64]
    received: NDArray[np.int64]


def columns(connection: Connection, starts: Mapping[str, datetime]) -> dict[str, dict[str, Columns]]:
    """Readings of each station in `starts` from its time on, by station and quantity. Empty series have no entry."""
    if not starts:
        return {}
    parameters = {
        "stations": list(starts),
        "starts": list(starts.values()),
        "earliest": min(starts.values()),
    }
    return columns_by(connection, "histories", parameters)


@dataclass(frozen=True, slots=True)
class SeriesRead:
    """One series with its newest reading's time. While `number` and `touched` are the same, everything up to a newest reading seen before is too.

    Columns are None where nothing was read; otherwise as in `Columns`.
    """

    station: str
    quantity: str
    number: int
    touched: int
    newest: datetime
    observed: NDArray[np.int64] | None
    values: NDArray[np.float64] | None
    flags: NDArray[np.int64] | None


def readings_after(
    connection: Connection, starts: Mapping[str, datetime], remembered: Mapping[int, datetime]
) -> list[SeriesRead]:
    """Every series of these stations that ever reported: from its station's start on, or from the time `remembered` by its number."""
    if not starts:
        return []
    parameters = {
        "wanted": as_rows([{"station": name, "start_at": start} for name, start in starts.items()]),
        "remembered": as_rows([{"series_id": number, "after": after} for number, after in remembered.items()]),
        "earliest": min((*starts.values(), *remembered.values())),
    }
    return [SeriesRead(*row) for row in rows_of_arrays(connection, "readings_after", parameters)]


def oldest_readings(connection: Connection, stations: Sequence[str], since: datetime) -> dict[str, datetime]:
    """When the oldest reading from `since` on was observed, by station; stations without one are missing."""
    return dict(connection.execute(query("oldest_readings"), {"stations": list(stations), "since": since}).fetchall())


def columns_by(connection: Connection, name: str, parameters: Mapping[str, object]) -> dict[str, dict[str, Columns]]:
    """Readings by another statement with the columns of histories.sql."""
    found: dict[str, dict[str, Columns]] = {}
    for station, quantity, *arrays in rows_of_arrays(connection, name, parameters):
        found.setdefault(station, {})[quantity] = Columns(*arrays)
    return found


def rows_of_arrays(connection: Connection, name: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """Rows of a statement whose arrays of timestamptz (as µs since 1970 UTC), double precision and smallint become arrays of numbers."""
    with connection.cursor(binary=True) as cursor:
        for loader in (_Times, _Values, _Flags):
            cursor.adapters.register_loader(loader.oid, loader)
        return cursor.execute(query(name), parameters).fetchall()


class _Times(Loader):
    """An array of timestamptz in PostgreSQL's binary form, without a null: µs since 1970 UTC."""

    format = Format.BINARY
    oid = postgres.types["timestamptz"].array_oid

    def load(self, data: Buffer) -> NDArray[np.int64]:
        """PostgreSQL counts from 2000."""
        return _items(data, ">i8").astype(np.int64) + _SINCE_1970


class _Values(Loader):
    """The same of double precision."""

    format = Format.BINARY
    oid = postgres.types["float8"].array_oid

    def load(self, data: Buffer) -> NDArray[np.float64]:
        """The numbers."""
        return _items(data, ">f8").astype(np.float64)


class _Flags(Loader):
    """The same of smallint."""

    format = Format.BINARY
    oid = postgres.types["int2"].array_oid

    def load(self, data: Buffer) -> NDArray[np.int64]:
        """The numbers."""
        return _items(data, ">i2").astype(np.int64)


#: µs from 1970 to 2000.
_SINCE_1970 = 946_684_800_000_000
#: Before the items: dimensions, whether there are nulls, type, length, lower bound (array_send in PostgreSQL's arrayfuncs.c).
_HEAD = 20


def _items(data: Buffer, kind: str) -> NDArray[Any]:
    """Each item of an array of one dimension stands after its length in four bytes. An object for each takes fifty times as long."""
    return np.frombuffer(data, dtype=[("length", ">i4"), ("item", kind)], offset=_HEAD)["item"]


def histories(connection: Connection, starts: Mapping[str, datetime]) -> Histories:
    """The same as frames with columns observed_at, value, flag, received_at."""
    return frames(columns(connection, starts))


def frames(found: Mapping[str, Mapping[str, Columns]]) -> Histories:
    """Columns as frames."""
    return {
        station: {quantity: _frame(each) for quantity, each in by_quantity.items()}
        for station, by_quantity in found.items()
    }


def _frame(each: Columns) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "observed_at": _times(each.observed),
            "value": each.values,
            "flag": each.flags.astype("int16"),
            "received_at": _times(each.received),
        }
    )


def stepped(
    connection: Connection,
    stations: Sequence[str],
    quantities: Sequence[str],
    *,
    start: datetime,
    end: datetime,
    step: timedelta,
) -> Histories:
    """Readings in start < observed_at <= end, one a step counted back from `end`: the last of it, or an amount's sum.

    What a model that works in steps needs, at a sixth of the rows of a ten-minute gauge. Failed readings are left out.
    Frames have columns observed_at (of the last reading of the step) and value.
    """
    parameters = {
        "stations": list(stations),
        "quantities": list(quantities),
        "summed": [name for name in quantities if QUANTITIES[name].aggregation is Aggregation.SUM],
        "start": start,
        "end": end,
        "step": step,
        "fail": QualityFlag.FAIL.value,
    }
    found: Histories = {}
    with connection.cursor(binary=True) as cursor:
        for station, quantity, observed, values in cursor.execute(query("stepped"), parameters):
            found.setdefault(station, {})[quantity] = pd.DataFrame(
                {"observed_at": _times(observed), "value": np.array(values, dtype="float64")}
            )
    return found


def _times(microseconds: Sequence[int] | NDArray[np.int64]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(np.array(microseconds, dtype="int64").view("M8[us]")).tz_localize("UTC")
