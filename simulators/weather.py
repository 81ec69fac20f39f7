"""Wind and pressure of the passing storm, temperature, and the air that its rain washes clean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulators.noise import drifting, key_of, normal, uniform
from simulators.storm import Storm
from simulators.terrain import Floats, to_plane_km

_AIR_DENSITY = 1.15  # kg/m³
_CORIOLIS = 4.1e-5  # 1/s at 16.4° N
_HOLLAND_B = 1.2
_SURFACE_SHARE = 0.72  # of the gradient wind that blows at 10 m over the coastal plain
_INWARDS = 20.0  # degrees by which friction turns the wind towards the centre
_CALM_HPA = 1010.0
#: How long a storm's cyclone exists on either side of its passage, hours.
_LIFE_H = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A cyclone on its straight way past Huế; kilometres from the origin of `simulators.terrain`."""

    passage_h: float  # when its centre is at (east_km, north_km)
    east_km: float
    north_km: float
    east_km_h: float
    north_km_h: float
    deficit_hpa: float  # at the passage; it grows and fades over `_LIFE_H`
    radius_km: float = 40.0  # of the strongest winds


def cyclone(storm: Storm, lat: float, lon: float, hours: Floats) -> tuple[Floats, Floats, Floats]:
    """What `passing` says of the storm's cyclone; `hours` count from the storm's beginning."""
    passage_h, east_km, north_km, east_km_h, north_km_h = storm.centre_path
    way = Passage(
        passage_h=passage_h,
        east_km=east_km,
        north_km=north_km,
        east_km_h=east_km_h,
        north_km_h=north_km_h,
        deficit_hpa=storm.pressure_deficit_hpa,
    )
    return passing(way, lat, lon, hours)


def passing(way: Passage, lat: float, lon: float, hours: Floats) -> tuple[Floats, Floats, Floats]:
    """Pressure drop hPa (≤ 0), wind m/s, and direction it comes from in degrees, of a cyclone at one place.

    Holland (1980, Mon. Weather Rev. 108): p = pc + Δp·exp(-(R/r)^B) and the gradient wind that belongs to it; anticlockwise
    around the centre and turned inwards by friction.
    """
    age = hours - way.passage_h
    place_east, place_north = to_plane_km(lat, lon)
    east = place_east - way.east_km - way.east_km_h * age
    north = place_north - way.north_km - way.north_km_h * age
    radius = np.maximum(np.hypot(east, north), 1.0)
    life = np.clip(1 - np.abs(age) / _LIFE_H, 0, 1)
    deficit_pa = way.deficit_hpa * 100 * life
    ratio = (way.radius_km / radius) ** _HOLLAND_B
    turn = radius * 1000 * _CORIOLIS / 2
    gradient = np.sqrt(_HOLLAND_B / _AIR_DENSITY * ratio * deficit_pa * np.exp(-ratio) + turn**2) - turn
    # The tangent (-north, east) as a compass angle. Those grow clockwise, so that less of it turns towards the centre.
    blows_towards = np.degrees(np.arctan2(-north, east)) - _INWARDS
    return (
        -deficit_pa / 100 * (1 - np.exp(-ratio)),
        _SURFACE_SHARE * gradient,
        np.mod(blows_towards + 180, 360),
    )


def wind_and_pressure(
    seed: int, name: str, cyclone_here: tuple[Floats, Floats, Floats], clock_h: Floats
) -> dict[str, Floats]:
    """Series of one station: the cyclone over a light north-east monsoon that breathes with the day. `clock_h` since 1970."""
    drop, storm_speed, storm_from = cyclone_here
    day = np.cos(2 * np.pi * (clock_h + 7 - 14) / 24)  # warmest at 14 h local time
    light = 2.6 + 0.9 * day + 0.8 * drifting(key_of(seed, name, "wind"), clock_h, 3.0)
    east, north = _vector(storm_speed, storm_from)
    light_east, light_north = _vector(np.maximum(light, 0.2), np.full_like(light, 45.0))
    speed = np.hypot(east + light_east, north + light_north)
    came_from = np.degrees(np.arctan2(-(east + light_east), -(north + light_north)))
    index = np.round(clock_h * 60).astype(np.int64)
    speed = np.maximum(speed * (1 + 0.08 * normal(key_of(seed, name, "gusty"), index)), 0.0)
    gust = speed * (1.35 + 0.25 * uniform(key_of(seed, name, "gust"), index)) + 0.3
    # The air's tides of the tropics, highest at 10 h, lowest at 16 h; and the weather of other places, the same for all.
    tide = 1.3 * np.cos(2 * np.pi * (clock_h + 7 - 10) / 12) + 0.8 * np.cos(2 * np.pi * (clock_h + 7 - 7) / 24)
    afar = 1.5 * drifting(key_of(seed, "pressure"), clock_h, 36.0)
    return {
        "wind_speed": speed,
        "wind_gust": gust,
        "wind_direction": np.mod(came_from + 6 * normal(key_of(seed, name, "vane"), index), 360.0),
        "pressure": _CALM_HPA + tide + afar + drop + 0.1 * normal(key_of(seed, name, "pressure"), index),
    }


def temperature_and_humidity(seed: int, name: str, rain_mm_h: Floats, clock_h: Floats) -> dict[str, Floats]:
    """A cool, damp October on the coast; rain takes the warmth of the afternoon."""
    wet = np.clip(rain_mm_h / 5, 0, 1)
    day = np.cos(2 * np.pi * (clock_h + 7 - 14) / 24) * (1 - 0.7 * wet)
    drift = drifting(key_of(seed, name, "air"), clock_h, 12.0)
    return {
        "temperature": 24.5 + 3.0 * day + 0.8 * drift - 1.5 * wet,
        "humidity": np.clip(84 - 9 * day + 3 * drift + 12 * wet, 40, 100),
    }


def air_quality(
    key: int, *, storm_h: Floats, clock_h: Floats, rain_6h_mm: Floats, wind_m_s: Floats, dust: float = 1.0
) -> dict[str, Floats]:
    """Hourly air of one station, µg/m³: traffic hours, a still hazy day before the storm, wind that thins, rain that washes.

    `dust`: how dusty the season is, as a factor. Wash-out 1/(1 + rain of 6 h / 8 mm) and thinning 1/(1 + (wind / 6 m/s)²)
    are chosen shapes, not measured ones.
    """
    local = np.mod(clock_h + 7, 24)
    traffic = 0.75 + 0.55 * np.exp(-(((local - 7.5) / 1.8) ** 2)) + 0.6 * np.exp(-(((local - 18.5) / 2.2) ** 2))
    haze = 1 + 1.1 * np.exp(-(((storm_h - 14) / 7) ** 2))
    place = 0.75 + 0.6 * float(uniform(key, np.zeros(1, dtype=np.int64))[0])
    noisy = np.exp(0.18 * drifting(key, clock_h, 4.0))
    thin = 1 / (1 + (wind_m_s / 6) ** 2)
    washed = 1 / (1 + rain_6h_mm / 8)
    sun = np.clip(np.sin(np.pi * (local - 6) / 12), 0, None) * (0.35 + 0.65 * washed)
    fine = 2 * noisy + 30 * dust * place * traffic * haze * noisy * thin * washed
    gas = place * traffic * noisy * thin
    return {
        "pm2_5": fine,
        "pm10": 4 + 1.65 * fine,
        "o3": np.clip(28 + 75 * sun - 8 * (traffic - 0.75) * place, 4, None),
        "no2": 4 + 26 * gas,
        "so2": 3 + 7 * gas * (0.5 + 0.5 * washed),
        "co": 250 + 620 * gas,
    }


def _vector(speed: Floats, came_from_degrees: Floats) -> tuple[Floats, Floats]:
    """East and north components of a wind that comes from a direction."""
    angle = np.radians(came_from_degrees)
    return -speed * np.sin(angle), -speed * np.cos(angle)
