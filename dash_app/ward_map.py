"""A small picture of the city with the wards a warning is for: SVG, so that it needs neither scripts nor tiles."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape
from pathlib import Path

from fastapi import APIRouter, HTTPException, Response
from shapely import LinearRing

from dash_app.palette import SEVERITY
from domain.alerts import Severity
from domain.wards import Border, load_wards

ADDRESS = "/canh-bao-ban-do.svg"
_WIDTH = 420
#: Degrees of latitude and longitude to pixels: at 16.4° N a degree of longitude is 0.96 of one of latitude.
_NARROWING = 0.959
_TOLERANCE_DEG = 0.0015


def ward_map_path(codes: Sequence[str], severity: Severity) -> str:
    """The address of the picture."""
    return f"{ADDRESS}?wards={','.join(codes)}&severity={severity.value}"


class WardMap:
    """The borders, simplified once to what a small picture can show."""

    def __init__(self, config_dir: Path) -> None:
        borders = load_wards(config_dir / "geo" / "wards.geojson")[1]
        self._rings = {code: _rings(border) for code, border in borders.items()}
        points = [point for rings in self._rings.values() for ring in rings for point in ring]
        self._west, self._north = min(x for x, _ in points), max(y for _, y in points)
        east, south = max(x for x, _ in points), min(y for _, y in points)
        self._scale = _WIDTH / ((east - self._west) * _NARROWING)
        self._height = (self._north - south) * self._scale

    def router(self) -> APIRouter:
        """The route."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route(ADDRESS, self.picture, methods=["GET"])
        return router

    def picture(self, wards: str = "", severity: Severity = Severity.SEVERE) -> Response:
        """The city, with `wards` (GSO codes parted by commas) in the colour of `severity`."""
        chosen = set(wards.split(",")) - {""}
        if not chosen <= set(self._rings):
            raise HTTPException(404)
        headers = {"Cache-Control": "max-age=86400"}
        return Response(self.svg(chosen, severity), media_type="image/svg+xml", headers=headers)

    def svg(self, chosen: Collection[str], severity: Severity) -> str:
        """The picture as SVG; the chosen wards last, so that their borders lie on top."""
        return self.drawn(dict.fromkeys(chosen, SEVERITY[severity].fill))

    def drawn(self, fills: Mapping[str, str], marks: str = "", label: str = "") -> str:
        """The same with a colour for each ward by its code; `marks`: SVG that lies on top; `label`: for screen readers."""
        order = sorted(self._rings, key=lambda code: code in fills)
        paths = "".join(self._path(code, fills.get(code, "#dfe4e8")) for code in order)
        size = f'viewBox="-2 -2 {_WIDTH + 4} {self._height + 4:.0f}"'
        named = f' role="img" aria-label="{escape(label)}"' if label else ""
        start = f'<svg xmlns="http://www.w3.org/2000/svg" {size}{named}'
        return f'{start} stroke="#59636e" stroke-width="0.7">{paths}{marks}</svg>'

    def point(self, lat: float, lon: float) -> tuple[float, float]:
        """Where a place lies in the picture, in its units from its upper left corner."""
        return self._x(lon), self._y(lat)

    def _path(self, code: str, fill: str) -> str:
        rings = (" ".join(f"{self._x(x):.1f},{self._y(y):.1f}" for x, y in ring) for ring in self._rings[code])
        drawn = "".join(f"M{ring}Z" for ring in rings)
        return f'<path d="{drawn}" fill="{fill}" fill-rule="evenodd"/>'

    def _x(self, lon: float) -> float:
        return (lon - self._west) * _NARROWING * self._scale

    def _y(self, lat: float) -> float:
        return (self._north - lat) * self._scale


def _rings(border: Border) -> list[list[tuple[float, float]]]:
    rings = (LinearRing(ring).simplify(_TOLERANCE_DEG) for polygon in border.polygons for ring in polygon)
    return [[(x, y) for x, y, *_ in ring.coords] for ring in rings]
