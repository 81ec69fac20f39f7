"""Totals of rain over several spans at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.readings import QualityFlag
from storage.database import Connection
from storage.queries import query
from storage.stations import series_ids


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
    begun = sorted(spans, key=lambda key: spans[key])
    parameters: dict[str, object] = {
        "stations": list(stations),
        "afters": [spans[key] for key in begun],
        "earliest": spans[begun[0]],
        "until": until,
        "fail": QualityFlag.FAIL.value,
        "known_at": known_at,
    }
    name = "rain_totals" if known_at is None else "rain_totals_known"
    if known_at is not None:
        numbers = series_ids(connection)
        parameters["series"] = [numbers[s, "rainfall"] for s in stations if (s, "rainfall") in numbers]
    pieces: dict[str, dict[int, float]] = {}
    for station, number, mm in connection.execute(query(name), parameters).fetchall():
        pieces.setdefault(station, {})[number] = mm
    return {station: _totals(of, begun) for station, of in pieces.items()}


def _totals(pieces: Mapping[int, float], begun: Sequence[int]) -> dict[int, float]:
    """Each span's total from its own piece and all later ones."""
    found = {}
    for number, key in enumerate(begun, start=1):
        within = [mm for piece, mm in pieces.items() if piece >= number]
        if within:
            found[key] = sum(within)
    return found
