"""Readings by the hour, for tests that look at weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from storage.database import Connection
from storage.queries import query

Floats = NDArray[np.float64]


def hourly_means(
    connection: Connection, series: Sequence[tuple[str, str]], first_h: int, hours: int
) -> dict[tuple[str, str], tuple[Floats, Floats]]:
    """Of each series (station, quantity), hour by hour: the mean of what did not fail, and without doubted readings.

    The first of the `hours` is the `first_h`-th since 1970. NaN for an hour without readings; units are the quantity's own.
    """
    found = {name: (np.full(hours, np.nan), np.full(hours, np.nan)) for name in series}
    span = {
        "stations": [station for station, _ in series],
        "quantities": [quantity for _, quantity in series],
        "start": datetime.fromtimestamp(first_h * 3600, UTC),
        "end": datetime.fromtimestamp((first_h + hours) * 3600, UTC),
    }
    for station, quantity, hour, seen, trusted in connection.execute(query("hourly_means"), span).fetchall():
        one = found[station, quantity]
        one[0][hour - first_h] = seen
        one[1][hour - first_h] = np.nan if trusted is None else trusted
    return found
