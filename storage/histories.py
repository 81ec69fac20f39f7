"""The readings of many stations since a time each, in one query: what a round of judging needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

import pandas as pd

from domain.quantities import QUANTITIES, Aggregation
from domain.readings import QualityFlag
from storage.database import Connection
from storage.queries import query

_COLUMNS = ("observed_at", "value", "flag", "received_at")

#: Frames by station and quantity, each with columns observed_at (UTC), value (the quantity's unit), flag, received_at.
Histories = dict[str, dict[str, pd.DataFrame]]


def histories(connection: Connection, starts: Mapping[str, datetime]) -> Histories:
    """Readings of each station in `starts` from its time on, oldest first. A station without readings has no entry."""
    if not starts:
        return {}
    parameters = {
        "stations": list(starts),
        "starts": list(starts.values()),
        "earliest": min(starts.values()),
    }
    rows = connection.execute(query("histories"), parameters).fetchall()
    found: Histories = {}
    for (station, quantity), group in groupby(rows, key=itemgetter(0, 1)):
        found.setdefault(station, {})[quantity] = _frame([row[2:] for row in group])
    return found


def _frame(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame.from_records(rows, columns=list(_COLUMNS))
    for column in ("observed_at", "received_at"):
        frame[column] = pd.to_datetime(frame[column], utc=True)
    return frame


def stepped(
    connection: Connection,
    stations: Sequence[str],
    quantities: Sequence[str],
    *,
    start: datetime,
    end: datetime,
    step: timedelta,
) -> Histories:
    """Readings in start < observed_at <= end, one a step: the last value of it, or the sum of an amount such as rain.

    What a calibration over years needs, at a sixth of the rows. Failed readings are left out. Frames have columns
    observed_at (UTC, of the last reading of the step) and value.
    """
    summed = [name for name in quantities if QUANTITIES[name].aggregation is Aggregation.SUM]
    parameters = {
        "stations": list(stations),
        "quantities": list(quantities),
        "summed": summed,
        "start": start,
        "end": end,
        "step": step,
        "late": step / 10,
        "fail": QualityFlag.FAIL.value,
    }
    rows = connection.execute(query("stepped"), parameters).fetchall()
    found: Histories = {}
    for (station, quantity), group in groupby(rows, key=itemgetter(0, 1)):
        frame = pd.DataFrame.from_records([row[2:] for row in group], columns=["observed_at", "value"])
        frame["observed_at"] = pd.to_datetime(frame["observed_at"], utc=True)
        found.setdefault(station, {})[quantity] = frame
    return found
