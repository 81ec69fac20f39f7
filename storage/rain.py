"""Totals of rain over several spans at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.readings import QualityFlag
from storage.database import Connection
from storage.queries import query


def rain_totals(
    connection: Connection,
    stations: Sequence[str],
    spans: Mapping[int, datetime],
    until: datetime,
    *,
    known_at: datetime | None = None,
) -> dict[str, dict[int, float]]:
    """Mm of rain by station and span, each over after < observed_at <= until; `spans` gives a number to each `after`.

    Failed readings are left out. A gauge without a reading in a span has no total there: not measured is not zero.
    `known_at`: as it was known then.
    """
    parameters = {
        "stations": list(stations),
        "keys": list(spans),
        "afters": list(spans.values()),
        "earliest": min(spans.values()),
        "until": until,
        "fail": QualityFlag.FAIL.value,
        "known_at": known_at,
    }
    name = "rain_totals" if known_at is None else "rain_totals_known"
    found: dict[str, dict[int, float]] = {}
    for station, key, mm in connection.execute(query(name), parameters).fetchall():
        found.setdefault(station, {})[key] = mm
    return found
