"""What the callbacks do: take the shared overview, draw the parts that the open page shows.

Each method is one callback and can be called by a test; `wire` in application.py says which component calls which.
"""

from __future__ import annotations

import asyncio
from typing import Any, get_args

from dash import ctx, no_update, set_props

from dash_app import ids, overview_page, shell, station_page, warnings_page
from dash_app import map as city
from dash_app.decisions import decisions
from dash_app.feed import Feed
from dash_app.reading_station import read_station, read_warnings
from dash_app.routes import Page, Place, page_of
from dash_app.sentence import worst
from dash_app.snapshot import Overview, StationView
from dash_app.station_card import station_card
from dash_app.wording import name, state
from domain.words import LANGUAGES, Language, say


def language_of(value: object) -> Language:
    """The language a page asks for; Vietnamese unless it is known."""
    return next((language for language in get_args(Language) if language == value), LANGUAGES[0])


class Pages:
    """The pages over one feed."""

    def __init__(self, feed: Feed, tiles_url: str | None) -> None:
        self._feed, self._tiles_url = feed, tiles_url
        self._parts: dict[Language, tuple[Overview, list[Any]]] = {}
        self._views: dict[str, tuple[Overview, StationView | None]] = {}

    async def stream(self) -> None:
        """Push each new revision to one browser for as long as it is there."""
        socket, seen = ctx.websocket, -1
        while socket is not None and not socket.is_shutdown and not self._feed.stopped:
            seen = await self._feed.after(seen)
            set_props(ids.REVISION, {"data": seen})

    async def frame(self, pathname: str, language: str) -> list[Any]:
        """Header, bar texts: what changes with language and place alone."""
        chosen, page = language_of(language), page_of(pathname)
        texts = shell.connection_texts(chosen)
        return [
            shell.header(chosen, None if page is None else page.place),
            texts["data-server"],
            texts["data-database"],
        ]

    async def top(self, _revision: int, _tick: int, language: str) -> list[Any]:
        """Banners and the tab's title."""
        overview, chosen = await self._overview(), language_of(language)
        if overview is None:
            return [no_update, say("ui.brand", chosen)]
        return [shell.banners(overview, chosen), title(overview, chosen)]

    async def overview_frame(self, pathname: str, language: str, drawn: str | None) -> list[Any]:
        """The overview and its language, drawn when first asked for and when the language changes; the map then stays."""
        chosen = language_of(language)
        if page_of(pathname) != Page(place=Place.OVERVIEW) or drawn == chosen:
            return [no_update, no_update]
        overview = await self._overview()
        if overview is None:
            return [station_page.waiting(chosen), no_update]
        return [overview_page.overview_page(overview, chosen, self._tiles_url), chosen]

    async def overview_parts(self, _revision: int, tick: int, pathname: str, language: str, wards: Any) -> list[Any]:
        """Sentence, warnings, gauges, the others, stations of the map, colours of the wards."""
        if page_of(pathname) != Page(place=Place.OVERVIEW):
            return [no_update] * 6
        overview, chosen = await self._overview(), language_of(language)
        if overview is None:
            return [no_update] * 6
        drawn = self._drawn(overview, chosen)
        # The wards' shapes may still have been on their way when the first colours came: the first tick repeats them.
        same = drawn[-1] == wards and tick != 1
        return [*drawn[:-1], no_update if same else drawn[-1]]

    def _drawn(self, overview: Overview, language: Language) -> list[Any]:
        """The parts of the overview in one language, drawn once for all who look at the same snapshot."""
        kept = self._parts.get(language)
        if kept is None or kept[0] is not overview:
            kept = self._parts[language] = (overview, overview_parts(overview, language))
        return kept[1]

    async def choice(
        self, selected: str | None, kinds: list[str], _revision: int, _tick: int, language: str
    ) -> list[Any]:
        """The card of the chosen station, and the map's options."""
        overview = await self._overview()
        found = None if overview is None or selected is None else overview.station(selected)
        changed = ctx.triggered_id in (ids.SELECTED, ids.KINDS)
        options = city.station_options(kinds, selected) if changed else no_update
        return [station_card(found, language_of(language)), options]

    async def page(self, pathname: str, language: str) -> Any:
        """Every page but the overview, drawn anew when place or language changes."""
        chosen, page = language_of(language), page_of(pathname)
        if page is None:
            return station_page.not_found(chosen)
        if page.place is Place.OVERVIEW:
            return None
        if page.place is Place.WARNINGS:
            found = await asyncio.to_thread(self._feed.read, read_warnings)
            return station_page.waiting(chosen) if found is None else warnings_page.warnings_page(found, chosen)
        overview = await self._overview()
        if overview is None:
            return station_page.waiting(chosen)
        view = await self._view(overview, page.station)
        return (
            station_page.not_found(chosen, page.station) if view is None else station_page.station_frame(view, chosen)
        )

    async def station_parts(self, _revision: int, _tick: int, pathname: str, language: str) -> list[Any]:
        """Number, chart and tables of the station that is open."""
        page, overview = page_of(pathname), await self._overview()
        if page is None or page.station is None or overview is None:
            return [no_update] * 4
        view, chosen = await self._view(overview, page.station), language_of(language)
        if view is None:
            return [no_update] * 4
        return [
            station_page.head(view.now, chosen),
            station_page.figure(view, chosen),
            station_page.side(view, chosen),
            station_page.below(view, chosen),
        ]

    async def warnings_parts(self, _revision: int, _tick: int, pathname: str, language: str) -> Any:
        """The list of warnings that is open."""
        if page_of(pathname) != Page(place=Place.WARNINGS):
            return no_update
        found = await asyncio.to_thread(self._feed.read, read_warnings)
        return no_update if found is None else warnings_page.warnings(found, language_of(language))

    async def _overview(self) -> Overview | None:
        return await asyncio.to_thread(self._feed.overview)

    async def _view(self, overview: Overview, station: str | None) -> StationView | None:
        now = None if station is None else overview.station(station)
        if now is None:
            return None
        kept = self._views.get(now.station.id)
        if kept is None or kept[0] is not overview:
            view = await asyncio.to_thread(self._feed.read, lambda connection: read_station(connection, now, overview))
            kept = self._views[now.station.id] = (overview, view)
        return kept[1]


def overview_parts(overview: Overview, language: Language) -> list[Any]:
    """Sentence, warnings, gauges, the others, stations of the map, colours of the wards."""
    return [
        overview_page.sentence_line(overview, language),
        decisions(overview, language),
        overview_page.gauges(overview, language),
        overview_page.others(overview, language),
        city.features(overview, language),
        city.wards(overview, language),
    ]


def title(overview: Overview, language: Language) -> str:
    """The tab's title: the worst gauge first, so that a tab in the background tells."""
    lead = worst(overview)
    if lead is None or not lead.level:
        return say("ui.brand", language)
    return f"{state(lead, language)} · {name(lead.station, language)} · {say('ui.brand', language)}"
