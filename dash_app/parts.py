"""Small pieces that several pages share: a state's symbol with its word, a trend arrow, a badge of doubt."""

from __future__ import annotations

from typing import Any

from dash import html

from dash_app import wording
from dash_app.snapshot import StationNow
from dash_app.state import Freshness
from dash_app.symbols import symbol_path
from domain.stations import StationKind
from domain.words import Language


def symbol(now: StationNow, language: Language, size: int = 20) -> Any:
    """The station's symbol; its name for screen readers is the state's word."""
    return picture(now.station.kind, now.level, now.freshness, wording.state(now, language), size)


def picture(kind: StationKind, level: int | None, fresh: Freshness, alt: str, size: int = 20) -> Any:
    """One symbol."""
    return html.Img(
        src=symbol_path(kind, level, fresh), alt=alt, title=alt or None, width=size, height=size, className="symbol"
    )


def arrow(now: StationNow, language: Language) -> Any:
    """An arrow that points where the water goes; empty when nobody knows."""
    if now.trend is None:
        return html.Span()
    word = wording.trend(now, language) or ""
    return html.Span(className=f"arrow arrow-{now.trend.value}", role="img", title=word, **named(word))


def named(label: str) -> dict[str, Any]:
    """The name that screen readers say, as a component's keyword."""
    return {"aria-label": label}


def doubts(now: StationNow, language: Language) -> list[Any]:
    """Badges with every word of doubt."""
    return [html.Span(word, className="badge") for word in wording.doubts(now, language)]


def badge(text: str, kind: str = "") -> Any:
    """A small framed word."""
    return html.Span(text, className=f"badge {kind}".strip())
