"""The readings of many stations in one query: what a round of judging, a forecast or a calibration needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from domain.quantities import QUANTITIES, Aggregation
from domain.readings import QualityFlag
from storage.database import Connection
from storage.queries import query

#: Frames by station and quantity, oldest reading first; times are UTC, values in the quantity's own unit.
Histories = dict[str, dict[str, pd.DataFrame]]


def histories(connection: Connection, starts: Mapping[str, datetime]) -> Histories:
    """Readings of each station in `starts` from its time on. A series without readings has no entry.

    Frames have columns observed_at, value, flag, received_at.
    """
    if not starts:
        return {}
    parameters = {
        "stations": list(starts),
        "starts": list(starts.values()),
        "earliest": min(starts.values()),
    }
    found: Histories = {}
    with connection.cursor(binary=True) as cursor:
        for station, quantity, observed, values, flags, received in cursor.execute(query("histories"), parameters):
            found.setdefault(station, {})[quantity] = pd.DataFrame(
                {
                    "observed_at": _times(observed),
                    "value": np.array(values, dtype="float64"),
                    "flag": np.array(flags, dtype="int16"),
                    "received_at": _times(received),
                }
            )
    return found


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


def _times(microseconds: Sequence[int]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(np.array(microseconds, dtype="int64").view("M8[us]")).tz_localize("UTC")
