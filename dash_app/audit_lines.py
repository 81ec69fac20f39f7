"""Entries of the audit in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html

from dash_app import formats
from dash_app.desk_fields import data
from domain.words import Language, catalogue, say
from storage.audit import AuditEntry

#: What of an entry's detail a reader wants beside its action.
_TOLD = ("to", "because", "comment", "text", "reason", "note", "until")


def audit_lines(entries: Sequence[AuditEntry], language: Language) -> Any:
    """Each entry on a line: number, time, who, what, and what was said."""
    if not entries:
        return html.P(say("ui.empty.audit", language), className="empty")
    return html.Ol(
        [html.Li(_line(e, language), **data(key=f"audit-{e.number}")) for e in entries], className="audit-lines"
    )


def _line(entry: AuditEntry, language: Language) -> list[Any]:
    said = [say("ui.audit.version", language, number=entry.detail["version"])] if entry.action == "saw" else []
    said += [_said(key, str(entry.detail[key]), language) for key in _TOLD if entry.detail.get(key)]
    return [
        html.Span(f"№ {entry.number}", className="muted"),
        f" {formats.moment(entry.at, language)} · ",
        html.Strong(entry.actor),
        f" · {_action(entry.action, language)}",
        f": {' · '.join(said)}" if said else "",
    ]


def _said(key: str, text: str, language: Language) -> str:
    """A time is stored in UTC and read in Huế."""
    return formats.full_moment(datetime.fromisoformat(text), language) if key == "until" else text


def _action(action: str, language: Language) -> str:
    """The word of an action: a deed, why an alert changed, why it was not told; one that no catalogue holds stands as it is stored."""
    drill = action.removeprefix("exercise_")
    keys = (f"ui.audit.{action}", f"alert.reason.{drill}", f"ui.telling.{action}")
    said = next((say(key, language) for key in keys if key in catalogue(language)), action)
    return said if drill == action else f"[{say('alert.mark.other', language)}] {said}"
