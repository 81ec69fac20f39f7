"""Sequence numbers of what is stored, so that what was sent and what is there can be compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from domain.sequences import DayNumbers, NumberRun, count_days
from domain.times import HUE_TIME
from storage.database import Connection
from storage.queries import query

#: Longest time that one question may be about: the window functions sort all readings of it.
LONGEST = timedelta(days=31)
#: How far back the last number before that time is looked for.
_LOOK_BACK = timedelta(days=31)
_OFFSET = HUE_TIME.utcoffset(None)


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesDay:
    """One quantity of one station on one day (in Huế, of observation). `unnumbered`: readings without a number."""

    station: str
    quantity: str
    numbers: DayNumbers
    unnumbered: int = 0


class TooManyRunsError(Exception):
    """The numbering is broken so often that the answer would have no bound."""


def series_days(
    connection: Connection, start: datetime, end: datetime, *, station: str | None = None, most_runs: int = 50_000
) -> list[SeriesDay]:
    """Sent against stored for readings observed in [start, end), ordered by station, quantity and day.

    Raises ValueError when that is longer than LONGEST, TooManyRunsError beyond `most_runs` runs of numbers.
    """
    if not timedelta(0) <= end - start <= LONGEST:
        raise ValueError(f"{start.isoformat()} to {end.isoformat()}: must be at most {LONGEST.days} days")
    parameters = {"start": start, "end": end, "station": station, "offset": _OFFSET}
    more = {"earliest": start - _LOOK_BACK, "limit": most_runs + 1}
    rows = connection.execute(query("number_runs"), {**parameters, **more}).fetchall()
    if len(rows) > most_runs:
        raise TooManyRunsError(f"more than {most_runs} runs of numbers")
    found = _numbered(rows)
    for name, quantity, day, count in connection.execute(query("unnumbered"), parameters).fetchall():
        numbers = found.get((name, quantity, day))
        found[name, quantity, day] = SeriesDay(
            station=name,
            quantity=quantity,
            numbers=numbers.numbers if numbers else DayNumbers(day, 0),
            unnumbered=count,
        )
    return [found[key] for key in sorted(found)]


def _numbered(rows: Iterable[tuple[Any, ...]]) -> dict[tuple[str, str, date], SeriesDay]:
    found = {}
    for (station, quantity), of_series in groupby(rows, key=lambda row: (row[0], row[1])):
        runs = [NumberRun(day, first, last, repeats) for _, _, day, first, last, repeats in of_series]
        for numbers in count_days(runs):
            found[station, quantity, numbers.day] = SeriesDay(station=station, quantity=quantity, numbers=numbers)
    return found
