"""What the desk needs in the frame of every page: its stores, the sheet, and the place where answers are said."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dash_app import ids

_LABELLED: dict[str, Any] = {"aria-labelledby": "desk-sheet-title"}


def desk_frame() -> list[Any]:
    """Stores, dialog, and a live region."""
    stores = [dcc.Store(id=each) for each in (ids.DESK_PLAN, ids.DESK_ORDER, ids.DESK_PLANNED, ids.DESK_ANSWERED)]
    dialog = html.Dialog(id=ids.DESK_SHEET, className="desk-sheet", **_LABELLED)
    said = html.Div(id=ids.DESK_SAID, className="desk-said", role="status", hidden=True)
    return [*stores, dialog, said]
