"""The readings of many stations in one query: what a round of judging, a forecast or a calibration needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.quantities import QUANTITIES, Aggregation
from domain.readings import QualityFlag
from storage.database import Connection
from storage.queries import query

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


def oldest_readings(connection: Connection, stations: Sequence[str], since: datetime) -> dict[str, datetime]:
    """When the oldest reading from `since` on was observed, by station; stations without one are missing."""
    return dict(connection.execute(query("oldest_readings"), {"stations": list(stations), "since": since}).fetchall())


def columns_by(connection: Connection, name: str, parameters: Mapping[str, object]) -> dict[str, dict[str, Columns]]:
    """Readings by another statement with the columns of histories.sql."""
    found: dict[str, dict[str, Columns]] = {}
    with connection.cursor(binary=True) as cursor:
        for station, quantity, observed, values, flags, received in cursor.execute(query(name), parameters):
            found.setdefault(station, {})[quantity] = Columns(
                np.array(observed, dtype="int64"),
                np.array(values, dtype="float64"),
                np.array(flags, dtype="int64"),
                np.array(received, dtype="int64"),
            )
    return found


def histories(connection: Connection, starts: Mapping[str, datetime]) -> Histories:
    """The same as frames with columns observed_at, value, flag, received_at."""
    return _frames(columns(connection, starts))


def _frames(found: dict[str, dict[str, Columns]]) -> Histories:
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
