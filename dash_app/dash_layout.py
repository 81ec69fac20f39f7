"""What Dash itself lays out: the address, the stores and the clock that drive updates, and the place of the chart.

Everything else on the page is text of this server (dash_app/shell.py), so that it stands before Dash has begun.
"""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dash_app import ids

#: How often ages are renewed and what a lost push is made good by.
TICK_MS = 10_000
_STORES = (
    *(ids.LANGUAGE, ids.SCREEN, ids.SCREEN_ASKED, ids.SEEN, ids.MOMENT, ids.FIGURE, ids.CHART_ASKED, ids.SINK),
    *(ids.DESK_PLAN, ids.DESK_ORDER, ids.DESK_PLANNED, ids.DESK_ANSWERED),
)


def dash_layout() -> Any:
    """The same for everybody."""
    return html.Div(
        [
            dcc.Location(id=ids.LOCATION, refresh=False),
            dcc.Store(id=ids.REVISION, data=0),
            *(dcc.Store(id=name) for name in _STORES),
            dcc.Interval(id=ids.TICK, interval=TICK_MS),
            html.Div(id=ids.CHART_HOLDER),
        ]
    )
