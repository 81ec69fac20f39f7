"""Which component calls which page: the one list of callbacks."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Input, Output, State

from dash_app import ids
from dash_app.desk_acting import Acting
from dash_app.pages import Pages

_PATH = Input(ids.LOCATION, "pathname")
_LANGUAGE = Input(ids.LANGUAGE, "data")
_REVISION = Input(ids.REVISION, "data")
_TICK = Input(ids.TICK, "n_intervals")
#: Says that a place has its component, so that the component itself need not be sent to ask.
_DRAWN = "data-drawn"


def wire(app: Any, pages: Pages, acting: Acting) -> None:
    """Connect every callback. `app` is a dash.Dash."""
    place = [State(ids.LOCATION, "pathname"), State(ids.LANGUAGE, "data"), State(ids.MOMENT, "data")]
    app.callback(
        Output(ids.SCREEN, "data"),
        Input(ids.SCREEN_ASKED, "data"),
        [*place, State(ids.SEEN, "data")],
        prevent_initial_call=True,
    )(pages.screen)
    app.callback(
        [Output(ids.CHART_HOLDER, "children"), Output(ids.CHART_HOLDER, _DRAWN)], _PATH, State(ids.CHART_HOLDER, _DRAWN)
    )(pages.chart_once)
    app.callback(
        Output(ids.FIGURE, "data"),
        Input(ids.CHART_ASKED, "data"),
        place,
        prevent_initial_call=True,
    )(pages.chart_data)
    _wire_desk(app, acting)
    _wire_browser(app)


def _wire_desk(app: Any, acting: Acting) -> None:
    """Orders of officers, and the sheet that stands before the grave ones (assets/desk.js)."""
    language, sink = State(ids.LANGUAGE, "data"), Output(ids.SINK, "data", allow_duplicate=True)
    planned, answered = (ids.DESK_PLANNED, "data"), (ids.DESK_ANSWERED, "data")
    app.callback(Output(*planned), Input(ids.DESK_PLAN, "data"), language, prevent_initial_call=True)(acting.plan)
    app.callback(Output(*answered), Input(ids.DESK_ORDER, "data"), language, prevent_initial_call=True)(acting.act)
    for name, answer in (("sheet", planned), ("answered", answered)):
        app.clientside_callback(ClientsideFunction("desk", name), sink, Input(*answer), prevent_initial_call=True)


def _wire_browser(app: Any) -> None:
    """What happens in the browser alone (assets/page.js). The chart is also filled when it is put in its place."""
    app.clientside_callback(
        ClientsideFunction("ews", "language"),
        Output(ids.LANGUAGE, "data"),
        Input(ids.LOCATION, "search"),
        State(ids.LANGUAGE, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("ews", "moment"),
        Output(ids.MOMENT, "data"),
        Input(ids.LOCATION, "search"),
        _PATH,
        State(ids.MOMENT, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("ews", "ask"),
        [Output(ids.SCREEN_ASKED, "data"), Output(ids.CHART_ASKED, "data")],
        [_REVISION, _TICK, _PATH, _LANGUAGE, Input(ids.MOMENT, "data")],
        [State(ids.SCREEN_ASKED, "data"), State(ids.CHART_ASKED, "data")],
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("ews", "paint"),
        Output(ids.SEEN, "data"),
        Input(ids.SCREEN, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("ews", "figure"),
        Output(ids.STATION_CHART, "figure"),
        Input(ids.FIGURE, "data"),
        State(ids.STATION_CHART, "figure"),
    )
