"""What the callbacks do: take the shared overview and draw what the open page shows.

Each method is one callback and can be called by a test; wiring.py says which component calls which.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from dash import dcc, no_update

from dash_app import chart, ids, station_page
from dash_app.access import current_visitor
from dash_app.alert_source import AlertSource, Found
from dash_app.desk_snapshot import DeskBook, DeskView
from dash_app.feed import Feed
from dash_app.language_asked import language_of
from dash_app.moments import moment_of
from dash_app.network_snapshot import NetworkView
from dash_app.reading_desk import read_desk
from dash_app.reading_network import read_network
from dash_app.routes import SHEETS, Page, Place, page_of
from dash_app.rules_page import read_rules
from dash_app.screen import (
    Screen,
    alert_screen,
    missing,
    network_screen,
    rules_screen,
    sheet_screen,
    station_screen,
    verification_screen,
    waiting,
    warnings_screen,
)
from dash_app.sheets import Sheets
from dash_app.snapshot import Overview, StationView
from dash_app.station_source import StationSource
from dash_app.verification_routes import Verified
from dash_app.witness import Witness
from domain.words import Language

_NETWORK_EVERY = timedelta(seconds=5)


class Pages:
    """The pages over one feed."""

    def __init__(
        self,
        feed: Feed,
        verified: Verified,
        *,
        book: DeskBook,
        sheets: Sheets,
        gauges: StationSource,
    ) -> None:
        self._feed, self._verified = feed, verified
        self._book, self._sheets, self._gauges = book, sheets, gauges
        self._witness = Witness(feed)
        self._network: NetworkView | None = None
        self._desk: DeskView | None = None
        self._alerts = AlertSource(feed, book)

    async def screen(self, _asked: int, pathname: str, language: str, moment: str | None, seen: str | None) -> Any:
        """Everything that is painted on the page at `pathname`; the overview has a way of its own (dash_app.overview_routes).

        A station also as it was known at a past `moment`. `seen` says which print of the page the browser has: it is sent only
        when it is another.
        """
        chosen, page = language_of(language), page_of(pathname)
        overview = await self._overview(page, moment)
        if page is None:
            return missing(overview, chosen, None)
        return waiting(chosen, page) if overview is None else await self._painted(overview, page, chosen, seen)

    async def _painted(self, overview: Overview, page: Page, chosen: Language, seen: str | None) -> Screen:
        """One of the pages there are."""
        if page.place is Place.WARNINGS:
            return await self._desk_screen(overview, page, chosen)
        if page.place in {Place.NETWORK, Place.VERIFICATION, Place.RULES}:
            return await self._table_screen(overview, chosen, page)
        if page.place in SHEETS:
            return await asyncio.to_thread(self._sheet, overview, page, chosen, seen)
        return await self._station_screen(overview, page, chosen)

    async def _station_screen(self, overview: Overview, page: Page, chosen: Language) -> Screen:
        """One station; one that there is and that cannot be read is waited for."""
        if page.station is None or overview.station(page.station) is None:
            return missing(overview, chosen, page.station)
        view = await self._view(overview, page)
        return waiting(chosen, page) if view is None else station_screen(overview, view, chosen)

    def _sheet(self, overview: Overview, page: Page, chosen: Language, seen: str | None) -> Screen:
        drawn = self._sheets.drawn(page, overview, chosen)
        if drawn is None:
            return waiting(chosen, page)
        paper = self._sheets.paper(page, overview, chosen)
        return sheet_screen(overview, drawn, page.place, chosen, paper=paper, seen=seen)

    async def chart_once(self, pathname: str, drawn: str | None) -> list[Any]:
        """The chart, when a station is first opened."""
        page = page_of(pathname)
        if drawn is not None or page is None or page.place is not Place.STATION:
            return [no_update, no_update]
        return [dcc.Graph(id=ids.STATION_CHART, config=chart.CONFIG, className="chart", responsive=True), "yes"]

    async def chart_data(self, _asked: int, pathname: str, language: str, moment: str | None) -> Any:
        """The chart of the station that is open."""
        page = page_of(pathname)
        overview = await self._overview(page, moment)
        view = None if page is None or overview is None else await self._view(overview, page)
        return no_update if view is None else station_page.figure(view, language_of(language))

    async def _overview(self, page: Page | None, moment: str | None) -> Overview | None:
        """Of now; for a station's page of the past moment that its address names."""
        looks_back = page is not None and page.place is Place.STATION
        then = moment_of(moment, datetime.now(UTC)) if looks_back else None
        return await asyncio.to_thread(self._feed.overview_at, then)

    async def _desk_screen(self, overview: Overview, page: Page, language: Language) -> Screen:
        """The board, or one alert; read once for all who look at the same snapshot, and kept while nothing can be read."""
        if page.alert is not None:
            return await self._alert_screen(overview, page, page.alert, language)
        if self._desk is None or self._desk.read_at != overview.read_at:
            read = await asyncio.to_thread(self._feed.read, lambda c: read_desk(c, overview, self._book))
            self._desk = read if read is not None else self._desk
        view = self._desk
        return waiting(language, page) if view is None else warnings_screen(overview, view, language)

    async def _alert_screen(self, overview: Overview, page: Page, name: str, language: Language) -> Screen:
        """One alert; that there is none is said only when the database has said so."""
        found = await self._witnessed(overview, name)
        if found is None:
            return waiting(language, page)
        return missing(overview, language, None) if found.view is None else alert_screen(overview, found.view, language)

    async def _witnessed(self, overview: Overview, name: str) -> Found | None:
        """One alert; that whoever asks has seen this state of it stands in the audit, also in the one they are shown."""
        found, visitor = await self._alerts.view(overview, name), current_visitor()
        if found is None or found.view is None or visitor is None:
            return found
        version = found.view.card.found.alert.versions[-1].number
        if await asyncio.to_thread(self._witness.note, visitor.name, name, version):
            self._alerts.changed(name)
        return await self._alerts.view(overview, name)

    async def _table_screen(self, overview: Overview, language: Language, page: Page) -> Screen:
        """The pages that are read, not watched."""
        if page.place is Place.NETWORK:
            return await self._network_screen(overview, language, page)
        if page.place is Place.VERIFICATION:
            return verification_screen(overview, await asyncio.to_thread(self._verified.now), language)
        found = await asyncio.to_thread(self._feed.read, lambda c: read_rules(c, self._feed.rules))
        return waiting(language, page) if found is None else rules_screen(overview, found, language)

    async def _network_screen(self, overview: Overview, language: Language, page: Page) -> Screen:
        """Read at most every few seconds: a day of every series is counted for it, and nobody decides by it in seconds."""
        kept = self._network
        if kept is None or overview.read_at - kept.read_at >= _NETWORK_EVERY:
            read = await asyncio.to_thread(self._feed.read, lambda connection: read_network(connection, overview))
            kept = self._network = read if read is not None else kept
        return waiting(language, page) if kept is None else network_screen(overview, kept, language)

    async def _view(self, overview: Overview, page: Page) -> StationView | None:
        """The view of the page's station."""
        if overview.past:
            return await self._gauges.view_then(overview, page.station, page.days)
        return await self._gauges.view(overview, page.station, page.days)
