"""The page of a ward chair on a phone: what must I do, by when; then why, and whom to call."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dash_app import committee_words as words
from dash_app import parts, sheet_table, wording
from dash_app.committee import CommitteeView, Unit
from dash_app.committee_page import symbol
from dash_app.routes import Place, station_path
from domain.words import Language, catalogue, say

#: Duties have at most so many lines.
_MOST_LINES = 5


def ward(unit: Unit, view: CommitteeView, language: Language) -> list[Any]:
    """The whole page."""
    back = dcc.Link(say("ui.ward.back", language), href=Place.COMMITTEE.value, className="ward-back")
    return [
        html.Div(
            [_answer(unit, view, language), _why(unit, language), _call(unit, view, language), back], className="ward"
        ),
        html.P(say("ui.ward.note", language), className="note"),
        html.P(sheet_table.updated(view.read_at, language), className="note"),
    ]


def _answer(unit: Unit, view: CommitteeView, language: Language) -> Any:
    """The one answer: state, by when, what to do."""
    word = words.state(unit, language)
    head = html.Div(
        [symbol(unit, 32), html.Div([html.H1(words.name(unit, language)), html.P(word)])], className="ward-head"
    )
    due = html.P(
        [html.Small(say("ui.ward.when", language)), words.deadline(unit, view, language)], className="ward-when"
    )
    todo = html.Ol([html.Li(line) for line in duties(words.duty(unit), language)], className="ward-todo")
    title = html.H2(say("ui.ward.what", language))
    return html.Section([head, due, title, todo], className=f"card ward-answer unit-{words.sign(unit)}")


def duties(kind: str, language: Language) -> list[str]:
    """The lines of one list of duties, as many as the catalogue has."""
    texts = catalogue(language)
    keys = (f"ui.duty.{kind}.{number}" for number in range(1, _MOST_LINES + 1))
    return [texts[key] for key in keys if key in texts]


def _why(unit: Unit, language: Language) -> Any:
    """The warnings that concern it, its gauges and what is known of depth."""
    alerts = [
        html.Li(
            [
                html.Span(className=f"stripe severity-{found.alert.severity.value.lower()}"),
                html.Div(wording.alert_line(found, language)),
            ],
            className="decision",
        )
        for found in unit.alerts
    ]
    gauges = [html.Li([parts.symbol(g, language, 18), _gauge(g, language)]) for g in unit.gauges]
    none = [html.Li(say("ui.unit.no_gauge", language), className="muted")]
    depth: list[Any] = [html.B(say("ui.committee.column.depth", language) + ": "), words.depth(unit, language)]
    if unit.depth is not None:
        source = unit.depth.source_vi or unit.depth.source if language == "vi" else unit.depth.source
        depth.append(html.Small(source, className="under"))
    body = [html.Ul(alerts)] if alerts else [html.P(say("ui.ward.no_alerts", language), className="muted")]
    return html.Section(
        [html.H2(say("ui.ward.why", language)), *body, html.Ul(gauges or none, className="ward-gauges"), html.P(depth)],
        className="card",
    )


def _gauge(now: Any, language: Language) -> Any:
    link = dcc.Link(words.gauge(now, language), href=station_path(now.station.id), className="station-link")
    trend = wording.trend(now, language)
    return html.Span([link, html.Small(f" {trend}" if trend else ""), html.Small(f" · {wording.age(now, language)}")])


def _call(unit: Unit, view: CommitteeView, language: Language) -> Any:
    """Who is called in which order, whether there is a number, and whether they answered."""
    call = unit.call
    if call is None:
        lines: list[Any] = [html.P(say("ui.unit.no_call", language))]
    else:
        number = say("ui.ward.number" if call.reachable else "ui.ward.no_number", language)
        lines = [
            html.Ol([html.Li(words.post(name, language)) for name in call.posts]),
            html.P(number),
            html.P(
                [
                    html.B(say("ui.committee.column.answer", language) + ": "),
                    words.answered(call, view.read_at, language),
                ]
            ),
        ]
    return html.Section(
        [html.H2(say("ui.ward.call", language)), *lines, html.P(say("ui.ward.emergency", language))], className="card"
    )
