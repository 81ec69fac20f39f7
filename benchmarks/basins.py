"""The gauges of Huế several times over, each time under other storms and with other faults: hundreds of faults in one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from domain.exercise import FaultKind
from domain.network import load_network
from domain.stations import Station, StationKind
from simulators.field.faults import Fault, draw_faults
from simulators.noise import Integers
from simulators.scenario import Scenario
from simulators.terrain import Floats

_RAIN_GAUGES = 4
#: Waves and the rounding of readings; a sensor that is frozen while the water moves no more says the truth.
_WAVES_M = 0.05


class Basin:
    """River gauges, reservoirs and four rain gauges on a clock of their own, and what goes wrong there."""

    def __init__(self, number: int, seed: int, begins_s: int) -> None:
        self.clock, self._end = f"field-{number}", f"_{number}"
        known = load_network(Path(__file__).resolve().parents[1] / "config").stations.values()
        rivers = [one for one in known if one.kind in (StationKind.RIVER, StationKind.RESERVOIR)]
        chosen = [*rivers, *[one for one in known if one.kind is StationKind.RAIN][:_RAIN_GAUGES]]
        self.seed, self._scenario = seed, Scenario(chosen, seed, begins_s)
        self.stations = [self._copy(one, {each.id for each in chosen}) for one in chosen]

    def _copy(self, station: Station, names: set[str]) -> Station:
        upstream = [replace(one, station=one.station + self._end) for one in station.upstream if one.station in names]
        return replace(station, id=station.id + self._end, clock=self.clock, upstream=tuple(upstream))

    def values(self, station: str, quantity: str, at_s: Integers) -> Floats:
        """What one of its stations reads at these times (seconds since 1970)."""
        return self._scenario.values(station.removesuffix(self._end), quantity, at_s)

    def faults(self, starts: datetime, ends: datetime, each: int) -> list[Fault]:
        """So many of each kind; a sensor that freezes while the water stands still is none."""
        drawn = draw_faults(self.stations, starts, ends, self.seed, each=each)
        return [fault for fault in drawn if fault.kind is not FaultKind.FLAT or self._moves(fault)]

    def _moves(self, fault: Fault) -> bool:
        starts_s, ends_s = map(int, fault.span_s)
        levels = self.values(fault.station, "water_level", np.arange(starts_s, ends_s, 600, dtype=np.int64))
        return float(levels.max() - levels.min()) > _WAVES_M


class Basins:
    """The nature of all of them."""

    def __init__(self, basins: Sequence[Basin]) -> None:
        self._of: Mapping[str, Basin] = {station.id: basin for basin in basins for station in basin.stations}

    def values(self, station: str, quantity: str, at_s: Integers) -> Floats:
        """What the station reads at these times (seconds since 1970), rounded as its logger would."""
        return self._of[station].values(station, quantity, at_s)
