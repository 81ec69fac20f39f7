"""What one sees when signing in and choosing a password: no script needed, in the language that the reader chose."""

from __future__ import annotations

from html import escape

from dash_app.plain_page import other_language, plain_page, word
from domain.passwords import LEAST_LETTERS
from domain.words import Language, say

PROVIDER_START = "/vao/oidc"


def sign_in(language: Language, *, after: str = "/", why: str | None = None, provider: str | None = None) -> str:
    """The form of name and password, and what was wrong before."""
    form = (
        f'<form method="post" action="/vao"><input type="hidden" name="sau" value="{escape(after)}">'
        f"{_field(language, 'ten', 'ui.access.name', 'text', 'username')}"
        f"{_field(language, 'mat_khau', 'ui.access.password', 'password', 'current-password')}"
        f"<button>{word('ui.access.sign_in', language)}</button></form>"
    )
    switch = other_language("/vao", language, sau=after)
    other = "" if provider is None else f'<p><a class="button" href="{PROVIDER_START}/">{escape(provider)}</a></p>'
    return plain_page(
        say("ui.access.sign_in", language),
        f"{switch}{_head('ui.access.sign_in', language)}{_why(why, language)}{form}{other}",
        language=language,
    )


def password(language: Language, *, must: bool, why: str | None = None) -> str:
    """The form of another password."""
    hint = f'<p class="hint">{escape(say("ui.access.password.rule", language, least=LEAST_LETTERS))}</p>'
    form = (
        '<form method="post" action="/mat-khau">'
        f"{_field(language, 'cu', 'ui.access.password.old', 'password', 'current-password')}"
        f"{_field(language, 'moi', 'ui.access.password.new', 'password', 'new-password')}"
        f"{_field(language, 'lai', 'ui.access.password.again', 'password', 'new-password')}"
        f"{hint}<button>{word('ui.access.password.change', language)}</button></form>"
    )
    switch = other_language("/mat-khau", language)
    leave = (
        f'<form method="post" action="/ra"><button class="quiet">{word("ui.access.sign_out", language)}</button></form>'
    )
    head = _head("ui.access.password.change", language) + (_said("ui.access.password.must", language) if must else "")
    return plain_page(
        say("ui.access.password.change", language),
        f"{switch}{head}{_why(why, language)}{form}{leave}",
        language=language,
    )


def _head(key: str, language: Language) -> str:
    return f'<p class="brand">{escape(say("ui.brand", language))}</p><h1>{word(key, language)}</h1>'


def _field(language: Language, name: str, key: str, kind: str, complete: str) -> str:
    rest = 'autocapitalize="none" spellcheck="false"' if kind == "text" else ""
    return (
        f'<label for="{name}">{word(key, language)}</label>'
        f'<input id="{name}" name="{name}" type="{kind}" autocomplete="{complete}" required {rest}>'
    )


def _why(why: str | None, language: Language) -> str:
    return "" if why is None else f'<div class="why" role="alert">{_said(f"ui.access.why.{why}", language)}</div>'


def _said(key: str, language: Language) -> str:
    words = {"least": LEAST_LETTERS} if key == "ui.access.why.short" else {}
    return f"<p>{escape(say(key, language, **words))}</p>"
