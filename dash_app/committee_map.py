"""A small map of the 40 units with the numbers of the table: SVG, so that it prints as it stands and needs no tiles."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from functools import cached_property

from fastapi import APIRouter, HTTPException, Response
from shapely import LinearRing

from dash_app.committee import Setting
from dash_app.palette import INK, STAGE, Paint
from dash_app.routes import Place
from domain.wards import Border

ADDRESS = f"{Place.COMMITTEE}.svg"
_WIDTH = 420
_NARROWING = 0.959  # a degree of longitude at 16.4° N, in degrees of latitude
_TOLERANCE_DEG = 0.002
_STATES = re.compile(r"[0-4x]{1,64}")
#: Units without a warning, and those whose gauges are all silent.
_CALM, _BLIND = Paint(fill="#f6f5f1", text=INK), Paint(fill="#ffffff", text=INK)


class CommitteeMap:
    """The borders, simplified once to what a small picture can show. A state is 0 (calm) to 4 (Extreme), or x (blind)."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting

    def router(self) -> APIRouter:
        """The route."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route(ADDRESS, self.picture, methods=["GET"])
        return router

    def path(self, states: Mapping[str, str]) -> str:
        """The address of the picture: the states stand in it, so that a browser keeps a picture that has not changed."""
        return f"{ADDRESS}?s={''.join(states[code] for code in self._setting.numbers)}"

    def picture(self, s: str = "") -> Response:
        """The picture of these states, one sign a unit in the order of their numbers."""
        if not _STATES.fullmatch(s) or len(s) != len(self._setting.numbers):
            raise HTTPException(404)
        svg = self.svg(dict(zip(self._setting.numbers, s, strict=True)))
        return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})

    def inline(self, states: Mapping[str, str]) -> str:
        """The picture as a data address, for a page that stands alone."""
        return "data:image/svg+xml;base64," + b64encode(self.svg(states).encode()).decode()

    def svg(self, states: Mapping[str, str]) -> str:
        """The picture; the gravest last, so that their borders lie on top."""
        order = sorted(self._shapes, key=lambda code: states[code])
        paths = "".join(self._path(code, states[code]) for code in order)
        numbers = "".join(self._number(code, states[code]) for code in self._shapes)
        size = f'viewBox="-2 -2 {_WIDTH + 4} {self._height + 4:.0f}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11" '
            f'text-anchor="middle">{_HATCH}{paths}{numbers}</svg>'
        )

    def _path(self, code: str, state: str) -> str:
        fill = "url(#blind)" if state == "x" else _paint(state).fill
        return f'<path d="{self._shapes[code]}" fill="{fill}" fill-rule="evenodd" stroke="{INK}" stroke-width="0.6"/>'

    def _number(self, code: str, state: str) -> str:
        lat, lon = self._setting.wards[code].centroid
        x, y = self._x(lon), self._y(lat) + 4
        return f'<text x="{x:.1f}" y="{y:.1f}" fill="{_paint(state).text}">{self._setting.numbers[code]}</text>'

    @cached_property
    def _bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        points = [p for b in self._setting.borders.values() for polygon in b.polygons for ring in polygon for p in ring]
        lons, lats = [x for x, *_ in points], [y for _, y, *_ in points]
        return min(lons), min(lats), max(lons), max(lats)

    @cached_property
    def _scale(self) -> float:
        west, _, east, _ = self._bounds
        return _WIDTH / ((east - west) * _NARROWING)

    @cached_property
    def _height(self) -> float:
        _, south, _, north = self._bounds
        return (north - south) * self._scale

    @cached_property
    def _shapes(self) -> dict[str, str]:
        return {code: self._drawn(self._setting.borders[code]) for code in self._setting.numbers}

    def _drawn(self, border: Border) -> str:
        rings = (LinearRing(ring).simplify(_TOLERANCE_DEG) for polygon in border.polygons for ring in polygon)
        lines = (" ".join(f"{self._x(x):.0f},{self._y(y):.0f}" for x, y, *_ in ring.coords) for ring in rings)
        return "".join(f"M{line}Z" for line in lines)

    def _x(self, lon: float) -> float:
        return (lon - self._bounds[0]) * _NARROWING * self._scale

    def _y(self, lat: float) -> float:
        return (self._bounds[3] - lat) * self._scale


_HATCH = (
    '<defs><pattern id="blind" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="6" height="6" fill="{_BLIND.fill}"/><path d="M0 0V6" stroke="#69727b" stroke-width="2"/></pattern></defs>'
)


def _paint(state: str) -> Paint:
    if state == "x":
        return _BLIND
    return _CALM if state == "0" else STAGE[int(state)]
