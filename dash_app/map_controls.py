"""What the map can show: its layers, the totals of rain, the kinds of stations, and the words its scripts use."""

from __future__ import annotations

from typing import Any

from dash import html

from dash_app import parts
from dash_app.map_stations import RAIN_KEYS
from dash_app.snapshot import RAIN_DAY
from domain.stations import StationKind
from domain.words import Language, say

#: The layers, as assets/map_layers.js knows them.
LAYERS = ("state", "level", "rain", "air", "wind", "forecast", "age")
#: The total shown until another is chosen.
_RAIN_FIRST = 24
_PRESSED: dict[str, Any] = {"aria-pressed": "true"}


def controls(language: Language) -> list[Any]:
    """The choice of layer, of the total of rain, and of kinds. Each carries its own name; the browser keeps what is chosen."""
    layers = [html.Option(say(f"ui.layer.{name}", language), value=name) for name in LAYERS]
    return [
        html.Select(layers, className="picker", **_data(pick="layer"), **parts.named(say("ui.layers", language))),
        html.Select(
            [_total(key, language) for key in RAIN_KEYS],
            className="picker for-rain",
            **_data(pick="rain"),
            **parts.named(say("ui.rain_total", language)),
        ),
        kind_switch(language),
    ]


def _total(key: int, language: Language) -> Any:
    text = say("ui.rain_day" if key == RAIN_DAY else "ui.rain_hours", language, hours=key)
    return html.Option(text, value=str(key), selected="selected" if key == _RAIN_FIRST else None)


def kind_switch(language: Language) -> Any:
    """Which kinds of stations the map shows."""
    # The browser keeps which are pressed: the server's text does not press them again.
    buttons = [
        html.Button(
            say(f"ui.kind.short.{kind.value}", language),
            className="chip",
            **_data(kind=kind.value, kept="aria-pressed"),
            **_PRESSED,
        )
        for kind in StationKind
    ]
    return html.Div(buttons, className="chips", role="group", **parts.named(say("ui.kinds", language)))


def words(language: Language) -> dict[str, str]:
    """What the scripts of the map, the search and the time line say, by their own short names."""
    said = {
        "open": "ui.open_station",
        "close": "ui.close",
        "age_now": "ui.age.now",
        "age_minutes": "ui.age.minutes",
        "age_hours": "ui.age.hours",
        "age_hours_minutes": "ui.age.hours_minutes",
        "age_days": "ui.age.days",
        "stale": "age.stale",
        "silent": "age.silent",
        "never": "age.never",
        "cluster": "ui.cluster",
        "cluster_silent": "ui.cluster.silent",
        "forecast": "ui.phase.forecast",
        "forecast_past": "ui.storm.track.forecast_past",
        "search": "ui.search",
        "nothing": "ui.search.nothing",
        "ward": "ui.search.ward",
        "timeline": "ui.timeline",
        "span": "ui.timeline.span",
        "moment": "ui.timeline.moment",
        "moment_form": "ui.timeline.moment_form",
        "play": "ui.timeline.play",
        "pause": "ui.timeline.pause",
        "link": "ui.timeline.link",
        "copied": "ui.timeline.copied",
        "days": "ui.timeline.days",
        "hours": "ui.timeline.hours",
    }
    # Without values the places {…} stay open for the browser.
    return {name: say(key, language) for name, key in said.items()} | {"language": language}


def _data(**values: str) -> dict[str, Any]:
    return {f"data-{name}": value for name, value in values.items()}
