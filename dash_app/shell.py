"""The frame round every page: bars, and the places where pages are painted."""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps
from typing import Any

from dash import dcc, html

from dash_app import formats, ids, parts
from dash_app.desk_frame import desk_frame
from dash_app.exercise import exercise_banner
from dash_app.map import BOUNDS, around
from dash_app.navigation import navigation
from dash_app.routes import Place
from dash_app.snapshot import Overview
from dash_app.who import who
from domain.exercise import CLOCK
from domain.stations import LIVE_CLOCK
from domain.words import LANGUAGES, Language, say


def shell(tiles: Mapping[str, str]) -> list[Any]:
    """Empty places, all of them there from the start; assets/paint.js fills and shows them. Laid out for the visitor who asks.

    `tiles`: what the map is told of them, `tiles` (template of their addresses) and `owner`; empty without.
    """
    return [
        *desk_frame(),
        html.Div(id=ids.BAR, className="bar", role="alert", hidden=True, **_data(lost=_both("ui.bar.lost"))),
        html.Div(id=ids.BAR_WORDS, hidden=True),
        html.Header(id=ids.HEADER, className="header"),
        who(),
        html.Div(id=ids.BANNER, className="banners"),
        html.Div(id=ids.MOMENT_NOTE, className="moment-note", role="alert", hidden=True, **_moment_words()),
        html.Main(
            [
                *(_overview(tiles), _station(), _warnings(), _alert(), _network()),
                *(_verification(), _rules(), _sheet(), _notice(), _loading()),
            ],
            id="main",
            tabIndex="-1",
        ),
    ]


def _both(key: str) -> str:
    """In every language: before the first answer nobody knows which is wanted."""
    return " · ".join(say(key, language) for language in LANGUAGES)


def _moment_words() -> dict[str, Any]:
    """What assets/moment.js says of an address whose moment cannot be shown; it fills in {moment}."""
    return _data(**{language: say("ui.moment.refused", language) for language in LANGUAGES})


def _slot(place: str, child: Any = None) -> Any:
    """Where the one time line stands while a page that looks back is shown (assets/timeline.js)."""
    return html.Div(child, className="timeline-slot", **_data(timeline=place))


def _overview(tiles: Mapping[str, str]) -> Any:
    base = _data(bounds=dumps(BOUNDS), around=dumps(around()), **tiles)
    named: dict[str, Any] = {"aria-labelledby": ids.MAP_TITLE}
    panel = [
        html.Div(id=ids.MAP_TITLE),
        html.Div(html.Div(id=ids.MAP, role="region", **base, **named), className="map-canvas"),
        html.Div(id=ids.SEARCH, className="map-search"),
        html.Div(id=ids.KINDS_BOX, className="kinds"),
        _slot("overview", html.Div(id=ids.TIMELINE, className="timeline")),
    ]
    panel += [html.Div(id=ids.LEGEND), html.Div(id=ids.CHOSEN, className="chosen")]
    side = [html.Div(id=ids.DECISIONS), html.Div(id=ids.GAUGES), html.Div(id=ids.OTHERS, className="others-grid")]
    # What needs a decision comes before the map, as on a phone: by keyboard nobody goes through a hundred symbols to get there.
    watch = [html.Div(side, className="side"), html.Div(panel, className="map-panel", **_data(layer="state"))]
    sentence = html.Div(id=ids.SENTENCE, className="sentence", **_POLITE)
    return _section("overview", [sentence, html.Div(watch, className="watch")])


def _station() -> Any:
    chart = html.Div(
        [html.Div(id=ids.CHART_TITLE), html.Div(id=ids.RANGES), _slot("station"), html.Div(id=ids.DASH)],
        className="card chart-card",
    )
    columns = html.Div([chart, html.Div(id=ids.STATION_SIDE, className="station-side")], className="station-columns")
    head = html.Div(id=ids.STATION_HEAD, className="card station-head")
    return _section("station", [head, columns, html.Div(id=ids.STATION_BELOW, className="station-below")])


def _warnings() -> Any:
    return _section("warnings", [html.Div(id=ids.WARNINGS, className="warnings")])


def _alert() -> Any:
    return _section("alert", [html.Div(id=ids.ALERT, className="warnings")])


def _network() -> Any:
    return _section("network", [html.Div(id=ids.NETWORK, className="network")])


def _verification() -> Any:
    return _section("verification", [html.Div(id=ids.VERIFICATION, className="verification")])


def _rules() -> Any:
    return _section("rules", [html.Div(id=ids.RULES, className="warnings")])


def _loading() -> Any:
    """What stands there until the first answer; the browser says when that takes long."""
    lines = [html.P(say("ui.loading", language), lang=language) for language in LANGUAGES]
    data: dict[str, Any] = {"data-place": "loading"}
    return html.Section(
        [*lines, html.Div(className="loading-line")], className="page page-loading", role="status", **data
    )


def _sheet() -> Any:
    paper = html.Div(id=ids.PAPER, className="print-only")
    return _section("sheet", [html.Div(id=ids.SHEET, className="sheet"), paper])


def _notice() -> Any:
    return _section("notice", [html.Div(id=ids.NOTICE)])


_POLITE: dict[str, Any] = {"aria-live": "polite"}


def _section(place: str, children: list[Any]) -> Any:
    data: dict[str, Any] = {"data-place": place}
    return html.Section(children, className=f"page page-{place}", hidden=True, **data)


def header(language: Language, place: Place | None) -> list[Any]:
    """Name, navigation, clock, language, light or dark."""
    brand = [html.Span(className="brand-mark"), html.Span(say("ui.brand", language))]
    scheme = html.Button(
        [html.Span(className="icon-scheme")],
        className="scheme",
        title=say("ui.scheme", language),
        **parts.named(say("ui.scheme", language)),
        **_data(act="scheme"),
    )
    return [
        html.A(say("ui.skip", language), href="#main", className="skip"),
        dcc.Link(brand, href=Place.OVERVIEW.value, className="brand"),
        *navigation(language, place),
        html.Span(className="wall-clock", **_data(own="clock")),
        _language_switch(language),
        scheme,
    ]


def _language_switch(language: Language) -> Any:
    buttons = [
        html.Button(
            text,
            className="language here" if code == language else "language",
            lang=code,
            **parts.named(f"{text} – {full}"),  # what is read aloud begins with what is seen
            **_data(language=code),
            **_pressed(code == language),
        )
        for code, text, full in (("vi", "VI", "Tiếng Việt"), ("en", "EN", "English"))
    ]
    return html.Div(buttons, className="languages", role="group", **parts.named(say("ui.language", language)))


def _data(**values: str) -> dict[str, Any]:
    return {f"data-{name}": value for name, value in values.items()}


def _pressed(on: bool) -> dict[str, Any]:
    return {"aria-pressed": str(on).lower()}


_TROUBLES = ("server", "database", "broker", "scheduler", "session", "enter")


def bar_words(language: Language) -> Any:
    """What the bar says when server, database, broker or scheduler cannot be reached, or who writes is signed out.

    The browser fills in {since}.
    """
    return html.Span(**_data(**{kind: say(f"ui.bar.{kind}", language) for kind in _TROUBLES}))


def banners(overview: Overview, language: Language) -> list[Any]:
    """That the page shows the past, that it is an exercise, and one banner a clock that is not the wall clock: simulated or replayed, with its own time."""
    past = [_past(overview, language)] if overview.past else []
    clocks = sorted(overview.station_clocks - {LIVE_CLOCK})
    own = [html.Div(_banner(clock, overview, language), className="banner", role="note") for clock in clocks]
    return [*past, *exercise_banner(overview, language), *own]


def _past(overview: Overview, language: Language) -> Any:
    """Unmistakable: which moment, that it is not now, and the way back."""
    text = say("ui.banner.past.time", language, time=formats.full_moment(overview.read_at, language))
    back = html.Button(say("ui.timeline.live", language), className="to-now", **_data(act="live"))
    return html.Div(
        [html.Strong(say("ui.banner.past", language)), html.Span(text), back], className="banner past", role="note"
    )


def _banner(clock: str, overview: Overview, language: Language) -> list[Any]:
    kind, _, record = clock.partition(":")
    now = overview.clocks.get(clock)
    time = "–" if now is None else formats.full_moment(now, language)
    if kind == "replay":
        text = say("ui.banner.replay.time", language, record=record, time=time)
        return [html.Strong(say("ui.banner.replay", language)), text]
    if kind == CLOCK:
        text = say("ui.banner.synthetic.time", language, record=record, time=time)
        return [html.Strong(say("ui.banner.synthetic", language)), text]
    text = say("ui.banner.simulated.time", language, time=time)
    return [html.Strong(say("ui.banner.simulated", language)), text]
