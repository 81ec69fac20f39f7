"""Who is signed in, at the right end of the header: their role, their password, the way out."""

from __future__ import annotations

from typing import Any

from dash import html

from dash_app.access import Visitor, current_visitor
from dash_app.refusals import OWN_PASSWORD
from domain.access_table import Right
from domain.words import say

ADMINISTRATION = "/quan-tri"


def who() -> Any:
    """Of the visitor whose page is laid out; nothing when nobody is known."""
    visitor = current_visitor()
    if visitor is None:
        return html.Div(id="who", className="who")
    may: dict[str, Any] = {"data-may": " ".join(sorted(visitor.rights))}
    return html.Div(_folded(visitor), id="who", className="who", **may)


def _folded(visitor: Visitor) -> Any:
    label: dict[str, Any] = {"aria-label": say("ui.access.who", "vi", name=visitor.shown), "title": visitor.name}
    letter = html.Summary(visitor.shown[:1].upper(), className="who-letter", **label)
    links = [html.A(_both("ui.access.password.change"), href=OWN_PASSWORD)]
    if visitor.may(Right.ADMINISTER):
        links.insert(0, html.A(_both("ui.access.administration"), href=ADMINISTRATION))
    leave = html.Form(html.Button(_both("ui.access.sign_out")), method="post", action="/ra")
    head = [html.Strong(visitor.shown), html.Span(_both(f"ui.access.role.{visitor.role.value}"), className="under")]
    return html.Details([letter, html.Div([*head, *links, leave], className="who-sheet")])


def _both(key: str) -> str:
    return f"{say(key, 'vi')} · {say(key, 'en')}"
