"""Warnings in force beside the map, worst first: one line each, with the way to the warnings page."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dash_app import formats, wording
from dash_app.routes import Place
from dash_app.snapshot import AlertNow, Overview
from domain.words import Language, say

_SHOWN = 6


def decisions(overview: Overview, language: Language) -> Any:
    """The worst few warnings and how many more there are."""
    heading = html.H2([say("ui.decisions", language), html.Span(str(len(overview.alerts)), className="count")])
    if not overview.alerts:
        return html.Section([heading, html.P(say("ui.empty.alerts", language), className="empty")])
    items = [decision(found, overview, language) for found in overview.alerts[:_SHOWN]]
    more = len(overview.alerts) - len(items)
    text = say("ui.decisions.more", language, count=more) if more else say("ui.decisions.all", language)
    link = dcc.Link(text, href=Place.WARNINGS.value, className="more")
    return html.Section([heading, html.Ul(items, className="decisions"), link])


def decision(found: AlertNow, overview: Overview, language: Language) -> Any:
    """One warning: severity as colour and word, headline, since when."""
    alert = found.alert
    now = overview.clocks.get(found.station.clock, overview.read_at)
    since = say("ui.since", language, time=formats.near(alert.raised_at, now, language))
    words = (
        f"{say(f'alert.severity.{alert.severity.value}', language)} · {say(f'ui.phase.{alert.phase.value}', language)}"
    )
    return html.Li(
        [
            html.Span(className=f"stripe severity-{alert.severity.value.lower()}"),
            html.Div([html.Div(wording.alert_line(found, language)), html.Small(f"{words} · {since}")]),
        ],
        className="decision",
    )
