"""The situation report as one HTML file that needs nothing else: styles, fonts and pictures stand in it."""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path

from dash_app.committee_map import CommitteeMap
from dash_app.committee_page import states
from dash_app.markup import markup
from dash_app.situation_report import Situation, report
from dash_app.symbols import svg
from domain.words import Language, say

_ASSETS = Path(__file__).resolve().parent / "assets"
_ADDRESS = re.compile(r"url\(\"?(?P<path>[^\")]+\.woff2)\"?\)")
_SYMBOL = re.compile(r'src="/symbols/(?P<name>[\w-]+)\.svg"')


def document(found: Situation, drawn: CommitteeMap, language: Language) -> str:
    """The whole file."""
    picture = drawn.inline(states(found.committee))
    body = _SYMBOL.sub(_symbol, markup(report(found, picture, language)))
    title = say("ui.report.title", language)
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_fonts()}{(_ASSETS / 'report.css').read_text(encoding='utf-8')}</style></head>"
        f"<body>{body}</body></html>"
    )


def _fonts() -> str:
    """The rules of fonts.css with the fonts themselves."""
    return _ADDRESS.sub(_font, (_ASSETS / "fonts.css").read_text(encoding="utf-8"))


def _font(match: re.Match[str]) -> str:
    name = Path(match["path"]).name
    return f"url(data:font/woff2;base64,{b64encode((_ASSETS / 'fonts' / name).read_bytes()).decode()})"


def _symbol(match: re.Match[str]) -> str:
    drawing = svg(match["name"]) or ""
    return f'src="data:image/svg+xml;base64,{b64encode(drawing.encode()).decode()}"'
