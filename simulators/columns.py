"""What one station reads while the basin does something: its columns on the basin's grid, and what its logger says of them."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from domain.quantities import QUANTITIES
from domain.stations import Station, StationKind
from simulators.basin import STEP_H, BasinRun
from simulators.catchments import DAMS, NODES
from simulators.noise import Integers, key_of, normal
from simulators.terrain import Floats, to_plane_km
from simulators.weather import air_quality, temperature_and_humidity, wind_and_pressure

#: One tip of a rain gauge's bucket.
TIP_MM = 0.2
_LEVEL_NOISE_M = 0.004


class Course(Protocol):
    """What happens to the basin and its weather on a grid of ten minutes."""

    @property
    def hours(self) -> Floats:
        """The grid, hours since the course begins."""

    @property
    def clock_h(self) -> Floats:
        """The grid, hours since 1970."""

    @property
    def haze_h(self) -> Floats:
        """The grid, hours since the beginning of a storm that has a hazy day before it."""

    @property
    def dust(self) -> float:
        """How dusty the season is, as a factor."""

    @property
    def run(self) -> BasinRun:
        """What the basin did."""

    def node(self, name: str, table: Floats) -> Floats:
        """One river node's column of a table of the run."""

    def dam(self, name: str, table: Floats) -> Floats:
        """One dam's column of a table of the run."""

    def rain_so_far_mm(self, lat: float, lon: float) -> Floats:
        """Rain at a place since the course began."""

    def cyclone_at(self, lat: float, lon: float) -> tuple[Floats, Floats, Floats]:
        """Pressure drop hPa, wind m/s and its direction at a place."""


def logged(
    station: Station, quantity: str, at_s: Integers, *, grid: Floats, column: Floats, begins_s: int, seed: int
) -> Floats:
    """What the logger writes at these times (seconds since 1970) of a column on a grid of hours since `begins_s`."""
    hours = (at_s - begins_s) / 3600
    if quantity == "rainfall":
        series = station.series_of(quantity)
        cadence_h = series.cadence.total_seconds() / 3600 if series else STEP_H
        before = _tips_mm(np.interp(hours - cadence_h, grid, column))
        return np.round(_tips_mm(np.interp(hours, grid, column)) - before, 1)
    exact = np.interp(hours, grid, column)
    if quantity == "water_level":
        exact = exact + _LEVEL_NOISE_M * normal(key_of(seed, station.id, quantity), at_s)
    return np.round(exact, QUANTITIES[quantity].decimals)


def _tips_mm(rain_so_far_mm: Floats) -> Floats:
    """What a tipping bucket has counted; differences of it neither lose nor make rain."""
    return np.round(np.floor(rain_so_far_mm / TIP_MM + 1e-9) * TIP_MM, 1)


def station_columns(station: Station, course: Course, seed: int) -> dict[str, Floats]:
    """Every quantity of one station on the course's grid; rain as the sum since its beginning."""
    rain = course.rain_so_far_mm(station.lat, station.lon)
    columns = {"rainfall": rain}
    wanted = {series.quantity for series in station.series}
    if station.kind is StationKind.RESERVOIR:
        columns |= _reservoir_columns(station, course)
    elif wanted & {"water_level", "discharge"}:
        columns |= _river_columns(station, course)
    if wanted - set(columns):
        columns |= _weather_columns(station, course, rain, seed)
    missing = wanted - set(columns)
    if missing:
        raise ValueError(f"{station.id}: the simulator knows no {', '.join(sorted(missing))}")
    return {quantity: columns[quantity] for quantity in wanted}


def _reservoir_columns(station: Station, course: Course) -> dict[str, Floats]:
    names = [dam.name for dam in DAMS]
    places = [(dam.lat, dam.lon) for dam in DAMS]
    name = station.id if station.id in names else names[_nearest(station, places)]
    return {
        "water_level": course.dam(name, course.run.dam_level_m),
        "inflow": course.dam(name, course.run.dam_inflow_m3s),
        "outflow": course.dam(name, course.run.dam_outflow_m3s),
        "discharge": course.dam(name, course.run.dam_outflow_m3s),
    }


def _river_columns(station: Station, course: Course) -> dict[str, Floats]:
    """The node of the same name; a gauge the basin does not know reads like the nearest node."""
    names = [node.name for node in NODES]
    places = [(node.lat, node.lon) for node in NODES]
    name = station.id if station.id in names else names[_nearest(station, places)]
    return {
        "water_level": course.node(name, course.run.node_stage_m),
        "discharge": course.node(name, course.run.node_discharge_m3s),
    }


def _weather_columns(station: Station, course: Course, rain: Floats, seed: int) -> dict[str, Floats]:
    here = course.cyclone_at(station.lat, station.lon)
    wind = wind_and_pressure(seed, station.id, here, course.clock_h)
    rain_1h = rain - np.interp(course.hours - 1, course.hours, rain)
    rain_6h = rain - np.interp(course.hours - 6, course.hours, rain)
    mild = temperature_and_humidity(seed, station.id, rain_1h, course.clock_h)
    return (
        wind
        | mild
        | air_quality(
            key_of(seed, station.id),
            storm_h=course.haze_h,
            clock_h=course.clock_h,
            rain_6h_mm=rain_6h,
            wind_m_s=wind["wind_speed"],
            dust=course.dust,
        )
    )


def _nearest(station: Station, places: list[tuple[float, float]]) -> int:
    lat, lon = np.array(places).T
    east, north = to_plane_km(lat, lon)
    here_east, here_north = to_plane_km(station.lat, station.lon)
    return int(np.argmin(np.hypot(east - here_east, north - here_north)))
