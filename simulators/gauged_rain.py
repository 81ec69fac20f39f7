"""Rain told by places and pulses: so many millimetres at each of some places, spread in time like a bell, and between them.

What the drawn storm of `simulators.storm` cannot do, to let given totals fall at given gauges, this can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from domain.csv_table import rows
from simulators.basin import STEP_H
from simulators.catchments import CATCHMENTS
from simulators.terrain import Floats, to_plane_km

#: Weight of a place at distance d km: 1 / (d² + this²)^(3/2); inverse distance, and almost the place's own rain at the place.
_CORE_KM = 0.3


@dataclass(frozen=True, kw_only=True, slots=True)
class GaugedRain:
    """Rain of `amount_mm[place, pulse]`, each pulse a normal curve in time around its centre, hours since `begins_at`."""

    lat: Floats
    lon: Floats
    centre_h: Floats
    spread_h: Floats
    amount_mm: Floats

    def so_far_mm(self, lat: Floats, lon: Floats, hours: Floats) -> Floats:
        """Rain fallen at places up to times, mm, shape (times, places)."""
        fallen = ndtr((hours[:, None] - self.centre_h) / self.spread_h)
        total: Floats = fallen @ (self._shares(lat, lon) @ self.amount_mm).T
        return total

    def areal_mm(self, hours: Floats) -> Floats:
        """Mean rain of every catchment in the step that ends at each time, mm, shape (times, catchments)."""
        per_catchment = [
            self._areal_so_far(c.points, hours) - self._areal_so_far(c.points, hours - STEP_H) for c in CATCHMENTS
        ]
        return np.stack(per_catchment, axis=1)

    def _areal_so_far(self, points: tuple[tuple[float, float], ...], hours: Floats) -> Floats:
        lat, lon = np.array(points).T
        mean: Floats = self.so_far_mm(lat, lon, hours).mean(axis=1)
        return mean

    def _shares(self, lat: Floats, lon: Floats) -> Floats:
        """How much of every place's rain falls at each of these, shape (here, places); rows sum to one."""
        east, north = to_plane_km(self.lat, self.lon)
        here_east, here_north = to_plane_km(lat, lon)
        distance2 = (here_east[:, None] - east) ** 2 + (here_north[:, None] - north) ** 2
        weight = (distance2 + _CORE_KM**2) ** -1.5
        shares: Floats = weight / weight.sum(axis=1, keepdims=True)
        return shares


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Where rain is told: each place with its river and the share of the river's rain that falls there."""

    names: tuple[str, ...]
    lat: Floats
    lon: Floats
    rivers: tuple[str, ...]
    shares: Floats


def load_places(exercises: Path) -> Places:
    """The places of rain_places.csv in the folder of the exercises. Raises ConfigurationError."""
    table = rows(exercises / "rain_places.csv")
    return Places(
        names=tuple(row.text("place") for row in table),
        lat=np.array([row.number("lat") for row in table]),
        lon=np.array([row.number("lon") for row in table]),
        rivers=tuple(row.text("river") for row in table),
        shares=np.array([row.number("share") for row in table]),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulse:
    """One surge of rain: hours since the beginning, hours of spread, mm on each river's mountains."""

    centre_h: float
    spread_h: float
    mm: Mapping[str, float]  # by river


def pulsed_rain(places: Places, pulses: Sequence[Pulse]) -> GaugedRain:
    """Rain that falls at every place by its share of its river's pulses."""
    return GaugedRain(
        lat=places.lat,
        lon=places.lon,
        centre_h=np.array([pulse.centre_h for pulse in pulses]),
        spread_h=np.array([pulse.spread_h for pulse in pulses]),
        amount_mm=np.array(
            [
                [pulse.mm[river] * share for pulse in pulses]
                for river, share in zip(places.rivers, places.shares, strict=True)
            ]
        ),
    )


def load_gauged_rain(places: Places, file: Path, begins_at: datetime) -> GaugedRain:
    """The rain of one exercise: a line a pulse with its centre and spread, and for every place a column of mm.

    Raises ConfigurationError that names file, line, column and remedy.
    """
    pulses = rows(file)
    return GaugedRain(
        lat=places.lat,
        lon=places.lon,
        centre_h=np.array([(pulse.time("centre") - begins_at).total_seconds() / 3600 for pulse in pulses]),
        spread_h=np.array([pulse.number("spread_h") for pulse in pulses]),
        amount_mm=np.array([[pulse.number(name) for pulse in pulses] for name in places.names]),
    )
