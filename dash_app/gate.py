"""The one place where requests, callbacks and the messages of sockets are let in or refused, before anything else sees them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dash_app import refusals
from dash_app.access import Visitor, acting
from dash_app.doorkeeper import Doorkeeper
from dash_app.doors import callback_right, is_page, is_route, is_safe, right_of
from dash_app.guarded_socket import GuardedSocket
from domain.access_table import Right
from domain.errors import DatabaseUnavailableError, SchemaOutdatedError

#: Nothing that is sent here is longer; the longest are states of pages.
MOST_BYTES = 1_048_576
_CALLBACK = "/_dash-update-component"
#: Its link is a capability of its own, and messengers open it in windows that send no origin.
_CARRIES_ITS_RIGHT = "/xac-nhan/"


class TooLongError(Exception):
    """A body is longer than MOST_BYTES."""


class Gate:
    """ASGI middleware. `callback_map` is Dash's, filled when the application is set up."""

    def __init__(
        self, app: ASGIApp, *, doorkeeper: Doorkeeper, callback_map: Mapping[str, Any], public_url: str | None
    ) -> None:
        self._app, self._doorkeeper, self._callbacks = app, doorkeeper, callback_map
        self._own = None if public_url is None else urlsplit(public_url).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in or refuse."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, method = Headers(scope=scope), scope["method"]
        right = right_of(method, scope["path"])
        try:
            visitor = await self._asking(headers, right)
        except (DatabaseUnavailableError, SchemaOutdatedError):
            await self._away(headers)(scope, receive, send)
            return
        refusal = self._refusal(scope, headers, right, visitor)
        if is_safe(method) and not is_route(scope["path"]):
            scope = {**scope, "path": "/", "raw_path": b"/"}  # a page, or none: no route that the table does not name
        if refusal is None and not is_safe(method):
            try:
                body = await _whole(receive, headers)
            except TooLongError:
                refusal = refusals.problem(413, f"a request has at most {MOST_BYTES} bytes", Connection="close")
            else:
                receive = _again(body, receive)
                if scope["path"] == _CALLBACK:
                    refusal = self._callback_refusal(body, visitor)
        with acting(visitor):
            await (self._app if refusal is None else refusal)(scope, receive, send)

    async def _asking(self, headers: Headers, right: Right) -> Visitor | None:
        """Who asks. What is open to all is answered without asking who it is, unless a token is shown."""
        if right is Right.OPEN and not _shows_token(headers):
            return None
        return await self._doorkeeper.visitor(headers)

    def _refusal(self, scope: Scope, headers: Headers, right: Right, visitor: Visitor | None) -> Response | None:
        path = scope["path"]
        if visitor is None and (right is not Right.OPEN or _shows_token(headers)):
            return _unknown(scope, headers)
        if visitor is not None and not visitor.may(right):
            return _forbidden(headers, visitor, right)
        if is_safe(scope["method"]) or path.startswith(_CARRIES_ITS_RIGHT):
            return None
        if (visitor is None or visitor.token is None) and not self._same_origin(headers):
            return refusals.problem(403, "this request comes from another site: the Origin header must name this one")
        return None if is_route(path, scope["method"]) else refusals.no_such_page()

    def _same_origin(self, headers: Headers) -> bool:
        """Whether the browser says that a page of ours sent it. Cookies alone would not tell."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site") == "same-origin"
        host = urlsplit(origin).netloc
        return bool(host) and host in {headers.get("host"), self._own}

    def _callback_refusal(self, body: bytes, visitor: Visitor | None) -> Response | None:
        try:
            asked = json.loads(body)
        except ValueError:
            return refusals.problem(400, "the body must be JSON")
        output = asked.get("output") if isinstance(asked, dict) else None
        if output not in self._callbacks:
            return refusals.problem(400, "output must name a callback of this server")
        right = callback_right(self._callbacks, output)
        if right is None or visitor is None or not visitor.may(right):
            return refusals.problem(403, "this callback is not for you")
        return None

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            visitor = await self._doorkeeper.visitor(headers)
        except (DatabaseUnavailableError, SchemaOutdatedError):
            visitor = None
        right = right_of("WEBSOCKET", scope["path"])
        if visitor is None or not visitor.may(right) or not self._same_origin(headers):
            await receive()
            await send({"type": "websocket.close", "code": 4401 if visitor is None else 4403})
            return
        guarded = GuardedSocket(receive, send, headers, self._doorkeeper, self._callbacks)
        with acting(visitor):
            await self._app(scope, guarded.receive, guarded.send)

    def _away(self, headers: Headers) -> Response:
        if _reads_pages(headers):
            return refusals.refused_page(503, "ui.access.away")
        return refusals.problem(503, "the database is away: who asks cannot be known now", Retry_After="5")


def _unknown(scope: Scope, headers: Headers) -> Response:
    page = _reads_pages(headers) or is_page(scope["path"])
    if scope["method"] == "GET" and page and not _shows_token(headers):
        return refusals.to_sign_in(scope["path"])
    return refusals.problem(401, "sign in, or show a token in force as Authorization: Bearer")


def _forbidden(headers: Headers, visitor: Visitor, right: Right) -> Response:
    if _reads_pages(headers):
        return refusals.to_password() if visitor.must_change else refusals.refused_page(403, "ui.access.forbidden")
    why = "the password must be changed first" if visitor.must_change else f"{visitor.role.value} may not {right.value}"
    return refusals.problem(403, why)


def _shows_token(headers: Headers) -> bool:
    return headers.get("authorization", "").lower().startswith("bearer ")


def _reads_pages(headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "")


async def _whole(receive: Receive, headers: Headers) -> bytes:
    """The body, read here so that it has an end. Raises TooLongError."""
    told = headers.get("content-length", "0")
    if not told.isdigit() or int(told) > MOST_BYTES:
        raise TooLongError
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BYTES:
            raise TooLongError
    return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body once more, then whatever follows."""
    given = False

    async def once() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once
