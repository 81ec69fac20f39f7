"""How far stations are from each other."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

from domain.stations import Station

_EARTH_KM = 6371.0


def distance_km(a: Station, b: Station) -> float:
    """Haversine on a sphere."""
    lat_a, lat_b = radians(a.lat), radians(b.lat)
    h = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin(radians(b.lon - a.lon) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(h))
