"""A small picture of the city with the wards a warning is for: SVG, so that it needs neither scripts nor tiles."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape
from pathlib import Path

from fastapi import APIRouter, HTTPException, Response

from dash_app.palette import SEVERITY
from dash_app.ward_shapes import WardShapes
from domain.alerts import Severity
from domain.wards import load_wards

ADDRESS = "/canh-bao-ban-do.svg"


def ward_map_path(codes: Sequence[str], severity: Severity) -> str:
    """The address of the picture."""
    return f"{ADDRESS}?wards={','.join(codes)}&severity={severity.value}"


class WardMap:
    """The city with wards in colours."""

    def __init__(self, config_dir: Path) -> None:
        self._shapes = WardShapes(load_wards(config_dir / "geo" / "wards.geojson")[1])

    def router(self) -> APIRouter:
        """The route."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route(ADDRESS, self.picture, methods=["GET"])
        return router

    def picture(self, wards: str = "", severity: Severity = Severity.SEVERE) -> Response:
        """The city, with `wards` (GSO codes parted by commas) in the colour of `severity`."""
        chosen = set(wards.split(",")) - {""}
        if not chosen <= set(self._shapes.paths):
            raise HTTPException(404)
        headers = {"Cache-Control": "max-age=86400"}
        return Response(self.svg(chosen, severity), media_type="image/svg+xml", headers=headers)

    def svg(self, chosen: Collection[str], severity: Severity) -> str:
        """The picture as SVG; the chosen wards last, so that their borders lie on top."""
        return self.drawn(dict.fromkeys(chosen, SEVERITY[severity].fill))

    def drawn(self, fills: Mapping[str, str], marks: str = "", label: str = "") -> str:
        """The same with a colour for each ward by its code; `marks`: SVG that lies on top; `label`: for screen readers."""
        order = sorted(self._shapes.paths, key=lambda code: code in fills)
        paths = "".join(self._path(code, fills.get(code, "#dfe4e8")) for code in order)
        size = f'viewBox="{self._shapes.view_box}"'
        named = f' role="img" aria-label="{escape(label)}"' if label else ""
        start = f'<svg xmlns="http://www.w3.org/2000/svg" {size}{named}'
        return f'{start} stroke="#59636e" stroke-width="0.7">{paths}{marks}</svg>'

    def point(self, lat: float, lon: float) -> tuple[float, float]:
        """Where a place lies in the picture, in its units from its upper left corner."""
        return self._shapes.point(lat, lon)

    def _path(self, code: str, fill: str) -> str:
        return f'<path d="{self._shapes.paths[code]}" fill="{fill}" fill-rule="evenodd"/>'
