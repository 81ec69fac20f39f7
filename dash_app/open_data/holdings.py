"""What there is to take, read at most every few seconds however many ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

from dash_app.open_data.asker import Asker
from dash_app.open_data.problems import not_there
from domain.quantities import QUANTITIES
from domain.stations import Station
from storage.database import Database
from storage.stations import load_stations, series_ids

#: A new station is there for takers after so long at most.
_NETWORK_KEPT_S = 5.0
_T = TypeVar("_T")


class Kept(Generic[_T]):
    """What `read` gave, for `seconds`. One reads, the others wait for it."""

    def __init__(self, read: Callable[[], _T], seconds: float) -> None:
        self._read, self._seconds = read, seconds
        self._lock = threading.Lock()
        self._found: tuple[float, _T] | None = None

    def fresh(self) -> _T | None:
        """What is there, without waiting; None when it has to be read."""
        found = self._found
        return None if found is None or time.monotonic() - found[0] > self._seconds else found[1]

    async def soon(self) -> _T:
        """What is there, or what a thread reads now. Raises what `read` raises."""
        fresh = self.fresh()
        return await run_in_threadpool(self.get) if fresh is None else fresh

    def get(self) -> _T:
        """What is there, or what is read now. Raises what `read` raises."""
        with self._lock:
            fresh = self.fresh()
            if fresh is not None:
                return fresh
            found = self._read()
            self._found = (time.monotonic(), found)
            return found


@dataclass(frozen=True, slots=True)
class Network:
    """Stations by id, numbers of series by (station, quantity)."""

    stations: dict[str, Station]
    numbers: dict[tuple[str, str], int]

    def station(self, asker: Asker, name: str) -> Station:
        """A station that the asker sees. Raises ProblemError 404."""
        found = self.stations.get(name)
        if found is None or not asker.sees(name):
            raise not_there("station", name)
        return found

    def series(self, station: str, quantity: str | None = None) -> list[tuple[str, int]]:
        """Quantities of a station with the numbers of their series, in order of the names."""
        return sorted(
            (name, number)
            for (where, name), number in self.numbers.items()
            if where == station and name in QUANTITIES and quantity in {None, name}
        )


class Holdings:
    """The network as the database has it, a few seconds old at most."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._network = Kept(self._read, _NETWORK_KEPT_S)

    def network(self) -> Network:
        """Stations and series. Raises DatabaseUnavailableError, SchemaOutdatedError."""
        return self._network.get()

    def _read(self) -> Network:
        with self.database.transaction() as connection:
            return Network(load_stations(connection), series_ids(connection))
