"""The overview round the map: the sentence, the gauges worst first, rain, air and wind."""

from __future__ import annotations

from typing import Any

from dash import html

from dash_app import parts
from dash_app.gauge_table import gauge_table, other_table
from dash_app.sentence import counts, sentence, updated, worst
from dash_app.snapshot import Overview
from domain.stations import StationKind
from domain.words import Language, say

_LISTED = (StationKind.RIVER, StationKind.RESERVOIR)
_OTHERS = (StationKind.RAIN, StationKind.AIR, StationKind.WIND)


def sentence_line(overview: Overview, language: Language) -> list[Any]:
    """Symbol, sentence, time, and the counts beside it."""
    lead = worst(overview)
    facts = [html.Li(text, className=f"fact {state}") for state, text in counts(overview, language)]
    return [
        html.Div([] if lead is None else parts.symbol(lead, language, 36), className="lead-symbol"),
        html.Div([html.H1(sentence(overview, language)), html.P(updated(overview, language), className="updated")]),
        html.Ul(facts, className="facts"),
    ]


def gauges(overview: Overview, language: Language) -> Any:
    """River gauges and reservoirs, worst first."""
    listed = tuple(s for s in overview.stations if s.station.kind in _LISTED)
    return html.Section([html.H2(say("ui.gauges", language)), gauge_table(listed, language)])


def others(overview: Overview, language: Language) -> list[Any]:
    """The worst stations of rain, air and wind."""
    found = {kind: tuple(s for s in overview.stations if s.station.kind is kind) for kind in _OTHERS}
    return [other_table(kind, stations, language) for kind, stations in found.items() if stations]
