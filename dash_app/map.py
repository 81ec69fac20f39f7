"""What the map shows besides stations: its bounds, the names around, wards coloured by the worst warning.

assets/map.js draws it, with the Leaflet that dash-leaflet brings and files of this server: it stands before Dash has begun.
"""

from __future__ import annotations

from typing import Any

from dash_app import wording
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


def around() -> list[dict[str, Any]]:
    """Names of what lies round the city."""
    return [{"at": [lat, lon], "vi": vi, "en": en} for lat, lon, vi, en in _AROUND]


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
