"""The command page: 40 units in one table that needs no scrolling, a small map with their numbers, and whom to call."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dash import dcc, html

from dash_app import committee_words as words
from dash_app import formats, parts, sheet_table
from dash_app.committee import CommitteeView, Unit
from dash_app.committee_map import CommitteeMap
from dash_app.routes import ward_path
from dash_app.state import Freshness
from domain.stations import StationKind
from domain.wards import WardKind
from domain.words import Language, say

_COLUMNS = ("number", "unit", "state", "depth", "gauge", "call", "answer")
_SEVERITIES = (4, 3, 2, 1)


def committee(view: CommitteeView, drawn: CommitteeMap, language: Language) -> Any:
    """The whole page on a screen; a printer gets the situation report in its stead."""
    tables = [_table(view, kind, language) for kind in WardKind]
    picture = html.Img(src=drawn.path(states(view)), alt=say("ui.committee.map", language), className="committee-map")
    side = html.Div([picture, _legend(language), _print(language)], className="card committee-side")
    return html.Div(
        [
            *sheet_table.head(say("ui.committee.title", language), len(view.units), lead(view, language)),
            html.Div([*tables, side], className="committee-columns"),
            html.P(say("ui.committee.note", language), className="note"),
            html.P(sheet_table.updated(view.read_at, language), className="note"),
        ],
        className="screen-only sheet",
    )


def states(view: CommitteeView) -> dict[str, str]:
    """The sign of each unit, as the map takes it."""
    return {unit.ward.code: words.sign(unit) for unit in view.units}


def lead(view: CommitteeView, language: Language) -> str:
    """How many units are warned, by severity, and how many have not answered."""
    counts = Counter(unit.rank for unit in view.units)
    said = [
        say("ui.committee.count", language, count=counts[rank], state=_rank_word(rank, language))
        for rank in _SEVERITIES
        if counts[rank]
    ]
    text = ", ".join(said) if said else say("ui.committee.calm", language)
    blind = sum(unit.blind and not unit.rank for unit in view.units)
    waiting = sum(unit.call is not None and unit.call.must_call for unit in view.units)
    if blind:
        text += "; " + say("ui.committee.blind", language, count=blind)
    if waiting:
        text += "; " + say("ui.committee.waiting", language, count=waiting)
    return formats.heading(text) + "."


def _rank_word(rank: int, language: Language) -> str:
    return say(f"alert.severity.{('Minor', 'Moderate', 'Severe', 'Extreme')[rank - 1]}", language).lower()


def _table(view: CommitteeView, kind: WardKind, language: Language) -> Any:
    """One sort of units, the gravest first."""
    units = sorted((u for u in view.units if u.ward.kind is kind), key=lambda u: (-u.rank, not u.blind, u.number))
    columns = [(say(f"ui.committee.column.{column}", language), column == "number") for column in _COLUMNS]
    table = sheet_table.table(columns, [_row(unit, view, columns, language) for unit in units], "units")
    title = say(f"ui.committee.{kind.value}", language)
    return html.Section([html.H2([title, html.Span(str(len(units)), className="count")]), table], className="card")


def _row(unit: Unit, view: CommitteeView, columns: list[tuple[str, bool]], language: Language) -> Any:
    labels = [text for text, _ in columns]
    link = dcc.Link(words.short_name(unit, language), href=ward_path(unit.ward.code), className="station-link")
    must = unit.call is not None and unit.call.must_call
    gauge = words.gauge(unit.gauges[0], language) if unit.gauges else say("ui.unit.no_gauge", language)
    depth_kind = "u-depth" if unit.depth is not None else "u-depth muted"
    cells = [
        sheet_table.cell(str(unit.number), labels[0], "figure u-number"),
        html.Th(link, scope="row", className="u-name"),
        sheet_table.cell(_state(unit, language), labels[2], "u-state"),
        sheet_table.cell(words.depth(unit, language), labels[3], depth_kind),
        sheet_table.cell(gauge, labels[4], "u-gauge" if unit.gauges else "u-gauge muted"),
        sheet_table.cell(words.whom(unit.call, language), labels[5], "u-call must" if must else "u-call muted"),
        sheet_table.cell(
            words.answered(unit.call, view.read_at, language), labels[6], "u-answer must" if must else "u-answer"
        ),
    ]
    return sheet_table.row(cells, unit.ward.code, f"unit-{words.sign(unit)}")


def _state(unit: Unit, language: Language) -> list[Any]:
    """Shape, colour and word, then what it is about."""
    about = words.event(unit, language)
    return [
        symbol(unit, 16),
        html.Span(words.state(unit, language), className="u-word"),
        *([html.Small(about)] if about else []),
    ]


def symbol(unit: Unit, size: int) -> Any:
    """The shape of the severity, hollow when nobody knows; silent for screen readers, because the word stands beside it."""
    fresh = Freshness.SILENT if words.sign(unit) == "x" else Freshness.CURRENT
    return parts.picture(StationKind.RIVER, unit.rank, fresh, "", size)


def _legend(language: Language) -> Any:
    """What the shapes and colours of the map mean."""
    items = [
        html.Li([parts.picture(StationKind.RIVER, rank, Freshness.CURRENT, "", 16), _rank_word(rank, language)])
        for rank in _SEVERITIES
    ]
    silent = parts.picture(StationKind.RIVER, 0, Freshness.SILENT, "", 16)
    items.append(html.Li([silent, say("ui.unit.blind", language)]))
    return html.Ul(items, className="committee-legend")


def _print(language: Language) -> Any:
    described: dict[str, Any] = {"data-act": "print"}
    return html.Button(say("ui.committee.print", language), className="button", **described)
