"""Which component calls which page: the one list of callbacks."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Input, Output, State

from dash_app import ids
from dash_app.pages import Pages

_PATH = Input(ids.LOCATION, "pathname")
_LANGUAGE = Input(ids.LANGUAGE, "data")
_REVISION = Input(ids.REVISION, "data")
_TICK = Input(ids.TICK, "n_intervals")
_HERE = (State(ids.LOCATION, "pathname"), State(ids.LANGUAGE, "data"))


def wire(app: Any, pages: Pages) -> None:
    """Connect every callback. `app` is a dash.Dash."""
    app.callback(websocket=True, persistent=True)(pages.stream)
    bar_texts = [Output(ids.BAR, "data-server"), Output(ids.BAR, "data-database")]
    app.callback([Output(ids.HEADER, "children"), *bar_texts], _PATH, _LANGUAGE, prevent_initial_call=True)(pages.frame)
    app.callback([Output(ids.BANNER, "children"), Output(ids.TITLE, "data")], _REVISION, _TICK, _LANGUAGE)(pages.top)
    app.callback(
        [Output(ids.OVERVIEW_FRAME, "children"), Output(ids.OVERVIEW_FRAME, "data-language")],
        _PATH,
        _LANGUAGE,
        State(ids.OVERVIEW_FRAME, "data-language"),
        prevent_initial_call=True,
    )(pages.overview_frame)
    app.callback(
        [
            Output(ids.SENTENCE, "children"),
            Output(ids.DECISIONS, "children"),
            Output(ids.GAUGES, "children"),
            Output(ids.OTHERS, "children"),
            Output(ids.STATIONS, "data"),
            Output(ids.WARDS, "hideout"),
        ],
        _REVISION,
        _TICK,
        *_HERE,
        State(ids.WARDS, "hideout"),
        prevent_initial_call=True,
    )(pages.overview_parts)
    app.callback(
        [Output(ids.CHOSEN, "children"), Output(ids.STATIONS, "hideout")],
        Input(ids.SELECTED, "data"),
        Input(ids.KINDS, "value"),
        _REVISION,
        _TICK,
        State(ids.LANGUAGE, "data"),
        prevent_initial_call=True,
    )(pages.choice)
    app.callback(Output(ids.PAGE, "children"), _PATH, _LANGUAGE, prevent_initial_call=True)(pages.page)
    app.callback(
        [
            Output(ids.STATION_HEAD, "children"),
            Output(ids.STATION_CHART, "figure"),
            Output(ids.STATION_SIDE, "children"),
            Output(ids.STATION_BELOW, "children"),
        ],
        _REVISION,
        _TICK,
        *_HERE,
        prevent_initial_call=True,
    )(pages.station_parts)
    app.callback(Output(ids.WARNINGS, "children"), _REVISION, _TICK, *_HERE, prevent_initial_call=True)(
        pages.warnings_parts
    )
    _wire_browser(app)


def _wire_browser(app: Any) -> None:
    """What happens in the browser alone (assets/page.js)."""
    app.clientside_callback(
        ClientsideFunction("ews", "language"),
        Output(ids.LANGUAGE, "data"),
        Input("language-vi", "n_clicks"),
        Input("language-en", "n_clicks"),
        Input(ids.LOCATION, "search"),
        State(ids.LANGUAGE, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("ews", "place"),
        [Output(ids.OVERVIEW, "hidden"), Output(ids.PAGE, "hidden")],
        _PATH,
    )
    app.clientside_callback(
        ClientsideFunction("ews", "title"), Output(ids.TITLE, "storage_type"), Input(ids.TITLE, "data")
    )
    app.clientside_callback(
        ClientsideFunction("ews", "closeCard"),
        Output(ids.SELECTED, "data"),
        Input(f"{ids.CHOSEN}-close", "n_clicks"),
        prevent_initial_call=True,
    )
