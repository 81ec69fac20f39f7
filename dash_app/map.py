"""The map: wards coloured by the worst warning, rivers and coast from files of this server, stations as one layer."""

from __future__ import annotations

from typing import Any

import dash_leaflet as dl

from dash_app import formats, ids, wording
from dash_app.palette import SEVERITY
from dash_app.routes import station_path
from dash_app.snapshot import WARD_EVENTS, AlertNow, Overview, StationNow, forecast_only
from dash_app.state import Freshness
from dash_app.symbols import symbol_path
from domain.alerts import Severity
from domain.quantities import QUANTITIES
from domain.stations import StationKind
from domain.words import Language, number, say

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
#: Stations drawn last lie on top.
_ORDER = (StationKind.RAIN, StationKind.AIR, StationKind.WIND, StationKind.RESERVOIR, StationKind.RIVER)


def city_map(tiles_url: str | None) -> Any:
    """The map with its layers, still empty of stations. Updates fill it and never touch centre or zoom."""
    base = [dl.TileLayer(url=tiles_url, id="tiles")] if tiles_url else []
    layers = [
        *base,
        _pane("city", 310, _layer("city", "ews.map.city")),
        _pane("wards", 320, _wards()),
        _pane("water", 330, _layer("rivers", "ews.map.river"), _layer("coast", "ews.map.coast")),
        _around(),
        _stations(),
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


def _stations() -> Any:
    return dl.GeoJSON(
        id=ids.STATIONS,
        data={"type": "FeatureCollection", "features": []},
        pointToLayer={"variable": "ews.map.station"},
        filter={"variable": "ews.map.shown"},
        hideout={"kinds": [kind.value for kind in StationKind], "selected": None},
    )


def map_data(overview: Overview, language: Language) -> dict[str, Any]:
    """All that the map shows of now: stations, wards under a warning, words of the card."""
    words = {"open": say("ui.open_station", language), "close": say("ui.close", language)}
    return {"stations": features(overview, language), "wards": wards(overview, language), "words": words}


def features(overview: Overview, language: Language) -> dict[str, Any]:
    """The stations as GeoJSON: worst on top within each kind, rain below rivers."""
    ordered = sorted(overview.stations, key=lambda s: (_ORDER.index(s.station.kind), s.level or 0))
    return {"type": "FeatureCollection", "features": [feature(now, language) for now in ordered]}


def feature(now: StationNow, language: Language) -> dict[str, Any]:
    """One station with what its marker and tooltip say."""
    station = now.station
    properties = {
        "id": station.id,
        "kind": station.kind.value,
        "fresh": now.freshness.value,
        "level": now.level or 0,
        "symbol": symbol_path(station.kind, now.level, now.freshness),
        "name": wording.name(station, language),
        "label": label(now, language),
        "lines": tooltip(now, language),
        "page": station_path(station.id),
        "direction": _direction(now),
    }
    position = {"type": "Point", "coordinates": [station.lon, station.lat]}
    return {"type": "Feature", "geometry": position, "properties": properties}


def label(now: StationNow, language: Language) -> str:
    """The number that stands at the symbol: the level of a river, the index of the air; empty for the others."""
    if now.main is None or now.blind:
        return ""
    if now.station.kind in (StationKind.RIVER, StationKind.RESERVOIR):
        return number(now.main.value, QUANTITIES[now.main.quantity].decimals, language)
    return str(now.aqi) if now.station.kind is StationKind.AIR and now.aqi is not None else ""


def tooltip(now: StationNow, language: Language) -> list[str]:
    """The lines of a tooltip: name, value with state, age and flag, trend, forecast, doubts."""
    kind = say(f"kind.{now.station.kind.value}", language)
    lines = [f"{wording.headline_value(now, language)} · {wording.state(now, language)}"]
    lines += [
        line for line in (wording.distance(now, language), wording.trend(now, language)) if line and not now.blind
    ]
    peak = wording.peak(now, language)
    if peak is not None:
        lines.append(peak)
    lines.append(_aged(now, language))
    lines.append(" · ".join((kind, *wording.doubts(now, language))))
    return lines


def _aged(now: StationNow, language: Language) -> str:
    if now.main is None or now.freshness is Freshness.NEVER:
        return wording.age(now, language)
    measured = formats.near(now.main.observed_at, now.now, language)
    return say(
        "ui.tooltip.measured",
        language,
        time=measured,
        age=wording.age(now, language),
        flag=wording.flag(now.main.flag, language),
    )


def _direction(now: StationNow) -> float | None:
    """Where the wind blows to, degrees: the arrow flies with the wind."""
    found = now.measures.get("wind_direction")
    return None if found is None else (found.value + 180.0) % 360.0


def wards(overview: Overview, language: Language) -> dict[str, Any]:
    """For each ward under a warning: colour, whether it is only forecast, and words; the rest is calm."""
    worst: dict[str, AlertNow] = {}
    for found in overview.alerts:
        if found.alert.event not in WARD_EVENTS or found.alert.exercise:  # a drill colours no ward
            continue
        for code in found.station.covers:
            if code not in worst or _weight(found) > _weight(worst[code]):
                worst[code] = found
    return {"wards": {code: _ward(found, language) for code, found in sorted(worst.items())}, "language": language}


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
