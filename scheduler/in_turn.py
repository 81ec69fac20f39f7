"""A job that is run for some stations at a time: what may be news comes first, and waits for no round over a whole network."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.alerts import Event
from domain.stations import LIVE_CLOCK, Station
from rules.configuration import RuleSet
from rules.signs import gravity, telling
from scheduler.house import House
from scheduler.jobs import Job, Names
from scheduler.runner import Runner
from scheduler.turns import Turns
from storage import history
from storage.history import LatestReading


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """What the newest readings of a station may be the beginning of, and how grave the gravest of it is."""

    rank: int
    events: frozenset[Event]

    def __or__(self, other: Sign) -> Sign:
        return Sign(rank=max(self.rank, other.rank), events=self.events | other.events)


class Signs:
    """How grave the newest reading of each series looked when it was last looked at; 0 before the first look."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], int] = {}

    def graver(
        self, newest: Iterable[LatestReading], stations: Mapping[str, Station], rules: RuleSet
    ) -> dict[str, Sign]:
        """The stations one of whose readings looks graver now, and of what (rules/signs.py)."""
        found: dict[str, Sign] = {}
        known = [reading for reading in newest if reading.station in stations]
        told = {quantity: telling(rules, quantity) for quantity in {reading.quantity for reading in known}}
        for reading in known:
            name, series = reading.station, (reading.station, reading.quantity)
            grave = gravity(
                stations[name], reading.quantity, reading.observed_at, reading.value, told[reading.quantity]
            )
            rank = max(grave.values(), default=0)
            if rank > self._seen.get(series, 0):
                sign = Sign(rank=rank, events=frozenset(grave))
                found[name] = sign | found[name] if name in found else sign
            self._seen[series] = rank
        return found


class InTurn(Runner):
    """Runs its job for those whose turn it is (scheduler/turns.py); one whose newest reading looks graver is urgent.

    The urgent are run for what the reading speaks of (`House.about`), and for everything else when their turn comes again: five
    thousand gauges that cross a level are told of that first.
    """

    def __init__(self, job: Job, house: House) -> None:
        super().__init__(job, house)
        self._turns, self._signs = Turns(), Signs()
        self._about: dict[str, frozenset[Event]] = {}  # of the urgent ones that wait

    def _turn(self, asked: Names) -> Sequence[Names]:
        names = asked if asked is not None else frozenset(self._house.stations)
        played = {name for name, station in self._house.named(names).items() if station.clock != LIVE_CLOCK}
        graver = self._graver(names) if names else {}
        self._turns.join(names, {name: sign.rank for name, sign in graver.items()}, restless=played)
        # A clock that runs fast has no time for a second turn.
        for name in graver.keys() - played:
            self._about[name] = graver[name].events | self._about.get(name, frozenset())
        if self._turns.hurried:
            self._house.storm.set()
        chosen = self._turns.next(time.monotonic())
        self._house.about = {name: self._about.pop(name) for name in chosen & self._about.keys()}
        # Asked for all where there are none, it leaves its record all the same: it is alive.
        return [chosen] if chosen or asked is None else []

    def _recorded(self, names: Names) -> int:
        began_s = time.monotonic()
        try:
            done = super()._recorded(names)
            if self._house.about:
                self._turns.join(self._house.about, {})
            else:
                self._turns.took(len(names or ()), time.monotonic() - began_s)
            return done
        finally:
            if not self._turns.hurried:
                self._house.storm.clear()

    def _graver(self, names: frozenset[str]) -> dict[str, Sign]:
        with self._house.database.transaction() as connection:
            newest = history.latest(connection, list(names))
        return self._signs.graver(newest, self._house.stations, self._house.rules)

    def _pause_s(self) -> float | None:
        return self._turns.pause_s(time.monotonic())
