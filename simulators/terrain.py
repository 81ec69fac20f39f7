"""Distances and the rain-catching mountains around Huế, as far as the simulated storm needs them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Origin of the local plane: the citadel of Huế.
ORIGIN_LAT, ORIGIN_LON = 16.47, 107.58
_KM_PER_DEGREE_LAT = 110.6
_KM_PER_DEGREE_LON = 111.32 * float(np.cos(np.radians(ORIGIN_LAT)))


@dataclass(frozen=True, slots=True)
class _Ridge:
    lat: float
    lon: float
    gain: float  # how much more rain falls on the crest than on the plain, as a factor above 1
    reach_km: float


#: The wettest place is Bạch Mã (1,739.6 mm in 24 h, 27 October 2025), then the ridge above Nam Đông, then A Lưới.
#: The gains are chosen, not measured: they keep that order.
_RIDGES = (
    _Ridge(16.197, 107.86, 3.0, 9.0),
    _Ridge(16.12, 107.70, 0.75, 16.0),
    _Ridge(16.24, 107.30, 0.55, 20.0),
)


def to_plane_km(lat: Floats | float, lon: Floats | float) -> tuple[Floats, Floats]:
    """Kilometres east and north of the origin; an equirectangular plane, good to 1 % over the 150 km of the basins."""
    east = (np.asarray(lon, dtype=float) - ORIGIN_LON) * _KM_PER_DEGREE_LON
    north = (np.asarray(lat, dtype=float) - ORIGIN_LAT) * _KM_PER_DEGREE_LAT
    return east, north


def orographic_factor(lat: Floats, lon: Floats) -> Floats:
    """How many times more rain falls here than on the coastal plain, ≥ 1; the maximum stands at Bạch Mã."""
    east, north = to_plane_km(lat, lon)
    factor = np.ones_like(east)
    for ridge in _RIDGES:
        crest_east, crest_north = to_plane_km(ridge.lat, ridge.lon)
        distance2 = (east - crest_east) ** 2 + (north - crest_north) ** 2
        factor += ridge.gain * np.exp(-distance2 / (2 * ridge.reach_km**2))
    return factor
