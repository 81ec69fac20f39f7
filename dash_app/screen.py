"""One screen: the place to show, the HTML of everything on it, the tab's title."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NotRequired, TypedDict

from dash import html

from dash_app import (
    alert_page,
    desk_board,
    ids,
    map_controls,
    network_page,
    rules_page,
    shell,
    station_page,
    station_tabs,
    verification_page,
)
from dash_app.desk_snapshot import AlertView, DeskView
from dash_app.exercise import titled
from dash_app.ledger import Changes
from dash_app.markup import markup
from dash_app.network_snapshot import NetworkView
from dash_app.overview_parts import clocks
from dash_app.routes import Page, Place
from dash_app.rules_page import RulesNow
from dash_app.sentence import worst
from dash_app.snapshot import Overview, StationView
from dash_app.verification import Verification
from dash_app.wording import name, state
from domain.words import Language, say


class Screen(TypedDict):
    """What assets/paint.js takes."""

    place: str  # which section is shown: overview, station, warnings, alert, network, rules, sheet or notice
    html: dict[str, str]  # by the id of the place it is painted in
    title: str
    language: str
    past: bool  # not now: what was known at a past moment
    changes: NotRequired[Changes]  # of the overview, which is sent part by part
    clocks: NotRequired[
        dict[str, Any]
    ]  # of a page that looks back besides the overview, which has them among its parts
    words: NotRequired[dict[str, str]]  # likewise, of the time line
    paper: NotRequired[str]  # which print of the page the browser has with this screen; sent only when it has another


def overview_screen(overview: Overview, changes: Changes, language: Language) -> Screen:
    """The overview: the frame, and what has changed since the viewer's last."""
    screen = _screen("overview", overview, {}, Place.OVERVIEW, language)
    screen["changes"] = changes
    return screen


def station_screen(overview: Overview, view: StationView, language: Language) -> Screen:
    """The page of one station, all but the chart."""
    drawn = {
        ids.CHART_TITLE: html.H2(
            say("ui.chart.title", language, station=name(view.now.station, language)), className="for-readers"
        ),
        ids.RANGES: station_tabs.ranges(view, language),
        ids.STATION_HEAD: station_page.head(view.now, language),
        ids.STATION_SIDE: station_page.side(view, language),
        ids.STATION_BELOW: station_page.below(view, language),
    }
    screen = _screen("station", overview, drawn, Place.STATION, language)
    screen["clocks"], screen["words"] = clocks(overview), map_controls.words(language)
    return screen


def warnings_screen(overview: Overview, found: DeskView, language: Language) -> Screen:
    """The warnings desk."""
    return _screen("warnings", overview, {ids.WARNINGS: desk_board.board(found, language)}, Place.WARNINGS, language)


def alert_screen(overview: Overview, found: AlertView, language: Language) -> Screen:
    """One alert."""
    return _screen("alert", overview, {ids.ALERT: alert_page.alert_page(found, language)}, Place.WARNINGS, language)


def network_screen(overview: Overview, found: NetworkView, language: Language) -> Screen:
    """The network page."""
    return _screen("network", overview, {ids.NETWORK: network_page.network(found, language)}, Place.NETWORK, language)


def verification_screen(overview: Overview, found: Verification | None, language: Language) -> Screen:
    """The verification page."""
    drawn = {ids.VERIFICATION: verification_page.verification(found, language)}
    return _screen("verification", overview, drawn, Place.VERIFICATION, language)


def rules_screen(overview: Overview, found: RulesNow, language: Language) -> Screen:
    """The rules page."""
    return _screen("rules", overview, {ids.RULES: rules_page.rules(found, language)}, Place.RULES, language)


def sheet_screen(
    overview: Overview,
    drawn: Any,
    here: Place,
    language: Language,
    *,
    paper: Any | None = None,
    seen: str | None = None,
) -> Screen:
    """A page that is read from the top down. `paper`: what is printed in its stead, left out when `seen` is its sign."""
    screen = _screen("sheet", overview, {ids.SHEET: drawn}, here, language)
    if paper is not None:
        printed = markup(paper)
        screen["paper"] = f"paper {sha256(printed.encode()).hexdigest()[:16]}"
        if seen != screen["paper"]:
            screen["html"][ids.PAPER] = printed
    return screen


def missing(overview: Overview | None, language: Language, station: str | None) -> Screen:
    """No such page, or no such station."""
    return _screen("notice", overview, {ids.NOTICE: station_page.not_found(language, station)}, None, language)


def waiting(language: Language, page: Page) -> Screen:
    """Nothing could be read yet."""
    return _screen("notice", None, {ids.NOTICE: station_page.waiting(language)}, page.place, language)


def _screen(
    place: str, overview: Overview | None, drawn: dict[str, Any], here: Place | None, language: Language
) -> Screen:
    """Add what stands on every page."""
    frame = {
        ids.HEADER: shell.header(language, here),
        ids.BAR_WORDS: shell.bar_words(language),
        ids.BANNER: None if overview is None else shell.banners(overview, language),
    }
    painted = {key: markup(node) for key, node in (frame | drawn).items()}
    past = overview is not None and overview.past
    return Screen(place=place, html=painted, title=title(overview, language), language=language, past=past)


def title(overview: Overview | None, language: Language) -> str:
    """The tab's title: that it is an exercise, then the worst gauge, so that a tab in the background tells."""
    lead = None if overview is None or overview.past else worst(overview)
    brand = say("ui.brand", language)
    if lead is not None and lead.level:
        brand = f"{state(lead, language)} · {name(lead.station, language)} · {brand}"
    return titled(brand, overview, language)
