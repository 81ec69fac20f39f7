"""The frame round every page: header, bars, the places where pages stand, and the stores that drive updates."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dash_app import formats, ids, parts
from dash_app.routes import Place
from dash_app.snapshot import Overview
from domain.stations import LIVE_CLOCK
from domain.words import Language, say

#: How often ages are renewed and what a lost push is made good by.
TICK_MS = 10_000


def shell() -> Any:
    """The layout before anything is known; the first callbacks fill it."""
    return dmc.MantineProvider(
        [
            dcc.Location(id=ids.LOCATION, refresh=False),
            dcc.Store(id=ids.LANGUAGE, storage_type="memory"),
            dcc.Store(id=ids.REVISION, data=0),
            dcc.Store(id=ids.SELECTED),
            dcc.Store(id=ids.TITLE),
            dcc.Interval(id=ids.TICK, interval=TICK_MS),
            html.Div(id=ids.BAR, className="bar", role="alert", hidden=True),
            html.Header(header("vi", None), id=ids.HEADER, className="header"),
            html.Div(id=ids.BANNER, className="banners"),
            html.Main(
                [
                    html.Div(
                        id=ids.OVERVIEW, className="overview", hidden=True, children=html.Div(id=ids.OVERVIEW_FRAME)
                    ),
                    html.Div(id=ids.PAGE, className="page"),
                ],
                id="main",
                tabIndex="-1",
            ),
        ],
        defaultColorScheme="auto",
        theme={
            "fontFamily": "'Be Vietnam Pro', system-ui, sans-serif",
            "headings": {"fontFamily": "'Be Vietnam Pro', system-ui, sans-serif"},
            "primaryColor": "blue",
        },
    )


def header(language: Language, place: Place | None) -> list[Any]:
    """Name, navigation, clock, language and light or dark."""
    skip = html.A(say("ui.skip", language), href="#main", className="skip")
    brand = dcc.Link(
        [html.Span(className="brand-mark"), html.Span(say("ui.brand", language))],
        href=Place.OVERVIEW.value,
        className="brand",
    )
    return [
        skip,
        brand,
        html.Nav(
            [_link(p, place, language) for p in (Place.OVERVIEW, Place.WARNINGS)],
            **parts.named(say("ui.nav", language)),
        ),
        html.Span(id="wall-clock", className="wall-clock"),
        _language_switch(language),
        dmc.ColorSchemeToggle(
            lightIcon=html.Span(className="icon-sun"),
            darkIcon=html.Span(className="icon-moon"),
            variant="default",
            size="md",
            **parts.named(say("ui.scheme", language)),
        ),
    ]


def _link(place: Place, here: Place | None, language: Language) -> Any:
    name = "overview" if place is Place.OVERVIEW else "warnings"
    classes = "nav-link here" if place is here else "nav-link"
    return dcc.Link(say(f"ui.nav.{name}", language), href=place.value, className=classes)


def _language_switch(language: Language) -> Any:
    buttons = [
        html.Button(
            text,
            id=f"language-{code}",
            n_clicks=0,
            className="language" + (" here" if code == language else ""),
            lang=code,
            **parts.named(full),
            **_pressed(code == language),
        )
        for code, text, full in (("vi", "VI", "Tiếng Việt"), ("en", "EN", "English"))
    ]
    return html.Div(buttons, className="languages", role="group", **parts.named(say("ui.language", language)))


def _pressed(on: bool) -> dict[str, Any]:
    return {"aria-pressed": str(on).lower()}


def connection_texts(language: Language) -> dict[str, str]:
    """What the bar says when the server or the database cannot be reached; the browser fills in {since}."""
    return {
        "data-server": say("ui.bar.server", language),
        "data-database": say("ui.bar.database", language),
    }


def banners(overview: Overview, language: Language) -> list[Any]:
    """One banner a clock that is not the wall clock: simulated or replayed, with its own time."""
    clocks = sorted({s.station.clock for s in overview.stations} - {LIVE_CLOCK})
    return [html.Div(_banner(clock, overview, language), className="banner", role="note") for clock in clocks]


def _banner(clock: str, overview: Overview, language: Language) -> list[Any]:
    kind, _, record = clock.partition(":")
    now = overview.clocks.get(clock)
    time = "–" if now is None else formats.full_moment(now, language)
    if kind == "replay":
        return [
            html.Strong(say("ui.banner.replay", language)),
            say("ui.banner.replay.time", language, record=record, time=time),
        ]
    return [html.Strong(say("ui.banner.simulated", language)), say("ui.banner.simulated.time", language, time=time)]
