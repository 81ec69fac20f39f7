"""A job that is run for some stations at a time: what may be news comes first, and waits for no round over a whole network."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

from domain.stations import LIVE_CLOCK, Station
from rules.dated_thresholds import height_of
from scheduler.house import House
from scheduler.jobs import Job, Names
from scheduler.runner import Runner
from scheduler.turns import Turns
from storage import history
from storage.history import LatestReading


class Heights:
    """At which alarm level each gauge's newest reading stood when it was last looked at; 0 before the first look."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def risen(self, newest: Iterable[LatestReading], stations: Mapping[str, Station]) -> dict[str, int]:
        """The gauges that stand at a higher level now, and at which."""
        levels = [reading for reading in newest if reading.quantity == "water_level" and reading.station in stations]
        heights = {r.station: height_of(stations[r.station], r.observed_at, r.value) for r in levels}
        risen = {name: height for name, height in heights.items() if height > self._seen.get(name, 0)}
        self._seen |= heights
        return risen


class InTurn(Runner):
    """Runs its job for those whose turn it is (scheduler/turns.py); a gauge that has risen to an alarm level is urgent."""

    def __init__(self, job: Job, house: House) -> None:
        super().__init__(job, house)
        self._turns, self._heights = Turns(), Heights()

    def _turn(self, asked: Names) -> Sequence[Names]:
        names = asked if asked is not None else frozenset(self._house.stations)
        played = {name for name, station in self._house.named(names).items() if station.clock != LIVE_CLOCK}
        self._turns.join(names, self._risen(names) if names else {}, restless=played)
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

    def _risen(self, names: frozenset[str]) -> dict[str, int]:
        with self._house.database.transaction() as connection:
            newest = history.latest(connection, list(names))
        return self._heights.risen(newest, self._house.stations)

    def _pause_s(self) -> float | None:
        return self._turns.pause_s(time.monotonic())
