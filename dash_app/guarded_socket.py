"""A socket whose every message is judged as a request would be, and which ends with its session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.types import Message, Receive, Send

from dash_app.access import Visitor
from dash_app.callback_request import UnreadableError, decoded, fault
from dash_app.doors import callback_right
from domain.access_table import Right
from domain.errors import DatabaseUnavailableError, SchemaOutdatedError

#: Codes of the range that RFC 6455 leaves to applications.
UNREADABLE, SIGNED_OUT, FORBIDDEN, TOO_MANY = 4400, 4401, 4403, 4429
#: A page asks for one callback a socket, the one that lives as long as it does; each holds a place here.
MOST_CALLBACKS = 20


class GuardedSocket:
    """Stands between the server and Dash, in both directions. `known` tells who is at the other end, as of now."""

    def __init__(
        self,
        receive: Receive,
        send: Send,
        known: Callable[[], Awaitable[Visitor | None]],
        callbacks: Mapping[str, Any],
    ) -> None:
        self._receive, self._send, self._known, self._callbacks = receive, send, known, callbacks
        self._asked, self._closed = 0, False

    async def receive(self) -> Message:
        """The next message of the browser; one that is not allowed ends the socket."""
        message = await self._receive()
        if message["type"] != "websocket.receive":
            return message
        code = self._refusal(message, await self._visitor())
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

    def _refusal(self, message: Message, visitor: Visitor | None) -> int | None:
        if visitor is None:
            return SIGNED_OUT
        try:
            asked = decoded(message.get("text") or "")
        except UnreadableError:
            return UNREADABLE
        if not isinstance(asked, dict):
            return UNREADABLE
        if asked.get("type") != "callback_request":
            return None
        self._asked += 1
        return TOO_MANY if self._asked > MOST_CALLBACKS else self._callback_refusal(asked, visitor)

    def _callback_refusal(self, asked: Mapping[str, Any], visitor: Visitor) -> int | None:
        payload = asked.get("payload")
        right = callback_right(self._callbacks, payload.get("output") if isinstance(payload, dict) else None)
        if right is None or not visitor.may(right):
            return FORBIDDEN
        readable = isinstance(asked.get("requestId"), str) and fault(self._callbacks, payload) is None
        return None if readable else UNREADABLE

    async def _close(self, code: int) -> None:
        if not self._closed:
            self._closed = True
            await self._send({"type": "websocket.close", "code": code})
