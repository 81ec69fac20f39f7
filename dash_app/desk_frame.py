"""What the desk needs in the frame of every page: the sheet, and the place where answers are said."""

from __future__ import annotations

from typing import Any

from dash import html

from dash_app import ids

_LABELLED: dict[str, Any] = {"aria-labelledby": "desk-sheet-title"}


def desk_frame() -> list[Any]:
    """Dialog and a live region."""
    dialog = html.Dialog(id=ids.DESK_SHEET, className="desk-sheet", **_LABELLED)
    said = html.Div(id=ids.DESK_SAID, className="desk-said", role="status", hidden=True)
    return [dialog, said]
