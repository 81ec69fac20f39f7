"""The board of the warnings desk: every alert as a card in the column of what has become of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import dcc, html

from alerts.places import basin
from dash_app import formats, parts, wording
from dash_app.desk_fields import button, data, form
from dash_app.desk_snapshot import Card, Column, DeskView
from dash_app.public_behind import behind_words
from dash_app.reading_desk import late_after
from dash_app.routes import alert_path
from dash_app.warnings_page import floods_first
from domain.deeds import Silence
from domain.warnings import WarningState
from domain.words import Language, say
from storage.desk import Told

#: A storm warns at every rain gauge: beyond so many a column folds the rest away, as lines.
_SHOWN = 24


def board(view: DeskView, language: Language) -> list[Any]:
    """Heading, who acts, silences in force, and the columns."""
    active = sum(card.found.active for card in view.cards)
    heading = html.H1(
        [say("ui.warnings.active", language), " ", html.Span(str(active), className="count")], className="page-title"
    )
    columns = [_column(column, view, language) for column in Column]
    return [
        html.Div(heading, className="desk-head"),
        *_silences(view, language),
        html.Div(columns, className="desk-board"),
    ]


def _silences(view: DeskView, language: Language) -> list[Any]:
    if not view.silences:
        return []
    items = [html.Li(_silence(s, view, language), **data(key=f"silence-{s.id}")) for s in view.silences]
    heading = html.H2([say("ui.desk.silences", language), html.Span(str(len(items)), className="count")])
    listed = html.Ul(items, className="desk-silences")
    return [html.Section([heading, listed], className="card", **data(key="silences"))]


def _silence(found: Silence, view: DeskView, language: Language) -> list[Any]:
    """What is silenced, by whom, until when and why; one press lifts it."""
    event = say("ui.desk.every_event", language) if found.event is None else say(f"alert.event.{found.event}", language)
    place = _silenced_place(found, view, language)
    text = say(
        "ui.desk.silence",
        language,
        event=event,
        place=place,
        severity=say(f"alert.severity.{found.severity.value}", language),
        time=formats.moment(found.ends_at, language),
        person=found.made_by,
        reason=found.reason,
    )
    return [html.Span(text), form("lift", [button(say("ui.desk.lift", language))], {"alert": "", "silence": found.id})]


def _silenced_place(found: Silence, view: DeskView, language: Language) -> str:
    """The station, by its name where an alert of it is on the board, or the basin."""
    if found.station is not None:
        known = {card.found.station.id: card.found.station for card in view.cards}
        return wording.name(known[found.station], language) if found.station in known else found.station
    return say("ui.desk.every_station", language) if found.basin is None else basin(found.basin, language)


def _column(column: Column, view: DeskView, language: Language) -> Any:
    cards = [c for c in view.cards if c.column is column]
    if column is not Column.ENDED:
        cards = sorted(cards, key=_to_decide if column is Column.NEW else lambda c: floods_first(c.found))
    shown = max(_SHOWN, sum(c.waits for c in cards))
    name = say(f"ui.desk.column.{column.value}", language)
    heading = html.H2([name, html.Span(str(len(cards)), className="count")])
    body: list[Any] = [desk_card(c, view, language) for c in cards[:shown]]
    if cards[shown:]:
        body.append(_rest(cards[shown:], language))
    if not cards:
        body.append(html.P(say("ui.desk.empty", language), className="empty"))
    return html.Section([heading, *body], className=f"desk-column desk-{column.value}", **parts.named(name))


def _to_decide(card: Card) -> tuple[bool, bool, int, float]:
    """What waits about the public comes first and is never folded away; then floods, the most severe, and who waits longest."""
    not_flood, severity, newest = floods_first(card.found)
    return not card.waits, not_flood, severity, -newest


def _rest(cards: Sequence[Card], language: Language) -> Any:
    """The others as lines that lead to them."""
    lines = [
        html.Li(dcc.Link(wording.alert_line(c.found, language), href=alert_path(c.found.alert.identifier)))
        for c in cards
    ]
    head = html.Summary(say("ui.desk.more", language, count=len(cards)))
    return html.Details([head, html.Ul(lines, className="desk-rest")], **data(key="fold-more"))


def desk_card(card: Card, view: DeskView, language: Language) -> Any:
    """Event, place, since, trend, who is late to answer, and what waits for an officer."""
    alert = card.found.alert
    severity = f"severity-{alert.severity.value.lower()}" if card.found.active else ""
    title = dcc.Link(wording.alert_line(card.found, language), href=alert_path(alert.identifier), className="desk-link")
    body = [
        html.Div(
            f"{say(f'alert.event.{alert.event.value}', language)} · {_severity(card, language)}", className="under"
        ),
        html.H3(title),
        html.Div(_standing(card, view.read_at, language), className="under"),
        *_waiting(card, language),
        *answers(card, view, language),
    ]
    if card.found.active and not card.acknowledged:
        body.append(acknowledge(card, language))
    return html.Article(
        [html.Span(className=f"stripe {severity}".strip()), html.Div(body)],
        className="desk-card",
        **data(key=alert.identifier),
    )


def acknowledge(card: Card, language: Language) -> Any:
    """One press: seen."""
    alert = card.found.alert
    about: dict[str, object] = {"alert": alert.identifier, "seen": alert.versions[-1].number}
    return form("acknowledge", [button(say("ui.desk.acknowledge", language))], about)


def _severity(card: Card, language: Language) -> str:
    alert = card.found.alert
    if not card.found.active:
        return say("ui.state.ended", language)
    words = [say(f"alert.severity.{alert.severity.value}", language), say(f"ui.phase.{alert.phase.value}", language)]
    if alert.exercise:
        words.insert(0, say("alert.mark.other", language))
    return " · ".join(words)


def _standing(card: Card, read_at: datetime, language: Language) -> list[Any]:
    """Since when, and which way the water goes."""
    alert, now = card.found.alert, card.now
    clock = read_at if now is None else now.now
    began = wording.began(alert, formats.near(alert.raised_at, clock, language), language)
    found: list[Any] = [say("ui.since", language, time=began)]
    if alert.ended_at is not None:
        found.append(f" · {say('ui.warning.ended', language)} {formats.near(alert.ended_at, clock, language)}")
    elif now is not None and now.trend is not None:
        found += [" · ", parts.arrow(now, language), wording.trend(now, language)]
    return found


def _waiting(card: Card, language: Language) -> list[Any]:
    """What an officer has to do, and what they did."""
    words = []
    if card.warning is not None and card.warning.state in {WarningState.DRAFT, WarningState.ISSUED}:
        words.append(parts.badge(say(f"ui.desk.public.{card.warning.state.value}", language), "strong"))
    if card.silence is not None:
        words.append(parts.badge(say("ui.desk.silenced", language, person=card.silence.made_by)))
    if card.assigned_to is not None:
        words.append(parts.badge(say("ui.desk.assigned", language, person=card.assigned_to)))
    behind = [] if card.warning is None else behind_words(card.found.alert, card.warning, language)
    late = [html.Div(said, className="desk-late") for said in behind]
    return [html.Div(words), *late] if words else late


def _names(told: Sequence[Told], view: DeskView, language: Language) -> str:
    """Three of them, and how many more."""
    names = ", ".join(view.book.recipient(t.recipient, language) for t in told[:3])
    return names + (f" +{len(told) - 3}" if len(told) > 3 else "")


def answers(card: Card, view: DeskView, language: Language) -> list[Any]:
    """Who has not answered, who is late, and when it climbs on."""
    if not card.told or not card.found.active:
        return []
    asked = [t for t in card.told if t.urgent]
    late = card.late(view.read_at, late_after(view.book))
    found: list[Any] = [
        html.Div(
            say("ui.desk.answered", language, count=len(asked) - len(card.unanswered), asked=len(asked))
            if asked
            else say("ui.desk.told", language, count=len(card.told)),
            className="under",
        )
    ]
    if card.unreached:
        said = say("ui.desk.unreached_by", language, names=_names(card.unreached, view, language))
        found.append(html.Div(said, className="desk-late"))
    if late:
        since = formats.age(view.read_at - late[0].sent_at, language)
        said = say("ui.desk.late", language, names=_names(late, view, language), since=since)
        found.append(html.Div(said, className="desk-late"))
    if card.next_escalation is not None:
        time = formats.moment(card.next_escalation, language)
        found.append(html.Div(say("ui.desk.climbs", language, time=time), className="under desk-clock"))
    return found
