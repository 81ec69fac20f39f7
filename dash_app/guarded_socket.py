"""A socket whose every message is judged as a request would be, and which ends with its session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.types import Message, Receive, Send

from dash_app.access import Visitor
from dash_app.callback_request import UnreadableError, decoded
from domain.access_table import Right
from domain.errors import DatabaseUnavailableError, SchemaOutdatedError

#: Codes of the range that RFC 6455 leaves to applications.
UNREADABLE, SIGNED_OUT = 4400, 4401


class GuardedSocket:
    """Stands between the server and the page's socket, in both directions. `known` tells who is at the other end, as of now."""

    def __init__(self, receive: Receive, send: Send, known: Callable[[], Awaitable[Visitor | None]]) -> None:
        self._receive, self._send, self._known = receive, send, known
        self._closed = False

    async def receive(self) -> Message:
        """The next message of the browser; one that is not allowed ends the socket."""
        message = await self._receive()
        if message["type"] != "websocket.receive":
            return message
        code = _refusal(message, await self._visitor())
        if code is None:
            return message
        await self._close(code)
        return {"type": "websocket.disconnect", "code": code}

    async def send(self, message: Message) -> None:
        """A message to the browser, as long as its session lasts."""
        if self._closed:
            return
        if message["type"] == "websocket.send" and await self._visitor() is None:
            await self._close(SIGNED_OUT)
            return
        await self._send(message)

    async def _visitor(self) -> Visitor | None:
        try:
            found = await self._known()
        except (DatabaseUnavailableError, SchemaOutdatedError):
            return None
        return found if found is not None and found.may(Right.LOOK) else None

    async def _close(self, code: int) -> None:
        if not self._closed:
            self._closed = True
            await self._send({"type": "websocket.close", "code": code})


def _refusal(message: Message, visitor: Visitor | None) -> int | None:
    if visitor is None:
        return SIGNED_OUT
    try:
        said = decoded(message.get("text") or "")
    except UnreadableError:
        return UNREADABLE
    return None if isinstance(said, dict) else UNREADABLE
