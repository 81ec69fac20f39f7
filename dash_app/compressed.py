"""Answers compressed on their way out; files that stay the same once for all who ask.

Scripts of a megabyte compressed for each who opens a page are most of what a page costs this process.
"""

from __future__ import annotations

import asyncio
import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Below it the frame of gzip outweighs what it saves.
_LEAST_BYTES = 500
#: Of what is made for one who asks; of a kept file the best.
_QUICK, _BEST = 4, 9
#: Longer ones are compressed in a thread: the event loop has others to answer.
_LONG_BYTES = 100_000
_FILES = ("/assets/", "/_dash-component-suites/", "/geo/", "/trang.")
_KINDS = ("text/", "application/json", "application/javascript", "application/geo+json", "image/svg+xml")
_MOST_KEPT_BYTES = 32_000_000


class Compressed:
    """ASGI middleware. Only whole bodies of text are compressed; what is streamed or compressed already goes by as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: dict[tuple[str, str], bytes] = {}
        self._kept_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and compress it when the browser can read it."""
        if scope["type"] != "http" or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Answer(self, scope["path"], send).take)

    async def packed(self, path: str, tag: str | None, body: bytes) -> bytes:
        """The compressed body; of a file with a tag kept by it."""
        if tag is None or not path.startswith(_FILES):
            return await _zipped(body, _QUICK)
        key = (path, tag)
        if key not in self._kept:
            made = await _zipped(body, _BEST)
            if self._kept_bytes + len(made) > _MOST_KEPT_BYTES:
                self._kept.clear()
                self._kept_bytes = 0
            self._kept_bytes += len(made)
            self._kept[key] = made
        return self._kept[key]


async def _zipped(body: bytes, level: int) -> bytes:
    if len(body) < _LONG_BYTES:
        return gzip.compress(body, level, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, level, mtime=0)


class _Answer:
    """One answer on its way: its start is held back until its body is there."""

    def __init__(self, compressed: Compressed, path: str, send: Send) -> None:
        self._compressed, self._path, self._send = compressed, path, send
        self._start: Message | None = None
        self._body = bytearray()

    async def take(self, message: Message) -> None:
        """The next message of the application."""
        if message["type"] == "http.response.start" and _is_text(message):
            self._start = message
        elif self._start is None or message["type"] != "http.response.body":
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._end(self._start)

    async def _end(self, start: Message) -> None:
        body, headers = bytes(self._body), MutableHeaders(scope=start)
        headers.add_vary_header("Accept-Encoding")
        if len(body) >= _LEAST_BYTES:
            body = await self._compressed.packed(self._path, headers.get("etag"), body)
            headers["Content-Encoding"] = "gzip"
            headers["Content-Length"] = str(len(body))
        self._start = None
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _is_text(start: Message) -> bool:
    """Whether it is a whole text that nobody has compressed: one whose length is known before it is sent."""
    headers = Headers(raw=start["headers"])
    whole = start["status"] == 200 and "content-length" in headers and "content-encoding" not in headers
    return whole and headers.get("content-type", "").startswith(_KINDS)
