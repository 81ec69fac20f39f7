"""The card of the station that was chosen on the map."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dash_app import ids, parts, wording
from dash_app.map import tooltip
from dash_app.routes import station_path
from dash_app.snapshot import StationNow
from domain.words import Language, say


def station_card(now: StationNow | None, language: Language) -> Any:
    """Value, state, distance, trend, age, doubts and the way to its page; nothing when no station is chosen."""
    if now is None:
        return None
    close = html.Button("×", id=f"{ids.CHOSEN}-close", className="close", **parts.named(say("ui.close", language)))
    head = html.Header([parts.symbol(now, language, 24), html.H3(wording.name(now.station, language)), close])
    lines = [html.P(line, className="lead" if i == 0 else "") for i, line in enumerate(tooltip(now, language))]
    link = dcc.Link(say("ui.open_station", language), href=station_path(now.station.id), className="button")
    return html.Article(
        [head, *lines, link], className="station-card", **parts.named(wording.name(now.station, language))
    )
