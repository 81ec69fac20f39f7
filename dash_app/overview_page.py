"""The overview: the sentence, the map, what is in force, the gauges worst first."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from dash_app import ids, parts
from dash_app.decisions import decisions
from dash_app.gauge_table import gauge_table, other_table
from dash_app.legend import legend
from dash_app.map import city_map
from dash_app.sentence import counts, sentence, updated, worst
from dash_app.snapshot import Overview
from domain.stations import StationKind
from domain.words import Language, say

_POLITE: dict[str, Any] = {"aria-live": "polite"}
_LISTED = (StationKind.RIVER, StationKind.RESERVOIR)
_OTHERS = (StationKind.RAIN, StationKind.AIR, StationKind.WIND)


def overview_page(overview: Overview, language: Language, tiles_url: str | None) -> list[Any]:
    """The frame with everything in it; updates then replace the parts by id."""
    return [
        html.Section(sentence_line(overview, language), id=ids.SENTENCE, className="sentence", **_POLITE),
        html.Div(
            [
                html.Section(
                    [
                        city_map(overview, language, tiles_url),
                        kind_switch(language),
                        legend(language),
                        html.Div(id=ids.CHOSEN, className="chosen"),
                    ],
                    className="map-panel",
                    **parts.named(say("ui.map", language)),
                ),
                html.Div(
                    [
                        html.Div(decisions(overview, language), id=ids.DECISIONS),
                        html.Div(gauges(overview, language), id=ids.GAUGES),
                        html.Div(others(overview, language), id=ids.OTHERS, className="others-grid"),
                    ],
                    className="side",
                ),
            ],
            className="watch",
        ),
    ]


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


def kind_switch(language: Language) -> Any:
    """Which kinds of stations the map shows."""
    chips = [
        dmc.Chip(say(f"ui.kind.short.{kind.value}", language), value=kind.value, size="xs", variant="outline")
        for kind in StationKind
    ]
    group = dmc.ChipGroup(chips, id=ids.KINDS, multiple=True, value=[kind.value for kind in StationKind])
    return html.Div(group, className="kinds", role="group", **parts.named(say("ui.kinds", language)))
