"""A small map of the 40 units with the numbers of the table: SVG, so that it prints as it stands and needs no tiles."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping

from fastapi import APIRouter, HTTPException, Response

from dash_app.committee import Setting
from dash_app.palette import INK, STAGE, Paint
from dash_app.routes import Place
from dash_app.ward_shapes import WardShapes

ADDRESS = f"{Place.COMMITTEE}.svg"
_STATES = re.compile(r"[0-4x]{1,64}")
#: Units without a warning, and those whose gauges are all silent.
_CALM, _BLIND = Paint(fill="#f6f5f1", text=INK), Paint(fill="#ffffff", text=INK)


class CommitteeMap:
    """The units by their numbers. A state is 0 (calm) to 4 (Extreme), or x (blind)."""

    def __init__(self, setting: Setting) -> None:
        self._setting, self._shapes = setting, WardShapes(setting.borders)

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
        order = sorted(self._setting.numbers, key=lambda code: states[code])
        paths = "".join(self._path(code, states[code]) for code in order)
        numbers = "".join(self._number(code, states[code]) for code in self._setting.numbers)
        size = f'viewBox="{self._shapes.view_box}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11" '
            f'text-anchor="middle">{_HATCH}{paths}{numbers}</svg>'
        )

    def _path(self, code: str, state: str) -> str:
        fill = "url(#blind)" if state == "x" else _paint(state).fill
        return f'<path d="{self._shapes.paths[code]}" fill="{fill}" fill-rule="evenodd" stroke="{INK}" stroke-width="0.6"/>'

    def _number(self, code: str, state: str) -> str:
        x, y = self._shapes.point(*self._setting.wards[code].centroid)
        return f'<text x="{x:.1f}" y="{y + 4:.1f}" fill="{_paint(state).text}">{self._setting.numbers[code]}</text>'


_HATCH = (
    '<defs><pattern id="blind" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="6" height="6" fill="{_BLIND.fill}"/><path d="M0 0V6" stroke="#69727b" stroke-width="2"/></pattern></defs>'
)


def _paint(state: str) -> Paint:
    if state == "x":
        return _BLIND
    return _CALM if state == "0" else STAGE[int(state)]
