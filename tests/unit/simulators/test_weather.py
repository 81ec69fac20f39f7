"""The wind of a passing cyclone."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.terrain import to_plane_km
from simulators.weather import Passage, passing

HUE = (16.46, 107.59)


@pytest.mark.parametrize(
    ("east_km", "north_km"), [(40.0, 0.0), (-40.0, 0.0), (0.0, 40.0), (0.0, -40.0)], ids=["E", "W", "N", "S"]
)
def test_wind_turns_anticlockwise_and_inwards(east_km: float, north_km: float) -> None:
    """At a place so far east and north of the centre."""
    here_east, here_north = to_plane_km(*HUE)
    way = Passage(
        passage_h=0.0,
        east_km=here_east - east_km,
        north_km=here_north - north_km,
        east_km_h=0.0,
        north_km_h=0.0,
        deficit_hpa=60.0,
    )
    _, (speed,), (came_from,) = passing(way, *HUE, np.zeros(1))
    east, north = -speed * np.sin(np.radians(came_from)), -speed * np.cos(np.radians(came_from))
    outwards = (east * east_km + north * north_km) / 40
    around = (north * east_km - east * north_km) / 40
    assert speed > 30
    assert outwards == pytest.approx(-speed * np.sin(np.radians(20)))
    assert around == pytest.approx(speed * np.cos(np.radians(20)))
