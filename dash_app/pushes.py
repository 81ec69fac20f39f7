"""The socket by which an open page hears what is new: who looks at the overview is sent its changes, who has another page open that there are some.

A hundred pages that are told alone that something is new ask for it in the same moment, and each question costs more than the answer.
"""

from __future__ import annotations

import asyncio

import msgspec
from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from dash_app.feed import Feed
from dash_app.guarded_socket import UNREADABLE
from dash_app.language_asked import language_of
from dash_app.overview_routes import OverviewRoutes

ADDRESS = "/tin-moi"


class Watched(msgspec.Struct, frozen=True):
    """What a page says that it shows: the overview as it stands, of which it has `seen` so much (dash_app.ledger), or anything else (None)."""

    lang: str = ""
    seen: str | None = None


class Pushes:
    """The sockets over one feed."""

    def __init__(self, feed: Feed, overview: OverviewRoutes) -> None:
        self._feed, self._overview = feed, overview

    def router(self) -> APIRouter:
        """The route."""
        router = APIRouter()
        router.add_api_websocket_route(ADDRESS, self.watch)
        return router

    async def watch(self, socket: WebSocket) -> None:
        """One page, for as long as it is there."""
        await socket.accept()
        viewer = _Viewer(socket, self._overview)
        telling = asyncio.create_task(self._tell(viewer))
        try:
            while True:
                await viewer.hear(await socket.receive_text())
        except msgspec.ValidationError:
            await socket.close(UNREADABLE)
        except WebSocketDisconnect:
            pass
        finally:
            telling.cancel()

    async def _tell(self, viewer: _Viewer) -> None:
        # The page asks for itself when it opens; a push at once would only make it ask twice.
        seen = self._feed.revision
        while not self._feed.stopped:
            seen = await self._feed.after(seen)
            await viewer.push(seen)


class _Viewer:
    """One page at the other end. One push at a time: what it has seen goes by what was sent last."""

    def __init__(self, socket: WebSocket, overview: OverviewRoutes) -> None:
        self._socket, self._overview = socket, overview
        self._watched, self._one = Watched(), asyncio.Lock()

    async def hear(self, said: str) -> None:
        """It says what it shows, and is sent what is new of that already. Raises msgspec.ValidationError."""
        watched = msgspec.json.decode(said, type=Watched)
        async with self._one:
            self._watched = watched
            if watched.seen is not None:
                await self._changes(watched.seen)

    async def push(self, revision: int) -> None:
        """Something is new."""
        async with self._one:
            if self._watched.seen is None:
                await self._socket.send_text(str(revision))
            else:
                await self._changes(self._watched.seen)

    async def _changes(self, seen: str) -> None:
        language = language_of(self._watched.lang)
        news = await self._overview.news(language, seen)
        if news is not None and news.seen != seen:
            self._watched = Watched(language, news.seen)
            await self._socket.send_bytes(news.body)
