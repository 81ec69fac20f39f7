"""How a request is refused: problem+json (RFC 9457) to programs, a way to the sign-in or a plain page to people."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from dash_app.plain_page import plain_page
from domain.words import LANGUAGES, say

SIGN_IN = "/vao"
SIGN_OUT = "/ra"
OWN_PASSWORD = "/mat-khau"  # noqa: S105 - an address
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    503: "Service Unavailable",
}


def problem(status: int, detail: str, **headers: str) -> Response:
    """A refusal for programs. `headers`: with _ for -."""
    body = {"type": "about:blank", "title": _TITLES[status], "status": status, "detail": detail}
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    if status == 401:
        more.setdefault("WWW-Authenticate", "Bearer")
    return JSONResponse(
        body, status_code=status, media_type="application/problem+json", headers={"Cache-Control": "no-store"} | more
    )


def no_such_page() -> Response:
    """What an address answers that is switched off."""
    return problem(404, "there is nothing at this address")


def to_sign_in(path: str, query: str = "") -> Response:
    """To the sign-in, and from there back to the page that was asked for, with the moment and the language that it named."""
    after = quote(f"{path}?{query}" if query else path, safe="/")
    return RedirectResponse(f"{SIGN_IN}?sau={after}", status_code=303, headers={"Cache-Control": "no-store"})


def signed_out_page() -> Response:
    """To who sends a form after their session has ended: the browser still has what they wrote, and sends it again."""
    link = f'<p><a href="{SIGN_IN}" target="_blank" rel="noopener">{_both("ui.access.sign_in")}</a></p>'
    text = "".join(f'<p lang="{each}">{escape(say("ui.access.over", each))}</p>' for each in LANGUAGES)
    return HTMLResponse(
        plain_page(say("ui.access.over.title", "vi"), text + link),
        status_code=401,
        headers={"Cache-Control": "no-store", "WWW-Authenticate": "Bearer"},
    )


def _both(key: str) -> str:
    return " · ".join(escape(say(key, language)) for language in LANGUAGES)


def to_password() -> Response:
    """To the choice of a password, which comes before everything else."""
    return RedirectResponse(OWN_PASSWORD, status_code=303, headers={"Cache-Control": "no-store"})


def refused_page(status: int, key: str) -> Response:
    """A refusal for people, in both languages."""
    text = "".join(f'<p lang="{each}">{escape(say(key, each))}</p>' for each in LANGUAGES)
    return HTMLResponse(
        plain_page(say(key, "vi"), f'{text}<p><a href="/">{escape(say("ui.brand", "vi"))}</a></p>'),
        status_code=status,
        headers={"Cache-Control": "no-store"},
    )
