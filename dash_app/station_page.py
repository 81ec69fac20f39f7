"""The page of one station: what it reads now, its chart, its chances, thresholds, last readings and warnings."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dash_app import chart, formats, parts, wording
from dash_app.hydrograph import hydrograph
from dash_app.series_chart import air_chart, rain_chart, reservoir_chart, wind_chart
from dash_app.snapshot import StationNow, StationView
from dash_app.station_tables import (
    chance_table,
    forecast_note,
    measures_table,
    rain_table,
)
from dash_app.station_tabs import tabs
from domain.stations import LIVE_CLOCK, StationKind
from domain.words import Language, say

_CHARTS = {
    StationKind.RIVER: hydrograph,
    StationKind.RESERVOIR: reservoir_chart,
    StationKind.RAIN: rain_chart,
    StationKind.AIR: air_chart,
    StationKind.WIND: wind_chart,
}


def figure(view: StationView, language: Language) -> chart.Figure:
    """The chart that suits the station's kind."""
    return _CHARTS[view.now.station.kind](view, language)


def head(now: StationNow, language: Language) -> list[Any]:
    """Name, number, state, and all that belongs to the number."""
    station = now.station
    under = [say(f"kind.{station.kind.value}", language)]
    if station.river is not None:
        under.insert(0, say("ui.river", language, river=station.river))
    title = html.Div(
        [
            parts.symbol(now, language, 36),
            html.Div([html.H1(wording.name(station, language)), html.Small(" · ".join(under))]),
        ],
        className="station-title",
    )
    value = html.Div(
        html.Span(wording.headline_value(now, language), className="value"), className=f"big row-{now.freshness.value}"
    )
    facts = html.Dl(
        [html.Div([html.Dt(say(f"ui.fact.{key}", language)), html.Dd(text)]) for key, text in _facts(now, language)],
        className="station-facts",
    )
    return [title, value, facts, html.Div(parts.doubts(now, language), className="station-doubts")]


def _facts(now: StationNow, language: Language) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [("state", wording.distance(now, language) or wording.state(now, language))]
    if now.blind:
        facts[0] = ("state", wording.state(now, language))
    trend = wording.trend(now, language)
    if trend is not None:
        facts.append(("trend", [parts.arrow(now, language), trend]))
    if now.main is not None:
        measured = formats.moment(now.main.observed_at, language)
        facts.append(("measured", f"{measured} ({wording.age(now, language)})"))
        facts.append(("flag", wording.flag(now.main.flag, language)))
    if now.peak is not None and now.peak.current and wording.rises(now):
        time = formats.near(now.peak.at, now.now, language)
        facts.append(("peak", f"{wording.band(now.peak, language)} m · {time}"))
    return facts


def side(view: StationView, language: Language) -> list[Any]:
    """Beside the chart: chances and forecast of a river, totals of rain, newest values of the others."""
    kind = view.now.station.kind
    if kind is StationKind.RIVER:
        return [chance_table(view, language), forecast_note(view, language)]
    if kind is StationKind.RAIN:
        return [rain_table(view.now, language)]
    return [measures_table(view.now, language)]


def below(view: StationView, language: Language) -> list[Any]:
    """Under the chart: data, quality, thresholds, history."""
    return [tabs(view, _about(view.now, language), language)]


def _about(now: StationNow, language: Language) -> Any:
    station = now.station
    verified = say("ui.about.verified" if station.verified else "doubt.unverified", language)
    rows = [
        ("position", f"{station.lat:.4f}° N, {station.lon:.4f}° E"),
        ("source", station.source),
        ("check", verified),
        ("clock", _clock(station.clock, language)),
    ]
    body = [html.Tr([html.Th(say(f"ui.about.{key}", language), scope="row"), html.Td(text)]) for key, text in rows]
    return html.Section(
        [html.H2(say("ui.about", language)), html.Table(html.Tbody(body), className="grid")], className="card"
    )


def _clock(clock: str, language: Language) -> str:
    """Whose time the station keeps."""
    if clock == LIVE_CLOCK:
        return say("ui.about.live", language)
    kind, _, record = clock.partition(":")
    return f"{say('ui.doubt.replayed', language)} {record}" if kind == "replay" else say("doubt.simulated", language)


def not_found(language: Language, station: str | None = None) -> Any:
    """No such page, or no such station, and the way back."""
    text = (
        say("ui.not_found.page", language)
        if station is None
        else say("ui.not_found.station", language, station=station)
    )
    return html.Div(
        html.Section(
            [
                html.H1(say("ui.not_found", language)),
                html.P(text),
                dcc.Link(say("ui.not_found.back", language), href="/", className="button"),
            ],
            className="not-found",
        )
    )


def waiting(language: Language) -> Any:
    """Nothing could be read yet."""
    return html.Div(html.Section(html.P(say("ui.waiting", language)), className="not-found"))
