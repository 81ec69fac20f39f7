"""Headers of every answer, and 404 for pages that do not exist."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from functools import partial
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dash_app.doors import is_route
from dash_app.feed import Feed
from dash_app.routes import page_of
from storage.alerts import alert
from storage.database import Connection

#: A year, the least that browsers' lists ask for.
_TLS_FROM_NOW_ON = "max-age=31536000"
#: Everything else is somebody's own unless it says otherwise: no proxy may keep it, and no browser show it after the sign-out.
_SAME_FOR_ALL = ("/assets/", "/_dash-component-suites/")


def content_policy(tiles_url: str | None, script_hashes: Sequence[str]) -> str:
    """Everything comes from this server; tiles alone may come from where the setting says.

    `script_hashes`: of the few lines by which Dash starts, the only script that stands in a page.
    """
    scripts = " ".join(("'self'", *script_hashes))
    parts = urlsplit((tiles_url or "").replace("{s}", "*"))
    tiles = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob:{tiles}; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )


class Headers:
    """ASGI middleware. `wards`: the codes there are."""

    def __init__(
        self, app: ASGIApp, *, feed: Feed, wards: Collection[str], tiles_url: str | None, script_hashes: Sequence[str]
    ) -> None:
        self._app, self._feed, self._wards = app, feed, wards
        self._fixed = {
            "Content-Security-Policy": content_policy(tiles_url, script_hashes),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers; an unknown page keeps its text but says 404."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_page = not is_route(scope["path"])

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._fixed.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith(_SAME_FOR_ALL):
                    headers.setdefault("Cache-Control", "private, no-cache")
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", _TLS_FROM_NOW_ON)
                # Dash answers every unknown address with its page; only then is the page what is missing.
                answered = message["status"] == 200 and headers.get("content-type", "").startswith("text/html")
                if is_page and answered and await self._missing(scope["path"]):
                    message["status"] = 404
                # And a script that it does not have is an error to it.
                if scope["path"].startswith("/_dash-component-suites/") and message["status"] == 500:
                    message["status"] = 404
            await send(message)

        await self._app(scope, receive, send_with_headers)

    async def _missing(self, path: str) -> bool:
        """Whether a path is no page, or of no station, ward or alert; what cannot be looked up now counts as there."""
        page = page_of(path)
        if page is None:
            return True
        if page.alert is not None:
            return await asyncio.to_thread(self._feed.read, partial(_known, page.alert)) is False
        if page.ward is not None:
            return page.ward not in self._wards
        known = self._feed.known_stations
        return page.station is not None and known is not None and page.station not in known


def _known(identifier: str, connection: Connection) -> bool:
    return alert(connection, identifier) is not None
