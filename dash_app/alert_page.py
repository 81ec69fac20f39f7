"""One alert in full: what an officer can do about it, its public warning, its versions, who was told and who answered."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from alerts.places import basin, name
from dash_app import formats
from dash_app.audit_lines import audit_lines
from dash_app.desk_board import acknowledge, answers
from dash_app.desk_fields import button, choice, data, form, line, only
from dash_app.desk_snapshot import AlertView, DeskView
from dash_app.public_warning_view import public_warning
from dash_app.routes import Place
from dash_app.warnings_page import warning
from domain.access_table import ORDERS, Right
from domain.alerts import Severity
from domain.deeds import Deed
from domain.words import Language, say
from storage.desk import Told

_HOURS = (1, 3, 6, 12, 24)
_SILENCED_UP_TO = (Severity.MINOR, Severity.MODERATE, Severity.SEVERE)


def alert_page(view: AlertView, language: Language) -> list[Any]:
    """Back to the board, the warning for the public, what can be done, the alert itself, the audit."""
    head = [dcc.Link(say("ui.desk.back", language), href=Place.WARNINGS.value, className="button")]
    issued = [public_warning(view, each, language) for each in reversed(view.warnings)]
    left = [warning(view.card.found, view.card.tellings, language), *issued, _audit(view, language)]
    right = [_answers(view, language), _actions(view, language), _deeds(view, language)]
    columns = [html.Div(left, className="alert-main"), html.Div(right, className="alert-side")]
    return [html.Div(head, className="desk-head"), html.Div(columns, className="alert-columns")]


def _section(key: str, body: list[Any], language: Language) -> Any:
    return html.Section([html.H2(say(key, language)), *body], className="card")


def _actions(view: AlertView, language: Language) -> Any:
    """What an officer can do: the light things by one press, the grave ones by a sheet."""
    found, about = view.card.found, _about(view)
    body: list[Any] = []
    if found.active and not view.card.acknowledged:
        body.append(acknowledge(view.card, language))
    if found.active:
        body.append(
            form("assign", [line(say("ui.desk.assign.to", language), "to", most=64), _go("assign", language)], about)
        )
    body.append(form("comment", [line(say("ui.desk.comment", language), "text"), _go("comment", language)], about))
    if found.active:
        body += [_silence(view, language), _escalate(view, language), _end(view, language)]
    return html.Div(_section("ui.desk.actions", body, language), **only(Right.ACKNOWLEDGE))


def _about(view: AlertView) -> dict[str, str]:
    return {"alert": view.card.found.alert.identifier}


def _go(what: str, language: Language, kind: str = "") -> Any:
    return button(say(f"ui.desk.do.{what}", language), kind=kind)


def _silence(view: AlertView, language: Language) -> Any:
    hours = [(str(h), f"{h} h") for h in _HOURS]
    severities = [(s.value, say(f"alert.severity.{s.value}", language)) for s in _SILENCED_UP_TO]
    fields = [
        *_areas(view, language),
        choice(say("ui.desk.silence.for", language), "hours", hours, "1"),
        choice(say("ui.desk.silence.up_to", language), "severity", severities, Severity.MINOR.value),
        line(say("ui.desk.reason", language), "reason"),
        _go("silence", language),
    ]
    return _folded("silence", [form("silence", fields, _about(view))], view, language)


def _areas(view: AlertView, language: Language) -> list[Any]:
    """Where it is to be silent: at the gauge, or in its basin where it lies in one."""
    station = view.card.found.station
    if station.basin is None:
        return []
    areas = [("station", name(station, language)), ("basin", basin(station.basin, language))]
    return [choice(say("ui.desk.silence.area", language), "area", areas, "station")]


def _escalate(view: AlertView, language: Language) -> Any:
    names = [(r.id, r.name(language)) for r in view.book.recipients]
    fields = [
        choice(say("ui.desk.escalate.to", language), "to", names, names[0][0]),
        line(say("ui.desk.reason", language), "reason"),
        _go("escalate", language, "grave"),
    ]
    return _folded("escalate", [form("escalate", fields, _about(view), plan=True)], view, language)


def _end(view: AlertView, language: Language) -> Any:
    fields = [line(say("ui.desk.reason", language), "reason"), _go("end", language, "grave")]
    return _folded("end", [form("end", fields, _about(view), plan=True)], view, language)


def _folded(what: str, body: list[Any], view: AlertView, language: Language) -> Any:
    head = html.Summary(say(f"ui.desk.fold.{what}", language))
    key = data(key=f"fold-{what}-{view.card.found.alert.identifier}")
    return html.Details([head, *body], className="desk-fold", **key, **only(ORDERS[what]))


def _answers(view: AlertView, language: Language) -> Any:
    """Who was told the newest, who answered, who is late."""
    desk = DeskView(read_at=view.read_at, cards=(view.card,), silences=(), book=view.book)
    body: list[Any] = answers(view.card, desk, language)
    if view.card.told:
        head = html.Tr(
            [html.Th(say(f"ui.desk.told.{c}", language), scope="col") for c in ("recipient", "sent", "answer")]
        )
        rows = [_told_row(view, t, language) for t in view.card.told]
        table = html.Table([html.Thead(head), html.Tbody(rows)], className="grid")
        body.append(html.Div(table, className="table-scroll told-table"))
    else:
        body.append(html.P(say("ui.empty.deliveries", language), className="empty"))
    return _section("ui.desk.who_answered", body, language)


def _told_row(view: AlertView, told: Told, language: Language) -> Any:
    answer = view.card.confirmation(told)
    said = "–" if answer is None else f"✓ {formats.moment(answer.at, language)} {answer.person}".strip()
    waiting = told in view.card.unanswered
    if waiting:
        said = say("ui.desk.no_answer" if told.reached else "ui.desk.unreached", language)
    sent = formats.moment(told.sent_at, language) if told.reached else "–"
    cells = [view.book.recipient(told.recipient, language), sent, said]
    return html.Tr([html.Td(cell) for cell in cells], className="doubtful" if waiting else None)


def _deeds(view: AlertView, language: Language) -> Any:
    if not view.card.deeds:
        return _section("ui.desk.deeds", [html.P(say("ui.desk.no_deeds", language), className="empty")], language)
    items = [html.Li(_deed(d, language)) for d in reversed(view.card.deeds)]
    return _section("ui.desk.deeds", [html.Ul(items, className="desk-deeds")], language)


def _deed(deed: Deed, language: Language) -> list[Any]:
    said = " · ".join(deed.detail.values())
    action = say(f"ui.audit.{deed.action.value}", language)
    line_of = [html.Strong(deed.person), f" · {action}", f": {said}" if said else ""]
    return [html.Span(formats.moment(deed.at, language), className="muted"), " ", *line_of]


def _audit(view: AlertView, language: Language) -> Any:
    return _section("ui.desk.audit", [audit_lines(view.audit, language)], language)
