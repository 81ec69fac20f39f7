"""What every station of the network would read at any time: storms that follow each other without end.

A pure function of (seed, epoch): the same station, quantity and time give the same value in every process and after every
restart. Each storm's basin is run with the storm before it as spin-up, so the joint between two storms is smooth to
the millimetre and no state has to be kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from domain.stations import Station
from simulators.basin import STEP_H, BasinRun, areal_rain_mm, point_rain_mm, simulate_basin, tide_m
from simulators.catchments import DAMS, NODES
from simulators.columns import logged, station_columns
from simulators.noise import Integers
from simulators.storm import PERIOD_H, Storm, draw_storm
from simulators.terrain import Floats
from simulators.weather import cyclone

#: BĐ3 at Kim Long (EVN bulletin; huengaynay 159497): the moment a scenario is timed by.
FLOOD_LEVEL_M = 3.5
_KEPT_STORMS = 3


class StormRun:
    """One storm with what its basin did, on a grid of ten minutes from the storm's beginning to the next one's."""

    dust = 1.0

    def __init__(self, seed: int, number: int, begins_s: int) -> None:
        self.storm: Storm = draw_storm(seed, number)
        self._begins_s = begins_s
        steps = round(PERIOD_H / STEP_H)
        spin_up: Floats = np.arange(-steps, steps + 1, dtype=np.float64) * STEP_H
        storms = [(draw_storm(seed, number - 1), -PERIOD_H), (self.storm, 0.0)]
        run = simulate_basin(areal_rain_mm(storms, spin_up), spin_up, tide_m(spin_up + begins_s / 3600))
        self.hours: Floats = spin_up[steps:]
        self.clock_h: Floats = self.hours + begins_s / 3600
        self.run: BasinRun = run
        self._first = steps

    def level_crossing_h(self) -> float:
        """When Kim Long first reaches BĐ3, hours since the storm's beginning; the main pulse's centre if it does not."""
        above = np.flatnonzero(self.node("kim_long", self.run.node_stage_m) >= FLOOD_LEVEL_M)
        return float(self.hours[above[0]]) if len(above) else self.storm.main.centre_h + 8.0

    def node(self, name: str, table: Floats) -> Floats:
        """One river node's column of a table of the run."""
        return table[self._first :, [n.name for n in NODES].index(name)]

    def dam(self, name: str, table: Floats) -> Floats:
        """One dam's column of a table of the run."""
        return table[self._first :, [d.name for d in DAMS].index(name)]

    @property
    def haze_h(self) -> Floats:
        """Hours since the storm's beginning: the air is still and hazy a while before its rain."""
        return self.hours

    def cyclone_at(self, lat: float, lon: float) -> tuple[Floats, Floats, Floats]:
        """Pressure drop hPa, wind m/s and its direction at a place, at every grid time."""
        return cyclone(self.storm, lat, lon, self.hours)

    def rain_so_far_mm(self, lat: float, lon: float) -> Floats:
        """Rain at a place since the storm's beginning, at every grid time."""
        rain = point_rain_mm([(self.storm, 0.0)], np.array([lat]), np.array([lon]), self.hours, STEP_H)[:, 0]
        total: Floats = np.cumsum(rain)
        return total


class Scenario:
    """Readings of a network under an endless row of storms."""

    def __init__(self, stations: Sequence[Station], seed: int, epoch_s: int) -> None:
        self._stations = {station.id: station for station in stations}
        self._seed, self._epoch_s = seed, epoch_s
        self._runs: dict[int, StormRun] = {}
        self._columns: dict[tuple[int, str], dict[str, Floats]] = {}

    def storm_number(self, at_s: int) -> int:
        """The storm that a time belongs to; negative before the epoch."""
        return (at_s - self._epoch_s) // round(PERIOD_H * 3600)

    def begins_s(self, number: int) -> int:
        """When a storm begins, seconds since 1970."""
        return self._epoch_s + number * round(PERIOD_H * 3600)

    def storm_run(self, number: int) -> StormRun:
        """The run of one storm; the last few are kept."""
        if number not in self._runs:
            for old in sorted(self._runs)[: max(len(self._runs) - _KEPT_STORMS + 1, 0)]:
                del self._runs[old]
                self._columns = {key: columns for key, columns in self._columns.items() if key[0] != old}
            self._runs[number] = StormRun(self._seed, number, self.begins_s(number))
        return self._runs[number]

    def values(self, station: str, quantity: str, at_s: Integers) -> Floats:
        """What the station reads at these times (seconds since 1970), rounded as its logger would."""
        result = np.empty(len(at_s))
        numbers = (at_s - self._epoch_s) // round(PERIOD_H * 3600)
        for number in np.unique(numbers):
            chosen = numbers == number
            result[chosen] = self._within(int(number), self._stations[station], quantity, at_s[chosen])
        return result

    def _within(self, number: int, station: Station, quantity: str, at_s: Integers) -> Floats:
        run = self.storm_run(number)
        if (number, station.id) not in self._columns:
            self._columns[number, station.id] = station_columns(station, run, self._seed)
        column = self._columns[number, station.id][quantity]
        begins_s = self.begins_s(number)
        return logged(station, quantity, at_s, grid=run.hours, column=column, begins_s=begins_s, seed=self._seed)


def epoch_for_flood(seed: int, flood_at: datetime) -> int:
    """The epoch, seconds since 1970 on a ten-minute mark, that lets storm 0 bring Kim Long to BĐ3 at about `flood_at`.

    The tide moves the crossing a little, so it is found twice: for a guessed epoch and for the one that follows from it.
    """
    flood_s = round(flood_at.timestamp())
    epoch_s = flood_s - 66 * 3600
    for _ in range(2):
        epoch_s = (flood_s - round(StormRun(seed, 0, epoch_s).level_crossing_h() * 3600)) // 600 * 600
    return epoch_s
