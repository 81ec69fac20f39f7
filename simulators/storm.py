"""A seeded storm: bands of rain that come in from the sea in several pulses, with heavy cells drifting inside them.

Times are hours since the storm's own beginning. The field is a pure function of (storm, place, time), so that a gauge and
the catchment around it feel the same rain, and a restarted simulator continues the same storm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulators.terrain import Floats, orographic_factor, to_plane_km

#: From the first drop of one storm to that of the next, hours.
PERIOD_H = 168.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulse:
    """One surge of rain over the whole area."""

    centre_h: float  # when it rains most
    spread_h: float  # standard deviation in time
    plain_mm_h: float  # mean intensity on the coastal plain at the centre; mountains get several times more


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One thunderstorm cell, a moving Gaussian that lives for an hour or two."""

    centre_h: float
    spread_h: float
    east_km: float  # where it is at centre_h
    north_km: float
    drift_east_km_h: float
    drift_north_km_h: float
    reach_km: float
    gain: float  # multiplies the band's rain at its centre, above 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Storm:
    """Everything that was drawn from the seed."""

    pulses: tuple[Pulse, ...]
    cells: tuple[Cell, ...]
    centre_path: tuple[
        float, float, float, float, float
    ]  # of the cyclone: passage_h, east, north, km/h east, km/h north
    pressure_deficit_hpa: float

    @property
    def main(self) -> Pulse:
        """The heaviest pulse."""
        return max(self.pulses, key=lambda pulse: pulse.plain_mm_h * pulse.spread_h)


def draw_storm(seed: int, number: int) -> Storm:
    """Storm `number` (any integer, also negative) of the endless row that belongs to `seed`.

    A first fresh wets the soil, the main pulse brings the flood, and a second pulse about 34 h later makes the second rise
    that surprised people on 29 October 2025.
    """
    chance = np.random.default_rng([seed, number % 2**32])
    main_h = 58.0 + chance.uniform(-2.0, 2.0)
    pulses = (
        Pulse(centre_h=main_h - 32.0 + chance.uniform(-2, 2), spread_h=3.5, plain_mm_h=3.0 * chance.uniform(0.9, 1.1)),
        Pulse(centre_h=main_h, spread_h=7.0, plain_mm_h=13.5 * chance.uniform(0.97, 1.03)),
        Pulse(centre_h=main_h + 34 + chance.uniform(-2, 2), spread_h=4.0, plain_mm_h=7.5 * chance.uniform(0.9, 1.1)),
    )
    cells = tuple(_draw_cell(chance, pulse) for pulse in pulses for _ in range(40))
    passage_h = main_h - 4.0 + chance.uniform(-2, 2)
    path = (passage_h, chance.uniform(10, 40), chance.uniform(-70, -30), -16.0, chance.uniform(2, 6))
    return Storm(pulses=pulses, cells=cells, centre_path=path, pressure_deficit_hpa=chance.uniform(16, 22))


def _draw_cell(chance: np.random.Generator, pulse: Pulse) -> Cell:
    return Cell(
        centre_h=pulse.centre_h + pulse.spread_h * chance.normal(),
        spread_h=chance.uniform(0.4, 0.9),
        east_km=chance.uniform(-45, 45),
        north_km=chance.uniform(-50, 25),
        drift_east_km_h=-12.0 + chance.normal(scale=4),
        drift_north_km_h=chance.normal(scale=5),
        reach_km=chance.uniform(4, 10),
        gain=chance.uniform(0.5, 1.6),
    )


def rain_intensity_mm_h(storm: Storm, lat: Floats, lon: Floats, hours: Floats) -> Floats:
    """Rain at places and times, shape (len(hours), len(lat)), mm/h, never negative.

    band(t) · orographic(x) · (1 + Σ cells): a pulse is Gaussian in time and reaches the mountains an hour after the coast.
    """
    east, north = to_plane_km(lat, lon)
    inland_h = np.clip(-north, 0, 50)[None, :] / 40.0
    band = np.zeros((len(hours), len(east)))
    for pulse in storm.pulses:
        late = (hours[:, None] - inland_h - pulse.centre_h) / pulse.spread_h
        band += pulse.plain_mm_h * np.where(np.abs(late) < 3.5, np.exp(-(late**2) / 2), 0.0)
    intensity: Floats = band * orographic_factor(lat, lon)[None, :] * _cell_factor(storm, east, north, hours)
    return intensity


def _cell_factor(storm: Storm, east: Floats, north: Floats, hours: Floats) -> Floats:
    """0.6 between the cells, up to about 3 inside several; the mean over many storms is near 1."""
    factor = np.full((len(hours), len(east)), 0.6)
    for cell in storm.cells:
        when = np.flatnonzero(np.abs(hours - cell.centre_h) < 3 * cell.spread_h)
        age = (hours[when] - cell.centre_h)[:, None]
        away_east = east[None, :] - cell.east_km - cell.drift_east_km_h * age
        away_north = north[None, :] - cell.north_km - cell.drift_north_km_h * age
        distance2 = (away_east**2 + away_north**2) / cell.reach_km**2
        factor[when] += cell.gain * np.exp(-distance2 / 2 - (age / cell.spread_h) ** 2 / 2)
    np.minimum(factor, 2.8, out=factor)
    return factor
