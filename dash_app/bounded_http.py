"""uvicorn's own protocol, whose heads of requests have an end, in bytes and in time: it sets neither."""

from __future__ import annotations

import asyncio
import json

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Address and headers of one request, whatever came with them in the last read aside.
MOST_HEAD_BYTES = 65_536
#: From the first byte, or from the connection, to the end of the headers.
LONGEST_HEAD_S = 30.0
_STATUS = "431 Request Header Fields Too Large"
_PROBLEM = json.dumps(
    {
        "type": "about:blank",
        "title": _STATUS[4:],
        "status": int(_STATUS[:3]),
        "detail": f"address and headers have at most {MOST_HEAD_BYTES} bytes",
    }
).encode()
_ANSWER = (
    f"HTTP/1.1 {_STATUS}\r\nContent-Type: application/problem+json\r\nContent-Length: {len(_PROBLEM)}\r\n"
    "Connection: close\r\n\r\n"
).encode() + _PROBLEM


class BoundedHttp(HttpToolsProtocol):
    """One connection. While a head is awaited a timer runs."""

    _head: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A stranger has connected."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._have_head()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The first byte of a request is here."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """The head is here."""
        self._have_head()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Bytes have come; too many of a head that still has no end close the connection."""
        super().data_received(data)
        if self._head is None or self.transport.is_closing():
            return
        self._head_bytes += len(data)
        if self._head_bytes > MOST_HEAD_BYTES:
            self.transport.write(_ANSWER)
            self.transport.close()

    def _await_head(self) -> None:
        if self._head is None:
            self._head_bytes = 0
            self._head = self.loop.call_later(LONGEST_HEAD_S, self._too_late)

    def _have_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _too_late(self) -> None:
        self._head = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._await_head()  # an answer to the request before is still going out
        else:
            self.transport.close()
