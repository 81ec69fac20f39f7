"""One public warning on the desk: both texts, who has read them, its wards on a map, and what can be done with it."""

from __future__ import annotations

from typing import Any

from dash import html

from alerts.public_drafts import LESS_GRAVE, OFF_HOURS, SYSTEM
from dash_app import formats, parts
from dash_app.desk_fields import button, data, form, line, lines, only
from dash_app.desk_snapshot import AlertView
from dash_app.public_behind import behind_words
from dash_app.ward_map import ward_map_path
from domain.access_table import ORDERS
from domain.warnings import PublicWarning, WarningState, WarningStep
from domain.words import LANGUAGES, Language, say

_ALIVE = (WarningState.DRAFT, WarningState.ISSUED)
#: The system's own reasons for dropping a draft, as the page says them; else its alert has ended.
_DROPPED = {LESS_GRAVE: "alert_less_grave", OFF_HOURS: "alert_off_hours"}


def public_warning(view: AlertView, found: PublicWarning, language: Language) -> Any:
    """The card of one public warning."""
    state = say(f"ui.desk.public.{found.state.value}", language)
    badges = [parts.badge(state, "strong")]
    if found.exercise:
        badges.append(parts.badge(say("ui.desk.exercise", language), "strong"))
    heading = html.H2([say("ui.desk.public", language), html.Span(badges)])
    texts = html.Div([_text(found, each, language) for each in LANGUAGES], className="desk-texts")
    body: list[Any] = [heading, _needs(view, found, language), texts, _wards(view, found, language)]
    if found.state in _ALIVE:
        body += [_orders(view, found, language)]
    return html.Section(body, className="card public-warning", **data(key=found.identifier))


def _needs(view: AlertView, found: PublicWarning, language: Language) -> Any:
    """What it still needs before it can be issued, or until when it holds; and how it has fallen behind its alert."""
    late = behind_words(view.card.found.alert, found, language)
    if found.state is WarningState.ISSUED:
        published = found.published or found.versions[-1]
        until = formats.full_moment(published.content.expires_at, language)
        return _note([say("ui.desk.public.until", language, time=until)], late)
    if found.state is not WarningState.DRAFT:
        return html.P(_ended(found, language), className="note")
    needs = [say(f"ui.desk.needs.read.{each}", language) for each in found.unread]
    approval = view.book.telling.approval
    approved = found.since_written(WarningStep.APPROVED)
    if approval is not None and approval.four_eyes and not approved:
        needs.append(say("ui.desk.needs.approval", language))
    if approved:
        names = ", ".join(dict.fromkeys(version.person for version in approved))
        needs.append(say("ui.desk.approved.by", language, names=names))
    able = ", ".join(officer.id for officer in view.book.telling.officer if "issue" in officer.may)
    needs.append(say("ui.desk.needs.officer", language, officers=able))
    return _note(needs, late)


def _note(said: list[str], late: list[str]) -> Any:
    """What is late stands out: the badge beside it says what the public has, not that it is old."""
    return html.Div(
        [html.P(" · ".join(said), className="note"), *(html.P(each, className="desk-late") for each in late)]
    )


def _ended(found: PublicWarning, language: Language) -> str:
    """Why it is over: the words of who cancelled it; the system cancels drafts for a few reasons of its own."""
    last = found.versions[-1]
    if last.person != SYSTEM or last.step is not WarningStep.CANCELLED:
        return last.note
    return say(f"ui.desk.public.{_DROPPED.get(last.note, 'alert_ended')}", language)


def _text(found: PublicWarning, of: Language, language: Language) -> Any:
    """What people read in one language, the button that says it was read, and its form of editing."""
    text = found.content.texts[of]
    shown = [
        html.H3(text.headline),
        *(html.P(part) for part in text.description.split("\n")),
        html.P(text.instruction, className="instruction"),
    ]
    read = [v for v in found.since_written(WarningStep.READ) if v.note == of]
    body: list[Any] = [html.H4(say(f"ui.desk.text.{of}", language)), html.Div(shown, lang=of)]
    if read:
        at = formats.moment(read[-1].at, language)
        said = say("ui.desk.read.by", language, person=read[-1].person, time=at)
        # With a key it goes before the form behind it is looked for, which is then not moved from under who writes in it.
        body.append(html.P(said, className="note", **data(key="read-by")))
    elif found.state in _ALIVE:
        body.append(_read(found, of, language))
    if found.state in _ALIVE:
        edit = [html.Summary(say("ui.desk.edit", language)), _edit(found, of, language)]
        body.append(html.Details(edit, **data(key="fold-edit"), **only(ORDERS["edit"])))
    return html.Div(body, className="desk-text")


def _read(found: PublicWarning, of: Language, language: Language) -> Any:
    hidden = _about(found) | {"language": of, "seen": found.written.number}
    return form("read", [button(say(f"ui.desk.read.{of}", language))], hidden)


def _edit(found: PublicWarning, of: Language, language: Language) -> Any:
    text = found.content.texts[of]
    fields = [
        lines(say("ui.desk.text.headline", language), "headline", text.headline, 2, of),
        lines(say("ui.desk.text.description", language), "description", text.description, 5, of),
        lines(say("ui.desk.text.instruction", language), "instruction", text.instruction, 4, of),
        button(say("ui.desk.do.edit", language)),
    ]
    return form("edit", fields, _about(found) | {"language": of, "seen": found.written.number})


def _about(found: PublicWarning) -> dict[str, object]:
    return {"alert": found.alert, "warning": found.identifier}


def _wards(view: AlertView, found: PublicWarning, language: Language) -> Any:
    names = ", ".join(view.book.ward(code, language) for code in found.content.wards)
    alt = say("ui.desk.wards", language, count=len(found.content.wards), names=names)
    picture = html.Img(src=ward_map_path(found.content.wards, found.content.severity), alt=alt, className="ward-map")
    return html.Div([picture, html.P(alt, className="note")], className="desk-wards")


def _orders(view: AlertView, found: PublicWarning, language: Language) -> Any:
    """Issue or update, approve, write anew, cancel."""
    about = _about(found)
    seen = about | {"seen": found.written.number}
    issue = "issue" if found.state is WarningState.DRAFT else "update"
    body = [form("issue", [button(say(f"ui.desk.do.{issue}", language), kind="grave")], about, plan=True)]
    approval = view.book.telling.approval
    if approval is not None and approval.four_eyes:
        body.append(form("approve", [button(say("ui.desk.do.approve", language))], seen))
    body.append(form("anew", [button(say("ui.desk.do.anew", language))], seen))
    drop = "drop" if found.state is WarningState.DRAFT else "cancel"
    fields = [
        line(say("ui.desk.reason", language), "reason"),
        button(say(f"ui.desk.do.{drop}", language), kind="grave"),
    ]
    body.append(form("cancel", fields, about, plan=True))
    return html.Div(body, className="desk-orders")
