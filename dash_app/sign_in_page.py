"""What one sees when signing in and choosing a password: no script needed, Vietnamese with English beside it."""

from __future__ import annotations

from html import escape

from dash_app.plain_page import both, plain_page
from domain.passwords import LEAST_LETTERS
from domain.words import LANGUAGES, say

PROVIDER_START = "/vao/oidc"


def sign_in(*, after: str = "/", why: str | None = None, provider: str | None = None) -> str:
    """The form of name and password, and what was wrong before."""
    form = (
        f'<form method="post" action="/vao"><input type="hidden" name="sau" value="{escape(after)}">'
        f"{_field('ten', 'ui.access.name', 'text', 'username')}"
        f"{_field('mat_khau', 'ui.access.password', 'password', 'current-password')}"
        f"<button>{both('ui.access.sign_in')}</button></form>"
    )
    other = "" if provider is None else f'<p><a class="button" href="{PROVIDER_START}/">{escape(provider)}</a></p>'
    return plain_page(say("ui.access.sign_in", "vi"), f"{_head('ui.access.sign_in')}{_why(why)}{form}{other}")


def password(*, must: bool, why: str | None = None) -> str:
    """The form of another password."""
    hint = "".join(
        f'<p class="hint" lang="{each}">{escape(say("ui.access.password.rule", each, least=LEAST_LETTERS))}</p>'
        for each in LANGUAGES
    )
    form = (
        '<form method="post" action="/mat-khau">'
        f"{_field('cu', 'ui.access.password.old', 'password', 'current-password')}"
        f"{_field('moi', 'ui.access.password.new', 'password', 'new-password')}"
        f"{_field('lai', 'ui.access.password.again', 'password', 'new-password')}"
        f"{hint}<button>{both('ui.access.password.change')}</button></form>"
    )
    leave = f'<form method="post" action="/ra"><button class="quiet">{both("ui.access.sign_out")}</button></form>'
    head = _head("ui.access.password.change") + (_said("ui.access.password.must") if must else "")
    return plain_page(say("ui.access.password.change", "vi"), f"{head}{_why(why)}{form}{leave}")


def _head(key: str) -> str:
    return f'<p class="brand">{escape(say("ui.brand", "vi"))}</p><h1>{both(key)}</h1>'


def _field(name: str, key: str, kind: str, complete: str) -> str:
    rest = 'autocapitalize="none" spellcheck="false"' if kind == "text" else ""
    return (
        f'<label for="{name}">{both(key)}</label>'
        f'<input id="{name}" name="{name}" type="{kind}" autocomplete="{complete}" required {rest}>'
    )


def _why(why: str | None) -> str:
    return "" if why is None else f'<div class="why" role="alert">{_said(f"ui.access.why.{why}")}</div>'


def _said(key: str) -> str:
    words = {"least": LEAST_LETTERS} if key == "ui.access.why.short" else {}
    return "".join(f'<p lang="{each}">{escape(say(key, each, **words))}</p>' for each in LANGUAGES)
