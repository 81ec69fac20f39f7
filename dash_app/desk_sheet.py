"""The sheet before a grave order: what will be sent, in both languages, to whom, over what, in how many messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from dash import html

from alerts.wording import headline
from dash_app import formats, parts
from dash_app.desk_fields import data, form
from dash_app.desk_rehearsal import Rehearsal
from dash_app.desk_snapshot import DeskBook
from domain.stations import Station
from domain.warnings import PublicWarning, WarningState
from domain.words import LANGUAGES, Language, say
from storage.cap_messages import StoredCapMessage
from storage.deliveries import Delivery


def sheet(found: Rehearsal, station: Station, book: DeskBook, person: str, language: Language) -> list[Any]:
    """Title, texts, receivers, and the button that must be held."""
    order = msgspec.to_builtins(found.order)
    do = str(order.pop("do"))
    title = say(f"ui.desk.sheet.{_name(do, found.warning)}", language)
    marks = [parts.badge(say("ui.desk.exercise", language), "strong")] if _exercise(found) else []
    hidden = {name: value for name, value in order.items() if value is not None} | {"seen": found.seen}
    return [
        html.H2([title, *marks], id="desk-sheet-title"),
        html.P(say("ui.desk.sheet.by", language, person=person), className="note"),
        _texts(found, station, language),
        *([] if found.warning is None else _public(found.warning, found.messages, book, language)),
        *_receivers(found.deliveries, book, language),
        html.Div([form(do, [_hold(title, language)], hidden), _leave(language)], className="sheet-foot"),
    ]


def _name(do: str, warning: PublicWarning | None) -> str:
    """Issuing what the public has is an update; cancelling what it never had drops a draft."""
    steps = [] if warning is None else [v.step.value for v in warning.versions]
    if do == "issue":
        return "update" if steps[-1] == "updated" else "issue"
    if do == "cancel":
        return "cancel" if "issued" in steps else "drop"
    return do


def _exercise(found: Rehearsal) -> bool:
    return found.alert.exercise or (found.warning is not None and found.warning.exercise)


def _texts(found: Rehearsal, station: Station, language: Language) -> Any:
    """The texts in both languages, side by side."""
    return html.Div(
        [
            html.Div([html.H3(say(f"ui.desk.text.{each}", language)), *_text(found, station, each)], lang=each)
            for each in LANGUAGES
        ],
        className="desk-texts",
    )


def _text(found: Rehearsal, station: Station, language: Language) -> list[Any]:
    if found.warning is None:
        return [html.P(headline(found.alert, found.alert.versions[-1], station, language))]
    text = found.warning.content.texts[language]
    described = [html.P(part) for part in text.description.split("\n")]
    return [html.P(html.Strong(text.headline)), *described, html.P(text.instruction, className="instruction")]


def _public(
    warning: PublicWarning, messages: Sequence[StoredCapMessage], book: DeskBook, language: Language
) -> list[Any]:
    """For which wards, until when, and as which CAP message."""
    names = ", ".join(book.ward(code, language) for code in warning.content.wards)
    said = [html.Li(say("ui.desk.wards", language, count=len(warning.content.wards), names=names))]
    if warning.state is WarningState.ISSUED:
        until = formats.full_moment(warning.content.expires_at, language)
        said.append(html.Li(say("ui.desk.public.until", language, time=until)))
    for message in messages:
        key = "feed" if (message.status, message.scope) == ("Actual", "Public") else "inside"
        said.append(html.Li(say(f"ui.desk.cap.{key}", language, kind=message.msg_type, status=message.status)))
    return [html.Ul(said, className="sheet-facts")]


def _receivers(deliveries: Sequence[Delivery], book: DeskBook, language: Language) -> list[Any]:
    """How many messages to how many, and which of them over which channel."""
    if not deliveries:
        return [html.P(say("ui.desk.sheet.nobody", language), className="note")]
    recipients = {d.recipient for d in deliveries}
    text = say("ui.desk.sheet.count", language, messages=len(deliveries), recipients=len(recipients))
    counts = Counter((d.recipient, d.channel) for d in deliveries)
    rows = [
        html.Tr([html.Td(book.recipient(recipient, language)), html.Td(channel), html.Td(str(n), className="figure")])
        for (recipient, channel), n in sorted(counts.items())
    ]
    head = html.Tr([html.Th(say(f"ui.desk.sheet.{c}", language), scope="col") for c in ("to", "channel", "messages")])
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="grid")
    return [html.P(html.Strong(text)), html.Div(table, className="table-scroll sheet-receivers", tabIndex="0")]


def _hold(title: str, language: Language) -> Any:
    """Held, not pressed: assets/desk.js sends the form when the time is full."""
    text = [html.Span(title), html.Small(say("ui.desk.sheet.hold", language))]
    return html.Button(text, type="button", className="button hold", **data(hold="1500"))


def _leave(language: Language) -> Any:
    return html.Button(say("ui.desk.sheet.leave", language), type="button", className="button", **data(desk="leave"))
