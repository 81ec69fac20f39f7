"""The overview round the map: the sentence, the gauges worst first, rain, air and wind."""

from __future__ import annotations

from typing import Any

from dash import html

from dash_app import parts
from dash_app.gauge_table import gauge_table, other_table
from dash_app.sentence import counts, sentence, updated, worst
from dash_app.snapshot import Overview, StationNow
from domain.stations import StationKind
from domain.words import Language, say

#: Rows of the list of gauges.
MOST_GAUGES = 40
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


def listed(overview: Overview) -> tuple[StationNow, ...]:
    """The gauges and reservoirs of the list, worst first: so many as one still reads; the map and its search have all."""
    return tuple(s for s in overview.stations if s.station.kind in _LISTED)[:MOST_GAUGES]


def gauges(overview: Overview, language: Language) -> Any:
    """The list without its rows: assets/rows.js puts those in, each of which is sent when it changes."""
    count = sum(len(overview.of_kind(kind)) for kind in _LISTED)
    more = count - MOST_GAUGES
    foot = [html.P(say("ui.gauges.more", language, count=more), className="under")] if more > 0 else []
    return html.Section([html.H2(say("ui.gauges", language)), gauge_table(count, language), *foot])


def others(overview: Overview, language: Language) -> list[Any]:
    """The worst stations of rain, air and wind."""
    found = {kind: overview.of_kind(kind) for kind in _OTHERS}
    return [other_table(kind, stations, language) for kind, stations in found.items() if stations]
