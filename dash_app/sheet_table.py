"""Tables of the sheets: one row a station or ward; on a phone each row becomes a small block of labelled numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dash_app import formats, parts, wording
from dash_app.routes import station_path
from dash_app.snapshot import StationNow
from domain.words import Language, say


def table(columns: Sequence[tuple[str, bool]], rows: Sequence[Any], name: str) -> Any:
    """`columns`: heading and whether it stands over figures; `name`: the class of the table."""
    head = html.Tr([html.Th(text, scope="col", className="figure" if figure else None) for text, figure in columns])
    return html.Div(
        html.Table([html.Thead(head), html.Tbody(list(rows))], className=f"grid stack {name}"), className="table-scroll"
    )


def cell(content: Any, label: str | None, kind: str = "") -> Any:
    """A cell with the heading that a phone shows beside it, None where it shows none. `kind`: figure, wide or a class of its own."""
    described: dict[str, Any] = {"data-label": label}
    return html.Td(content, className=kind or None, **described)


def station_cell(now: StationNow, language: Language) -> Any:
    """Symbol, name as a link, age and doubts of the newest reading."""
    link = dcc.Link(wording.name(now.station, language), href=station_path(now.station.id), className="station-link")
    age = html.Small(wording.age(now, language), className=f"under age-{now.freshness.value}")
    doubts = [html.Small(word, className="under doubt") for word in _doubts(now, language)]
    return html.Th(
        html.Div([parts.symbol(now, language), html.Div([link, age, *doubts])], className="named"),
        scope="row",
        className="c-station",
    )


def _doubts(now: StationNow, language: Language) -> Sequence[str]:
    """Doubts of the reading itself; that a clock is simulated stands in the banner."""
    simulated = say("doubt.simulated", language)
    return [word for word in wording.doubts(now, language) if word != simulated]


def row(cells: Sequence[Any], key: str, fresh: str) -> Any:
    """One row; `key` keeps it the same row when the order changes."""
    described: dict[str, Any] = {"data-key": key}
    return html.Tr(list(cells), className=f"row row-{fresh}", **described)


def head(title: str, count: int, lead: str) -> list[Any]:
    """The title with how many, and one sentence that answers first."""
    return [
        html.H1([title, html.Span(str(count), className="count")], className="page-title"),
        html.P(lead, className="sheet-lead"),
    ]


def updated(overview_at: Any, language: Language) -> str:
    """When the page was put together."""
    return say("ui.sheet.as_of", language, time=formats.full_moment(overview_at, language))
