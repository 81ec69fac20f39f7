"""The borders of the wards as paths of a small picture, which the maps of a warning and of the command share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from shapely import LinearRing

from domain.wards import Border

_WIDTH = 420
#: Degrees of latitude and longitude to pixels: at 16.4° N a degree of longitude is 0.96 of one of latitude.
_NARROWING = 0.959
_TOLERANCE_DEG = 0.0015


class WardShapes:
    """The borders by code, simplified once to what a small picture can show. Units are pixels from the upper left corner."""

    def __init__(self, borders: Mapping[str, Border]) -> None:
        self._borders = borders

    @cached_property
    def paths(self) -> Mapping[str, str]:
        """The `d` of the path of each ward."""
        return {code: self._path(border) for code, border in self._borders.items()}

    @property
    def view_box(self) -> str:
        """The size of the picture, with room for the lines at its edge."""
        _, south, _, north = self._bounds
        return f"-2 -2 {_WIDTH + 4} {(north - south) * self._scale + 4:.0f}"

    def point(self, lat: float, lon: float) -> tuple[float, float]:
        """Where a place lies in the picture."""
        west, _, _, north = self._bounds
        return (lon - west) * _NARROWING * self._scale, (north - lat) * self._scale

    @cached_property
    def _bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        points = [p for b in self._borders.values() for polygon in b.polygons for ring in polygon for p in ring]
        lons, lats = [x for x, *_ in points], [y for _, y, *_ in points]
        return min(lons), min(lats), max(lons), max(lats)

    @cached_property
    def _scale(self) -> float:
        west, _, east, _ = self._bounds
        return _WIDTH / ((east - west) * _NARROWING)

    def _path(self, border: Border) -> str:
        rings = (LinearRing(ring).simplify(_TOLERANCE_DEG) for polygon in border.polygons for ring in polygon)
        return "".join(f"M{self._line(ring)}Z" for ring in rings)

    def _line(self, ring: LinearRing) -> str:
        points = (self.point(lat, lon) for lon, lat, *_ in ring.coords)
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
