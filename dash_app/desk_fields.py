"""Pieces of the desk's forms. assets/desk.js sends a form with `data-order` as an order, one with `data-plan` for its sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from domain.access_table import ORDERS, Right


def data(**values: str) -> dict[str, Any]:
    """Attributes that scripts read, as a component's keywords: `desk` becomes data-desk."""
    return {f"data-{name}": value for name, value in values.items()}


def form(do: str, fields: Sequence[Any], hidden: Mapping[str, object], *, plan: bool = False) -> Any:
    """A form of one order, for those who may give it; `hidden` are fields that the officer does not write.

    Its key keeps what is being written in it with this order and this alert, whatever the page is painted with next.
    """
    kept = [dcc.Input(type="hidden", name=name, value=str(value)) for name, value in hidden.items()]
    return html.Form(
        [*kept, *fields],
        className="desk-form",
        **data(**{"plan" if plan else "order": do}, key=f"order-{do}-{hidden['alert']}"),
        **only(ORDERS[do]),
    )


def only(right: Right) -> dict[str, Any]:
    """Of a part that is shown to those who have this right (assets/who.css): one screen is sent to everybody."""
    return data(right=right.value)


def button(text: str, *, kind: str = "") -> Any:
    """What sends the form."""
    return html.Button(text, type="submit", className=f"button {kind}".strip())


def line(label: str, name: str, *, required: bool = True, value: str = "", most: int = 400) -> Any:
    """A line of text with its label."""
    box = dcc.Input(type="text", name=name, value=value or None, required=required, maxLength=most)
    return html.Label([html.Span(label), box], className="field")


def lines(label: str, name: str, text: str, rows: int, language: str) -> Any:
    """Several lines of text with their label."""
    box = html.Textarea(text, name=name, rows=rows, required=True, maxLength=4000, lang=language, spellCheck="true")
    return html.Label([html.Span(label), box], className="field wide")


def choice(label: str, name: str, options: Sequence[tuple[str, str]], chosen: str) -> Any:
    """One of several (value, text)."""
    found = [
        html.Option(text, value=value, selected="selected" if value == chosen else None) for value, text in options
    ]
    return html.Label([html.Span(label), html.Select(found, name=name)], className="field")
