"""The way of the overview to the browsers: one plain address, asked by assets/ask.js when a page opens; what is new later comes by dash_app.pushes.

Not a callback of Dash: each of these costs the process some milliseconds and the browser a walk through its components, and
a hundred open pages ask in the same moment.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from dash_app.feed import Feed
from dash_app.language_asked import language_of
from dash_app.moments import moment_of
from dash_app.overview_screens import OverviewScreens, Written
from dash_app.routes import Page, Place
from dash_app.screen import waiting
from dash_app.snapshot import Overview
from domain.words import Language

ADDRESS = "/tong-quan.json"
_HEADERS = {"Cache-Control": "no-store"}
_ZIPPED = _HEADERS | {"Content-Encoding": "gzip"}


class OverviewRoutes:
    """The screens of the overview over one feed."""

    def __init__(self, feed: Feed) -> None:
        self._feed, self._screens = feed, OverviewScreens()
        self._making = asyncio.Lock()

    def router(self) -> APIRouter:
        """The route."""
        router = APIRouter(include_in_schema=False)
        # A plain route: a hundred pages ask in the same moment, and to work out what a function wants takes as long as to answer.
        router.add_route(ADDRESS, self.answer, methods=["GET"])
        return router

    async def answer(self, request: Request) -> Response:
        """What a viewer who has `seen` (dash_app.ledger) is to paint, in `lang`; `luc`: as it was known at that moment.

        204: nothing else. Every browser that runs the pages reads gzip, so nothing else is written.
        """
        asked = request.query_params
        lang, seen = language_of(asked.get("lang")), asked.get("seen", "")
        then = moment_of(asked.get("luc"), datetime.now(UTC))
        if then is not None:
            return await self._past(then, lang, seen)
        made = await self.news(lang, seen)
        return _waiting(lang) if made is None else _answer(made)

    async def news(self, language: Language, seen: str) -> Written | None:
        """What is new to a viewer who has `seen`, everything to one who has seen nothing; None while nothing can be read."""
        overview = self._feed.fresh
        made = None if overview is None else self._screens.ready(overview, language, seen)
        if made is None:
            async with self._making:  # the first makes it, who waits then finds it
                made = await asyncio.to_thread(self._made, language, seen)
        return made

    def _made(self, language: Language, seen: str) -> Written | None:
        overview = self._feed.overview()
        if overview is None:
            return None
        return self._screens.ready(overview, language, seen) or self._screens.screen(overview, language, seen)

    async def _past(self, moment: datetime, language: Language, seen: str) -> Response:
        if self._screens.shows(moment, language, seen):
            return Response(status_code=204, headers=_HEADERS)
        overview: Overview | None = await asyncio.to_thread(self._feed.overview_at, moment)
        if overview is None:
            return _waiting(language)
        return _answer(await asyncio.to_thread(self._screens.screen, overview, language, seen))


def _answer(made: Written) -> Response:
    return Response(made.body, media_type="application/json", headers=_ZIPPED)


def _waiting(language: Language) -> Response:
    screen = waiting(language, Page(place=Place.OVERVIEW))
    return Response(msgspec.json.encode(screen), media_type="application/json", headers=_HEADERS)
