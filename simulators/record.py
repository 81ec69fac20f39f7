"""A real record of a few days, carried to Huế: stations of some kinds read what a station far away once read.

The hour of the day is kept, the date is not. An hour that is missing in the record is filled along a straight line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from domain.csv_table import Row, rows
from domain.errors import ConfigurationError
from domain.stations import Station, StationKind
from simulators.terrain import Floats

_NO_QUANTITY = ("at", "station")


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """Hourly values of `stations`, by station and quantity on `hours` since the beginning of the record."""

    kinds: tuple[StationKind, ...]  # of the stations at Huế that read it
    stations: tuple[str, ...]
    hours: Floats
    values: dict[tuple[str, str], Floats]

    def at(self, station: Station, stations: Sequence[Station], grid_h: Floats) -> dict[str, Floats]:
        """What one of `stations` at Huế reads, by quantity on `grid_h`; nothing for a station of another kind.

        Stations take the record's in turn, in the order of their ids. Rain is a sum, and all gauges read the wettest place:
        neighbours that read places far apart would doubt each other.
        """
        if station.kind not in self.kinds:
            return {}
        here = sorted(each.id for each in stations if each.kind is station.kind)
        source = self.stations[here.index(station.id) % len(self.stations)]
        if station.kind is StationKind.RAIN:
            source = max(self.stations, key=lambda name: float(self.values[name, "rainfall"].sum()))
        return {quantity: self._on(grid_h, source, quantity) for name, quantity in self.values if name == source}

    def _on(self, grid_h: Floats, source: str, quantity: str) -> Floats:
        values = self.values[source, quantity]
        if quantity == "rainfall":
            return np.interp(grid_h, self.hours, np.cumsum(values))
        if quantity == "wind_direction":  # no straight line leads from 350° to 10°
            return values[np.clip(np.searchsorted(self.hours, grid_h), 0, len(values) - 1)]
        return np.interp(grid_h, self.hours, values)


def load_record(file: Path, kinds: tuple[StationKind, ...]) -> Record:
    """A record with the columns at, station and one for each quantity. Raises ConfigurationError."""
    table = rows(file)
    if not table:
        raise ConfigurationError(place=str(file), key="the file", value=file.name, remedy="holds no line of a record")
    stations = tuple(sorted({row.text("station") for row in table}))
    quantities = [name for name in table[0].cells if name not in _NO_QUANTITY]
    begins = min(row.time("at") for row in table)
    hours: Floats = np.arange(0.0, max(_hour(row, begins) for row in table) + 0.5)
    values = {}
    for station in stations:
        own = [row for row in table if row.text("station") == station]
        for quantity in quantities:
            known = [(_hour(row, begins), row.number(quantity)) for row in own if row.text(quantity)]
            values[station, quantity] = np.interp(hours, *np.array(known, dtype=np.float64).T)
    return Record(kinds=kinds, stations=stations, hours=hours, values=values)


def _hour(row: Row, begins: datetime) -> float:
    return (row.time("at") - begins) / timedelta(hours=1)
