"""The addresses of signing in: /vao, /ra, /mat-khau, /toi."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import parse_qs

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from dash_app import sign_in_page
from dash_app.access import current_visitor
from dash_app.doorkeeper import COOKIE, SECURE_COOKIE, Doorkeeper
from dash_app.plain_page import chosen, language_of
from dash_app.refusals import OWN_PASSWORD, SIGN_IN, SIGN_OUT
from dash_app.sign_in import Opened, Refused, SignIn
from dash_app.turns import CrowdedError, Turns
from domain.errors import DatabaseUnavailableError, SchemaOutdatedError

_NO_STORE = {"Cache-Control": "no-store"}
#: When too many wait to be signed in at once.
_CROWD_S = "5"
_MOST_FIELDS = 50


class SignInRoutes:
    """The routes. `provider`: what the button of the identity provider says leads there; None without one."""

    def __init__(self, sign_in: SignIn, doorkeeper: Doorkeeper, turns: Turns, provider: str | None = None) -> None:
        self._sign_in, self._doorkeeper, self._turns, self._provider = sign_in, doorkeeper, turns, provider

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route(SIGN_IN, self.ask, methods=["GET"])
        router.add_api_route(SIGN_IN, self.enter, methods=["POST"])
        router.add_api_route(SIGN_OUT, self.leave, methods=["POST"])
        router.add_api_route(OWN_PASSWORD, self.ask_password, methods=["GET"])
        router.add_api_route(OWN_PASSWORD, self.change_password, methods=["POST"])
        router.add_api_route("/toi", self.who, methods=["GET"])
        return router

    async def ask(self, request: Request, ma: str | None = None, sau: str = "/") -> Response:
        """The form; with `ma`, a code that opens once, from this machine alone."""
        language = language_of(request)
        if ma is None:
            return _html(request, sign_in_page.sign_in(language, after=within(sau), provider=self._provider))
        if not on_this_machine(request):
            return _html(request, sign_in_page.sign_in(language, why="code_elsewhere", provider=self._provider), 403)
        return await self._entered(request, self._sign_in.by_code, (ma,), "/", "code")

    async def enter(self, request: Request) -> Response:
        """Sign in with name and password."""
        given = await form(request)
        after = within(given.get("sau", "/"))
        words = (given.get("ten", ""), given.get("mat_khau", ""))
        return await self._entered(request, self._sign_in.by_password, words, after, "wrong")

    async def leave(self) -> Response:
        """Sign out."""
        visitor = current_visitor()
        if visitor is not None and visitor.session is not None:
            await asyncio.to_thread(self._sign_in.end, visitor.session, visitor.name)
        self._doorkeeper.forget()
        answer = RedirectResponse(SIGN_IN, status_code=303, headers=_NO_STORE)
        for name, secure in ((COOKIE, False), (SECURE_COOKIE, True)):
            answer.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
        return answer

    def ask_password(self, request: Request) -> Response:
        """The form for another password."""
        visitor = current_visitor()
        must = visitor is not None and visitor.must_change
        return _html(request, sign_in_page.password(language_of(request), must=must))

    async def change_password(self, request: Request) -> Response:
        """Another password of one's own; all sessions end, and this browser gets a new one."""
        given, visitor = await form(request), current_visitor()
        assert visitor is not None  # the gate lets nobody else in
        old, new = given.get("cu", ""), given.get("moi", "")
        why = "differ" if new != given.get("lai") else await self._changed(visitor.name, old, new)
        if why is not None:
            page = sign_in_page.password(language_of(request), must=visitor.must_change, why=why)
            return _html(request, page, 429 if why in {"throttled", "crowd"} else 422)
        self._doorkeeper.forget()
        return await self._entered(request, self._sign_in.by_password, (visitor.name, new), "/", "wrong")

    async def _changed(self, name: str, old: str, new: str) -> str | None:
        now = datetime.now(UTC)
        try:
            return await self._turns.run(lambda: self._sign_in.change(name, old, new, now=now))
        except CrowdedError:
            return "crowd"

    def who(self) -> Response:
        """Who is signed in, for scripts of the pages: 401 when the session is over."""
        visitor = current_visitor()
        assert visitor is not None
        body = {"name": visitor.name, "shown": visitor.shown, "role": visitor.role.value}
        return JSONResponse(body | {"rights": sorted(visitor.rights)}, headers=_NO_STORE)

    async def _entered(
        self, request: Request, way: Callable[..., Opened | Refused], words: tuple[str, ...], after: str, why: str
    ) -> Response:
        """The answer to one way of signing in: the cookie and the page that was asked for, or the form again."""
        about = {
            "now": datetime.now(UTC),
            "address": address_of(request),
            "agent": request.headers.get("user-agent", ""),
        }
        try:
            found = await self._turns.run(lambda: way(*words, **about))
        except CrowdedError:
            return self._again(request, after, "crowd", 429, Retry_After=_CROWD_S)
        except (DatabaseUnavailableError, SchemaOutdatedError):
            return self._again(request, after, "away", 503)
        if isinstance(found, Opened):
            return signed_in(request, found, after, self._doorkeeper)
        if found.wait:
            seconds = str(math.ceil(found.wait.total_seconds()))
            return self._again(request, after, "throttled", 429, Retry_After=seconds)
        return self._again(request, after, why, 401)

    def _again(self, request: Request, after: str, why: str, status: int, **headers: str) -> Response:
        """The form, with why it stands there again."""
        page = sign_in_page.sign_in(language_of(request), after=after, why=why, provider=self._provider)
        return _html(request, page, status, **headers)


def signed_in(request: Request, opened: Opened, after: str, doorkeeper: Doorkeeper) -> Response:
    """To the page, with the cookie: over TLS under a name that browsers send over TLS alone."""
    answer = RedirectResponse(after, status_code=303, headers=_NO_STORE)
    secure = request.url.scheme == "https"
    answer.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        opened.secret,
        max_age=int(doorkeeper.lasts.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
    return answer


async def form(request: Request) -> dict[str, str]:
    """The fields of a form, each once; what is not UTF-8 stands as it can. Raises HTTPException 400."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        given = parse_qs(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise HTTPException(400, f"a form has at most {_MOST_FIELDS} fields") from None
    for name, values in given.items():
        if len(values) > 1:
            raise HTTPException(400, f"the field {name[:40]!r} is given more than once")
        if "\0" in name + values[0]:
            raise HTTPException(400, f"the field {name[:40]!r} holds a character that no text has")
    return {name: values[0] for name, values in given.items()}


def within(path: str) -> str:
    """A path of this server; the first page instead of anything that leads elsewhere."""
    clean = path.startswith("/") and not path.startswith("//") and not any(c in path for c in "\\\r\n\t")
    return path if clean else "/"


def address_of(request: Request) -> str:
    """Where the request comes from: the proxy's word when it is a trusted one."""
    return request.client.host if request.client is not None else ""


def on_this_machine(request: Request) -> bool:
    """Whether somebody on this machine asks, and no proxy for somebody else."""
    if any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip")):
        return False
    try:
        return ip_address(address_of(request)).is_loopback
    except ValueError:
        return False


def _html(request: Request, text: str, status: int = 200, **headers: str) -> Response:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return chosen(request, HTMLResponse(text, status_code=status, headers=_NO_STORE | more))
