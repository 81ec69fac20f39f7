"""Warnings in force beside the map, what needs a decision first: floods one by one, the rest of a kind in one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from dash import dcc, html

from dash_app import formats, wording
from dash_app.routes import Place
from dash_app.snapshot import AlertNow, Overview
from domain.alerts import Event
from domain.words import Language, say

_SHOWN = 6
#: In a storm nearly every rain gauge warns: more than this many of one kind become one line, so that no flood is hidden.
_ONE_BY_ONE = 2
#: Always one by one: each gauge's flood is a decision of its own.
_NEVER_GROUPED = (Event.FLOOD, Event.BASIN_FLOOD, Event.FLASH_FLOOD, Event.DOUBTFUL_READING)
_ORDER = (
    Event.FLOOD,
    Event.BASIN_FLOOD,
    Event.FLASH_FLOOD,
    Event.DOUBTFUL_READING,
    Event.RAPID_RISE,
    Event.STRONG_WIND,
    Event.HEAVY_RAIN,
    Event.PRESSURE_FALL,
    Event.AIR_QUALITY,
    Event.AIR_QUALITY_DAY,
    Event.AIR_STANDARD,
    Event.NO_SIGNAL,
    Event.SENSOR_STUCK,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list: a warning, or several of one kind, of which the worst is shown."""

    worst: AlertNow
    count: int


def lines(alerts: Sequence[AlertNow]) -> list[Line]:
    """`alerts`, worst first within a kind, as lines: floods first, then what may hide one, then the weather."""
    ordered = sorted(alerts, key=lambda found: _ORDER.index(found.alert.event))  # stable: worst first stays
    found: list[Line] = []
    for event, group in groupby(ordered, key=lambda found: found.alert.event):
        of_kind = list(group)
        if event in _NEVER_GROUPED or len(of_kind) <= _ONE_BY_ONE:
            found += [Line(each, 1) for each in of_kind]
        else:
            found.append(Line(of_kind[0], len(of_kind)))
    return found


def decisions(overview: Overview, language: Language) -> Any:
    """The first few lines and how many more warnings there are."""
    heading = html.H2([say("ui.decisions", language), html.Span(str(len(overview.alerts)), className="count")])
    if not overview.alerts:
        return html.Section([heading, html.P(say("ui.empty.alerts", language), className="empty")])
    shown = lines(overview.alerts)[:_SHOWN]
    items = [decision(line, overview, language) for line in shown]
    more = len(overview.alerts) - sum(line.count for line in shown)
    text = say("ui.decisions.more", language, count=more) if more else say("ui.decisions.all", language)
    link = dcc.Link(text, href=Place.WARNINGS.value, className="more")
    return html.Section([heading, html.Ul(items, className="decisions"), link])


def decision(line: Line, overview: Overview, language: Language) -> Any:
    """One line: severity as colour and word, headline, since when."""
    found, alert = line.worst, line.worst.alert
    now = overview.clocks.get(found.station.clock, overview.read_at)
    since = say("ui.since", language, time=wording.began(alert, formats.near(alert.raised_at, now, language), language))
    words = (
        f"{say(f'alert.severity.{alert.severity.value}', language)} · {say(f'ui.phase.{alert.phase.value}', language)}"
    )
    headline: list[Any] = [wording.alert_line(found, language)]
    if line.count > 1:
        kind = say(f"alert.event.{alert.event.value}", language)
        headline.insert(0, html.B(say("ui.decisions.grouped", language, event=kind, count=line.count)))
    return html.Li(
        [
            html.Span(className=f"stripe severity-{alert.severity.value.lower()}"),
            html.Div([html.Div(headline), html.Small(f"{words} · {since}")]),
        ],
        className="decision",
    )
