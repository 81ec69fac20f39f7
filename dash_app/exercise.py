"""Whether what is on the screen is an exercise, and how every page says so."""

from __future__ import annotations

from typing import Any

from dash import html

from dash_app.snapshot import Overview
from domain.stations import LIVE_CLOCK
from domain.words import Language, say


def drills(overview: Overview) -> int:
    """How many warnings in force are drills."""
    return sum(found.alert.exercise for found in overview.alerts)


def under_exercise(overview: Overview) -> bool:
    """A drill is in force, or a clock is not the wall clock: nobody may take what stands here for the real thing."""
    return bool(drills(overview)) or bool(overview.station_clocks - {LIVE_CLOCK})


def exercise_banner(overview: Overview, language: Language) -> list[Any]:
    """The word in capitals over the page, in both languages for whoever reads only one; nothing when all is real."""
    if not under_exercise(overview):
        return []
    count = drills(overview)
    text = say("ui.exercise.banner.drills", language, count=count) if count else say("ui.exercise.banner", language)
    words = html.Strong(say("ui.exercise.word", language))
    return [html.Div([words, html.Span(text)], className="exercise-banner", role="note")]


def titled(title: str, overview: Overview | None, language: Language) -> str:
    """The tab's title, behind the word while an exercise is on."""
    if overview is None or not under_exercise(overview):
        return title
    return f"[{say('ui.exercise.mark', language)}] {title}"
