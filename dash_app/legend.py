"""What the shapes and colours mean."""

from __future__ import annotations

from typing import Any

from dash import html

from dash_app import formats, parts, wording
from dash_app.palette import SEVERITY
from dash_app.state import Freshness
from dash_app.symbols import PAINTS
from domain.stations import StationKind
from domain.words import Language, say

_KINDS = (StationKind.RIVER, StationKind.RAIN, StationKind.AIR, StationKind.WIND)


def legend(language: Language, *, opened: bool = False) -> Any:
    """Every symbol with its word, grouped; folded away until asked for."""
    groups = [_group(kind, language) for kind in _KINDS]
    body = html.Div(
        [*groups, _forecast(language), _age(language), _freshness(language), _wards(language)], className="legend-body"
    )
    return html.Details([html.Summary(say("ui.legend", language)), body], className="legend", open=opened)


def _group(kind: StationKind, language: Language) -> Any:
    levels: list[int | None] = list(range(len(PAINTS[kind])))
    if kind is StationKind.RIVER:
        levels.append(None)
    items = [_item(kind, level, Freshness.CURRENT, wording.state_word(kind, level, language)) for level in levels]
    if kind is StationKind.RIVER:
        items.append(_item(StationKind.RESERVOIR, 0, Freshness.CURRENT, say("kind.reservoir", language)))
    heading = html.H4(formats.heading(say(f"kind.{kind.value}", language)))
    return html.Section([heading, html.Ul(items)], **_in_layers(kind))


def _in_layers(kind: StationKind) -> dict[str, Any]:
    """The layers of the map to whose legend a kind belongs, besides that of all stations."""
    layers = {StationKind.RIVER: "level", StationKind.RAIN: "rain", StationKind.AIR: "air"}
    return {"data-for": layers.get(kind, "wind")}


def _forecast(language: Language) -> Any:
    """Of the layer of forecasts alone: what the middle of the band of the next 24 hours reaches, and where none says it."""
    river = StationKind.RIVER
    items = [
        _item(river, level, Freshness.CURRENT, wording.state_word(river, level, language))
        for level in range(len(PAINTS[river]))
    ]
    items.append(_item(river, None, Freshness.SILENT, say("ui.legend.forecast.none", language)))
    return _own("forecast", items, language)


def _age(language: Language) -> Any:
    """Of the layer of ages alone: how late a reading is, by the interval at which its station reports."""
    shown = (Freshness.CURRENT, Freshness.STALE, Freshness.SILENT)  # no reading at all is drawn as silence is
    items = [_item(StationKind.RIVER, None, f, say(f"ui.legend.age.{f.value}", language)) for f in shown]
    return _own("age", items, language)


def _own(layer: str, items: list[Any], language: Language) -> Any:
    described: dict[str, Any] = {"data-own": layer}
    return html.Section([html.H4(say(f"ui.layer.{layer}", language)), html.Ul(items)], **described)


def _freshness(language: Language) -> Any:
    shown = (Freshness.STALE, Freshness.SILENT)
    items = [_item(StationKind.RIVER, 0, f, say(f"age.{f.value}", language)) for f in shown]
    described: dict[str, Any] = {"data-for": "state level rain air wind forecast"}  # the layer of ages has its own
    return html.Section([html.H4(say("ui.legend.age", language)), html.Ul(items)], **described)


def _item(kind: StationKind, level: int | None, fresh: Freshness, word: str) -> Any:
    picture = parts.picture(kind, level, fresh, "", 18)
    # Folded away: what is seen at once comes first, assets/map_layers.js fetches these soon after.
    setattr(picture, "data-loading", "lazy")
    return html.Li([picture, word])


def _wards(language: Language) -> Any:
    severities = ("Minor", "Moderate", "Severe", "Extreme")
    items = [
        html.Li(
            [
                html.Span(className="swatch", style={"background": SEVERITY[s].fill}),
                say(f"alert.severity.{s}", language),
            ]
        )
        for s in severities
    ]
    items.append(html.Li([html.Span(className="swatch swatch-forecast"), say("ui.legend.ward_forecast", language)]))
    return html.Section([html.H4(say("ui.legend.wards", language)), html.Ul(items)])
