"""The exercise page: whether an exercise is on, which drills are in force, and how one is begun and ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from dash_app import formats, sheet_table, wording
from dash_app.exercise import under_exercise
from dash_app.snapshot import AlertNow, Overview
from domain.alerts import Alert
from domain.words import Language, say
from storage.alerts import list_alerts
from storage.database import Connection

#: So many of the newest drills are shown; a wet night raises more real warnings than that between two of them.
_SHOWN = 400
_COLUMNS = ("drill", "level", "raised", "ended")


def read_drills(connection: Connection, overview: Overview) -> tuple[AlertNow, ...]:
    """The newest drills, newest first. Raises DatabaseUnavailableError."""
    stations = {now.station.id: now.station for now in overview.stations}
    found: Sequence[Alert] = list_alerts(connection, drills_only=True, limit=_SHOWN)
    return tuple(AlertNow(alert=a, station=stations[a.station]) for a in found if a.station in stations)


def exercise(found: Sequence[AlertNow], overview: Overview, language: Language) -> list[Any]:
    """The whole page."""
    on = under_exercise(overview)
    active = sum(each.active for each in found)
    lead = say("ui.exercise.on" if on else "ui.exercise.off", language, count=active)
    steps = html.Ol([html.Li(say(f"ui.exercise.step.{n}", language)) for n in (1, 2, 3)])
    return [
        *sheet_table.head(say("ui.nav.exercise", language), active, lead),
        html.Div([html.H2(say("ui.exercise.drills", language)), _table(found, language)], className="card"),
        html.Div([html.H2(say("ui.exercise.how", language)), steps, html.Pre(_commands())], className="card"),
        html.P(say("ui.exercise.note", language), className="note"),
    ]


def _table(found: Sequence[AlertNow], language: Language) -> Any:
    if not found:
        return html.P(say("ui.exercise.none", language), className="empty")
    columns = [(say(f"ui.exercise.column.{name}", language), False) for name in _COLUMNS]
    return sheet_table.table(columns, [_row(each, columns, language) for each in found], "drills")


def _row(each: AlertNow, columns: Sequence[tuple[str, bool]], language: Language) -> Any:
    alert = each.alert
    event = formats.heading(say(f"alert.event.{alert.event.value}", language))
    name = html.Th([html.B(event), html.Small(wording.place(each.station, language), className="under")], scope="row")
    ended = "–" if alert.ended_at is None else formats.moment(alert.ended_at, language)
    contents = (str(alert.level), formats.moment(alert.raised_at, language), ended)
    cells = [sheet_table.cell(text, label) for text, (label, _) in zip(contents, columns[1:], strict=True)]
    return sheet_table.row([name, *cells], alert.identifier, "current")


def _commands() -> str:
    return (
        "ews alerts exercise STATION EVENT LEVEL --by NAME --reason TEXT\news alerts end ALERT --by NAME --reason TEXT"
    )
