"""A job that is run for some stations at a time: what may be news comes first, and waits for no round over a whole network."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

from domain.stations import LIVE_CLOCK, Station
from rules.configuration import RuleSet
from rules.signs import gravity, telling
from scheduler.house import House
from scheduler.jobs import Job, Names
from scheduler.runner import Runner
from scheduler.turns import Turns
from storage import history
from storage.history import LatestReading


class Signs:
    """How grave the newest reading of each series looked when it was last looked at; 0 before the first look."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], int] = {}

    def graver(
        self, newest: Iterable[LatestReading], stations: Mapping[str, Station], rules: RuleSet
    ) -> dict[str, int]:
        """The stations one of whose readings looks graver now, and how grave (rules/signs.py)."""
        found: dict[str, int] = {}
        known = [reading for reading in newest if reading.station in stations]
        told = {quantity: telling(rules, quantity) for quantity in {reading.quantity for reading in known}}
        for reading in known:
            name, series = reading.station, (reading.station, reading.quantity)
            rank = gravity(stations[name], reading.quantity, reading.observed_at, reading.value, told[reading.quantity])
            if rank > self._seen.get(series, 0):
                found[name] = max(rank, found.get(name, 0))
            self._seen[series] = rank
        return found


class InTurn(Runner):
    """Runs its job for those whose turn it is (scheduler/turns.py); one whose newest reading looks graver is urgent."""

    def __init__(self, job: Job, house: House) -> None:
        super().__init__(job, house)
        self._turns, self._signs = Turns(), Signs()

    def _turn(self, asked: Names) -> Sequence[Names]:
        names = asked if asked is not None else frozenset(self._house.stations)
        played = {name for name, station in self._house.named(names).items() if station.clock != LIVE_CLOCK}
        self._turns.join(names, self._graver(names) if names else {}, restless=played)
        if self._turns.hurried:
            self._house.storm.set()
        chosen = self._turns.next(time.monotonic())
        # Asked for all where there are none, it leaves its record all the same: it is alive.
        return [chosen] if chosen or asked is None else []

    def _recorded(self, names: Names) -> int:
        began_s = time.monotonic()
        try:
            done = super()._recorded(names)
            self._turns.took(len(names or ()), time.monotonic() - began_s)
            return done
        finally:
            if not self._turns.hurried:
                self._house.storm.clear()

    def _graver(self, names: frozenset[str]) -> dict[str, int]:
        with self._house.database.transaction() as connection:
            newest = history.latest(connection, list(names))
        return self._signs.graver(newest, self._house.stations, self._house.rules)

    def _pause_s(self) -> float | None:
        return self._turns.pause_s(time.monotonic())
