"""A socket whose every message is judged as a request would be, and which ends with its session."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Send

from dash_app.access import Visitor
from dash_app.doorkeeper import Doorkeeper
from dash_app.doors import callback_right
from domain.access_table import Right
from domain.errors import DatabaseUnavailableError, SchemaOutdatedError

#: Codes of the range that RFC 6455 leaves to applications.
UNREADABLE, SIGNED_OUT, FORBIDDEN = 4400, 4401, 4403


class GuardedSocket:
    """Stands between the server and Dash, in both directions."""

    def __init__(
        self, receive: Receive, send: Send, headers: Headers, doorkeeper: Doorkeeper, callbacks: Mapping[str, Any]
    ) -> None:
        self._receive, self._send, self._headers = receive, send, headers
        self._doorkeeper, self._callbacks = doorkeeper, callbacks
        self._closed = False

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
            found = await self._doorkeeper.visitor(self._headers)
        except (DatabaseUnavailableError, SchemaOutdatedError):
            return None
        return found if found is not None and found.may(Right.LOOK) else None

    def _refusal(self, message: Message, visitor: Visitor | None) -> int | None:
        if visitor is None:
            return SIGNED_OUT
        try:
            asked = json.loads(message.get("text") or "")
        except ValueError:
            return UNREADABLE
        if not isinstance(asked, dict):
            return UNREADABLE
        if asked.get("type") != "callback_request":
            return None
        payload = asked.get("payload")
        right = callback_right(self._callbacks, payload.get("output") if isinstance(payload, dict) else None)
        return None if right is not None and visitor.may(right) else FORBIDDEN

    async def _close(self, code: int) -> None:
        if not self._closed:
            self._closed = True
            await self._send({"type": "websocket.close", "code": code})
