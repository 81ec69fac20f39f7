"""A stretch of time in which something happens to the basin: its run, its rain, its wind, on one grid of ten minutes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np

from simulators.basin import STEP_H, BasinRun
from simulators.catchments import DAMS, NODES
from simulators.terrain import Floats

#: Pressure drop hPa (≤ 0), wind m/s and the direction it comes from, of a cyclone at a place (lat, lon) at hours.
Cyclone = Callable[[float, float, Floats], tuple[Floats, Floats, Floats]]
#: The grid begins so long before the episode, so that its first reading of rain has a whole interval behind it.
LEAD_H = 2.0
#: How dusty the season is where nothing but the hazard is to be warned of, as a factor.
CLEAN_AIR = 0.6


class Rain(Protocol):
    """A rain field."""

    def so_far_mm(self, lat: Floats, lon: Floats, hours: Floats) -> Floats:
        """Rain fallen at places up to times, mm, shape (times, places)."""

    def areal_mm(self, hours: Floats) -> Floats:
        """Mean rain of every catchment in the step that ends at each time, mm, shape (times, catchments)."""


def no_cyclone(_lat: float, _lon: float, hours: Floats) -> tuple[Floats, Floats, Floats]:
    """Nothing but the monsoon."""
    return np.zeros_like(hours), np.zeros_like(hours), np.zeros_like(hours)


def grid_h(before: timedelta, span: timedelta) -> Floats:
    """Hours of ten minutes from `before` the beginning to the end of `span`."""
    first, last = -round(before.total_seconds() / 3600 / STEP_H), round(span.total_seconds() / 3600 / STEP_H)
    hours: Floats = np.arange(first, last + 1, dtype=np.float64) * STEP_H
    return hours


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """Hours count from `begins_at`; `run` has been cut to the hours from LEAD_H before it on."""

    begins_at: datetime
    ends_at: datetime
    run: BasinRun
    rain: Rain
    cyclone: Cyclone = no_cyclone
    dust: float = 1.0

    @property
    def hours(self) -> Floats:
        """The grid, hours since the beginning."""
        return self.run.hours

    @property
    def clock_h(self) -> Floats:
        """The grid, hours since 1970."""
        return self.run.hours + self.begins_at.timestamp() / 3600

    @property
    def haze_h(self) -> Floats:
        """No hazy day before it: all hours lie far behind one."""
        return np.full_like(self.run.hours, 1000.0)

    def node(self, name: str, table: Floats) -> Floats:
        """One river node's column of a table of the run."""
        return table[:, [n.name for n in NODES].index(name)]

    def dam(self, name: str, table: Floats) -> Floats:
        """One dam's column of a table of the run."""
        return table[:, [d.name for d in DAMS].index(name)]

    def rain_so_far_mm(self, lat: float, lon: float) -> Floats:
        """Rain at a place up to every grid time; its differences count."""
        return self.rain.so_far_mm(np.array([lat]), np.array([lon]), self.run.hours)[:, 0]

    def cyclone_at(self, lat: float, lon: float) -> tuple[Floats, Floats, Floats]:
        """Pressure drop hPa, wind m/s and its direction at a place, at every grid time."""
        return self.cyclone(lat, lon, self.run.hours)


def cut(run: BasinRun) -> BasinRun:
    """The run from LEAD_H before hour 0 on."""
    return run.since(int(np.searchsorted(run.hours, -LEAD_H - STEP_H / 2)))
