"""The map: wards coloured by the worst warning, rivers and coast from files of this server.

The stations are a layer of assets/stations.js, which moves and recolours only what an update changes.
"""

from __future__ import annotations

from typing import Any

import dash_leaflet as dl

from dash_app import ids, wording
from dash_app.palette import SEVERITY
from dash_app.snapshot import WARD_EVENTS, AlertNow, Overview, forecast_only
from domain.alerts import Severity
from domain.words import Language, say

#: South-west and north-east corners of what one sees first: the city from A Lưới to Lăng Cô.
BOUNDS = [[16.0, 107.02], [16.74, 108.2]]
#: What lies round the city, for orientation: latitude, longitude, Vietnamese, English.
_AROUND = (
    (16.66, 107.86, "Biển Đông", "East Sea"),
    (16.02, 107.1, "Lào", "Laos"),
    (16.66, 107.12, "Quảng Trị", "Quảng Trị"),
    (16.02, 108.0, "Đà Nẵng", "Đà Nẵng"),
)
_SEVERITIES = (Severity.UNKNOWN, Severity.MINOR, Severity.MODERATE, Severity.SEVERE, Severity.EXTREME)


def city_map(tiles_url: str | None) -> Any:
    """The map with its layers, still without stations. Updates fill it and never touch centre or zoom."""
    base = [dl.TileLayer(url=tiles_url, id="tiles")] if tiles_url else []
    layers = [
        *base,
        _pane("city", 310, _layer("city", "ews.map.city")),
        _pane("wards", 320, _wards()),
        _pane("water", 330, _layer("rivers", "ews.map.river"), _layer("coast", "ews.map.coast")),
        _around(),
        dl.ScaleControl(position="bottomright", imperial=False),
        dl.ZoomControl(position="topleft"),
    ]
    return dl.MapContainer(
        layers,
        id=ids.MAP,
        bounds=BOUNDS,
        # Its place belongs to the viewer: the browser neither reports it nor takes it from here again.
        trackViewport=False,
        trackResize=False,  # assets/map.js watches the size of its place
        zoomControl=False,
        attributionControl=bool(tiles_url),
        zoomSnap=0.25,
        zoomDelta=0.5,
        minZoom=8,
        maxZoom=17,
    )


def around() -> dict[str, Any]:
    """Names of what lies round the city."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
            "properties": {"vi": vi, "en": en},
        }
        for lat, lon, vi, en in _AROUND
    ]
    return {"type": "FeatureCollection", "features": features}


def _pane(name: str, height: int, *layers: Any) -> Any:
    """Shapes arrive in any order; the pane keeps them above or below each other all the same."""
    return dl.Pane(list(layers), name=f"ews-{name}", id=f"pane-{name}", style={"zIndex": height})


def _layer(name: str, style: str) -> Any:
    """A shape that only shows."""
    return dl.GeoJSON(id=f"map-{name}", url=f"/geo/{name}.geojson", style={"variable": style}, interactive=False)


def _wards() -> Any:
    """The wards; assets/map.js colours each when its shape has come, and again at every update."""
    return dl.GeoJSON(
        id=ids.WARDS,
        url="/geo/wards.geojson",
        style={"variable": "ews.map.calm"},
        onEachFeature={"variable": "ews.map.ward"},
    )


def _around() -> Any:
    return dl.GeoJSON(id=ids.AROUND, data=around(), pointToLayer={"variable": "ews.map.placeLabel"}, interactive=False)


def wards(overview: Overview, language: Language) -> dict[str, dict[str, Any]]:
    """By code, for each ward under a warning: colour, whether it is only forecast, and words; the rest is calm."""
    worst: dict[str, AlertNow] = {}
    for found in overview.alerts:
        if found.alert.event not in WARD_EVENTS or found.alert.exercise:  # a drill colours no ward
            continue
        for code in found.station.covers:
            if code not in worst or _weight(found) > _weight(worst[code]):
                worst[code] = found
    return {code: _ward(found, language) for code, found in sorted(worst.items())}


def _weight(found: AlertNow) -> tuple[int, bool]:
    return _SEVERITIES.index(found.alert.severity), not forecast_only(found.alert)


def _ward(found: AlertNow, language: Language) -> dict[str, Any]:
    alert = found.alert
    event = say(f"alert.event.{alert.event.value}", language)
    severity = say(f"alert.severity.{alert.severity.value}", language)
    text = f"{event} · {severity} · {wording.name(found.station, language)}"
    if forecast_only(alert):
        text = f"{text} ({say('ui.phase.forecast', language)})"
    return {"fill": SEVERITY[alert.severity.value].fill, "forecast": forecast_only(alert), "text": text}
