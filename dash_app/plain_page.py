"""The frame of pages that need no script: sign-in, password, administration, refusals."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from domain.words import LANGUAGES, Language, say

#: What a reader last chose, here or by the switch in the header (assets/page.js).
LANGUAGE_COOKIE = "ews-language"
_NAMES: dict[Language, str] = {"vi": "Tiếng Việt", "en": "English"}


def plain_page(title: str, body: str, *, language: Language = "vi", wide: bool = False) -> str:
    """A whole HTML page. `title` is text, `body` is HTML."""
    kind = "plain plain-wide" if wide else "plain"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{escape(title)} · {escape(say('ui.brand', language))}</title>"
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">'
        '<link rel="stylesheet" href="/assets/fonts.css"><link rel="stylesheet" href="/assets/ews.css"><link rel="stylesheet" href="/assets/plain.css">'
        f'<script src="/assets/scheme.js"></script></head><body><main class="{kind}">{body}</main></body></html>'
    )


def word(key: str, language: Language) -> str:
    """A label as HTML."""
    return escape(say(key, language))


def other_language(address: str, language: Language, **asked: str) -> str:
    """The way to the same page in the other language, at the head of the page. `asked`: what else stands in the address."""
    other: Language = "en" if language == "vi" else "vi"
    where = f"{address}?{urlencode({'lang': other} | asked)}"
    return (
        f'<p class="other-language"><a href="{escape(where)}" lang="{other}" hreflang="{other}">{_NAMES[other]}</a></p>'
    )


def language_of(request: Request) -> Language:
    """What the address asks for, else what was chosen in this browser before; Vietnamese without either."""
    for asked in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        for language in LANGUAGES:
            if asked == language:
                return language
    return LANGUAGES[0]


def chosen(request: Request, answer: Response) -> Response:
    """The answer; the language that the address asks for is kept for the next page."""
    if request.query_params.get("lang") in LANGUAGES:
        secure = request.url.scheme == "https"
        answer.set_cookie(
            LANGUAGE_COOKIE, language_of(request), max_age=365 * 86400, path="/", samesite="lax", secure=secure
        )
    return answer
