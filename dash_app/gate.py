"""The one place where requests, callbacks and the messages of sockets are let in or refused, before anything else sees them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dash_app import refusals
from dash_app.access import Visitor, acting
from dash_app.bodies import FORM, JSON, BodyRefusedError, again, whole
from dash_app.callback_request import UnreadableError, decoded, fault
from dash_app.doorkeeper import Doorkeeper
from dash_app.doors import callback_right, is_of_programs, is_page, is_route, is_safe, methods_of, right_of
from dash_app.guarded_socket import GuardedSocket
from domain.access_table import Right
from domain.errors import DatabaseUnavailableError, SchemaOutdatedError

_CALLBACK = "/_dash-update-component"
#: Its link is a capability of its own, and messengers open it in windows that send no origin.
_CARRIES_ITS_RIGHT = "/xac-nhan/"


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
            visitor = await self._asking(scope, headers, right)
        except (DatabaseUnavailableError, SchemaOutdatedError):
            await self._away(headers)(scope, receive, send)
            return
        refusal = self._refusal(scope, headers, right, visitor)
        if is_safe(method) and not is_route(scope["path"]):
            scope = {**scope, "path": "/", "raw_path": b"/"}  # a page, or none: no route that the table does not name
        if refusal is None and not is_safe(method):
            receive, refusal = await self._body(scope, headers, receive, visitor)
        with acting(visitor):
            await (self._app if refusal is None else refusal)(scope, receive, send)

    async def _body(
        self, scope: Scope, headers: Headers, receive: Receive, visitor: Visitor | None
    ) -> tuple[Receive, Response | None]:
        """The body read and to be read again, and why it is refused."""
        is_callback = scope["path"] == _CALLBACK
        try:
            body = await whole(receive, headers, JSON if is_callback else FORM)
        except BodyRefusedError as error:
            return receive, refusals.problem(error.status, str(error), Connection="close")
        return again(body, receive), self._callback_refusal(body, visitor) if is_callback else None

    async def _asking(self, scope: Scope, headers: Headers, right: Right) -> Visitor | None:
        """Who asks. What is open to all is answered without asking who it is, unless a token is shown."""
        if right is Right.OPEN and not _shows_token(headers):
            return None
        return await self._doorkeeper.visitor(headers, secure=_is_secure(scope))

    def _refusal(self, scope: Scope, headers: Headers, right: Right, visitor: Visitor | None) -> Response | None:
        path = scope["path"]
        if visitor is None and (right is not Right.OPEN or _shows_token(headers)):
            return _unknown(scope, headers)
        if visitor is not None and not visitor.may(right):
            return _forbidden(headers, visitor, right)
        by_itself = is_safe(scope["method"]) or path.startswith(_CARRIES_ITS_RIGHT)
        is_program = visitor is not None and visitor.token is not None
        if not (by_itself or is_program or self._same_origin(scope, headers)):
            return refusals.problem(403, "this request comes from another site: the Origin header must name this one")
        return _not_here(path, scope["method"])

    def _same_origin(self, scope: Scope, headers: Headers) -> bool:
        """Whether the browser says that a page of ours sent it, over TLS one that came over TLS. Cookies alone would not tell."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site") == "same-origin"
        scheme, host, *_ = urlsplit(origin)
        alike = scheme == "https" or not _is_secure(scope)
        return alike and bool(host) and host in {headers.get("host"), self._own}

    def _callback_refusal(self, body: bytes, visitor: Visitor | None) -> Response | None:
        try:
            asked = decoded(body)
        except UnreadableError as error:
            return refusals.problem(400, str(error))
        output = asked.get("output") if isinstance(asked, dict) else None
        right = callback_right(self._callbacks, output)
        if right is not None and (visitor is None or not visitor.may(right)):
            return refusals.problem(403, "this callback is not for you")
        why = fault(self._callbacks, asked)
        if why is None and right is None:
            why = "output must name a callback of this server"
        return None if why is None else refusals.problem(400, why)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            visitor = await self._doorkeeper.visitor(headers, secure=_is_secure(scope))
        except (DatabaseUnavailableError, SchemaOutdatedError):
            visitor = None
        right = right_of("WEBSOCKET", scope["path"])
        if visitor is None or not visitor.may(right) or not self._same_origin(scope, headers):
            await receive()
            await send({"type": "websocket.close", "code": 4401 if visitor is None else 4403})
            return
        known = partial(self._doorkeeper.visitor, headers, secure=_is_secure(scope))
        guarded = GuardedSocket(receive, send, known)
        with acting(visitor):
            await self._app(scope, guarded.receive, guarded.send)

    def _away(self, headers: Headers) -> Response:
        if _reads_pages(headers):
            return refusals.refused_page(503, "ui.access.away")
        return refusals.problem(503, "the database is away: who asks cannot be known now", Retry_After="5")


def _unknown(scope: Scope, headers: Headers) -> Response:
    path, is_person = scope["path"], not _shows_token(headers)
    if scope["method"] == "GET" and is_person and (_reads_pages(headers) or is_page(path)):
        return refusals.to_sign_in(path, scope["query_string"].decode("latin-1"))
    if scope["method"] == "POST" and is_person and _reads_pages(headers):
        return refusals.to_sign_in("/") if path == refusals.SIGN_OUT else refusals.signed_out_page()
    return refusals.problem(401, "sign in, or show a token in force as Authorization: Bearer")


def _forbidden(headers: Headers, visitor: Visitor, right: Right) -> Response:
    if _reads_pages(headers):
        return refusals.to_password() if visitor.must_change else refusals.refused_page(403, "ui.access.forbidden")
    why = "the password must be changed first" if visitor.must_change else f"{visitor.role.value} may not {right.value}"
    return refusals.problem(403, why)


def _is_secure(scope: Scope) -> bool:
    """Whether it came over TLS, by a trusted proxy's word too."""
    return scope.get("scheme") in {"https", "wss"}


def _not_here(path: str, method: str) -> Response | None:
    """404 and 405 of addresses that are no pages; a page that is none shows so itself."""
    allowed = methods_of(path)
    if allowed and not is_route(path, method):
        return refusals.problem(405, f"ask this address by {allowed}", Allow=allowed)
    if is_of_programs(path) or not (is_safe(method) or allowed):
        return refusals.no_such_page()
    return None


def _shows_token(headers: Headers) -> bool:
    return headers.get("authorization", "").lower().startswith("bearer ")


def _reads_pages(headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "")
