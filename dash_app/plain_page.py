"""The frame of pages that need no script: sign-in, password, administration, refusals."""

from __future__ import annotations

from html import escape

from domain.words import Language, say


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


def both(key: str) -> str:
    """A label in Vietnamese, English beside it, as HTML."""
    return f'<span>{escape(say(key, "vi"))}</span> <span class="beside" lang="en">{escape(say(key, "en"))}</span>'
