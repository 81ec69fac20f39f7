"""The way from page to page: one line of links on a wide screen, a menu behind a button on a narrow one."""

from __future__ import annotations

from typing import Any

from dash import html

from dash_app import parts
from dash_app.routes import Place
from domain.words import Language, say

#: What the navigation leads to, in its order: what is watched, what is read, what is looked up.
_NAMES = {
    Place.OVERVIEW: "overview",
    Place.WARNINGS: "warnings",
    Place.COMMITTEE: "committee",
    Place.RAIN: "rain",
    Place.STORM: "storm",
    Place.AIR: "air",
    Place.NETWORK: "network",
    Place.VERIFICATION: "verification",
    Place.RULES: "rules",
    Place.EXERCISE: "exercise",
}
_LIST = "nav-list"


def navigation(language: Language, here: Place | None) -> list[Any]:
    """The button of the menu, which a wide screen hides, and the links; assets/menu.js opens and closes them."""
    where = say("ui.nav", language) if here not in _NAMES else say(f"ui.nav.{_NAMES[here]}", language)
    described: dict[str, Any] = {
        "aria-expanded": "false",
        "aria-controls": _LIST,
        "data-act": "menu",
        "data-kept": "aria-expanded",  # what the viewer opened stays open while the page is painted anew
    }
    button = html.Button([html.Span(className="icon-menu"), where], className="menu", **described)
    links = [_link(place, here, language) for place in _NAMES]
    return [button, html.Nav(links, id=_LIST, **parts.named(say("ui.nav", language)))]


def _link(place: Place, here: Place | None, language: Language) -> Any:
    described: dict[str, Any] = {"data-link": ""}
    if place is here:
        described["aria-current"] = "page"
    name = "nav-link here" if place is here else "nav-link"
    return html.A(say(f"ui.nav.{_NAMES[place]}", language), href=place.value, className=name, **described)
