"""What the desk needs in the frame of every page: the sheet, and the place where answers are said."""

from __future__ import annotations

from typing import Any

from dash import html

from dash_app import ids
from dash_app.desk_fields import data
from domain.words import LANGUAGES, say

_LABELLED: dict[str, Any] = {"aria-labelledby": "desk-sheet-title"}


def _unanswered() -> dict[str, Any]:
    """What assets/desk.js says, in the language of the page, when an order has no answer: the server cannot be asked for it then."""
    why = ("silent", "unopened", "over")
    return data(**{f"{key}-{each}": say(f"ui.desk.unanswered.{key}", each) for key in why for each in LANGUAGES})


def desk_frame() -> list[Any]:
    """Dialog and a live region."""
    dialog = html.Dialog(id=ids.DESK_SHEET, className="desk-sheet", **_LABELLED)
    said = html.Div(id=ids.DESK_SAID, className="desk-said", role="status", hidden=True, **_unanswered())
    return [dialog, said]
