"""Screens of the overview for all who look: drawn and written once for each snapshot and language, sent to each as far as it is new."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from dash_app.ledger import Changes, Ledger
from dash_app.overview_parts import Drawn, overview_parts
from dash_app.screen import Screen, overview_screen
from dash_app.snapshot import Overview
from domain.words import Language


@dataclass
class _Kept:
    """The present in one language, and what has been made of it for those who had seen the same before."""

    overview: Overview
    ledger: Ledger
    screens: dict[int | None, Screen] = field(default_factory=dict)  # by the change that was seen last


class OverviewScreens:
    """The present in ledgers, the past as a whole."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Language, _Kept] = {}
        self._drawn: dict[Language, Drawn] = {}

    def screen(self, overview: Overview, language: Language, seen: str | None) -> Screen:
        """What a viewer who has `seen` is to paint."""
        if overview.past:
            return _written(overview, _past(overview, language), language)
        with self._lock:
            kept = self._taken(overview, language)
            number = kept.ledger.number_of(seen)
            if number not in kept.screens:
                kept.screens[number] = _written(overview, kept.ledger.since(seen), language)
            return kept.screens[number]

    def shows(self, moment: datetime, language: Language, seen: str | None) -> bool:
        """Whether that is the past moment that a viewer has on the screen: it will not change."""
        return seen == _mark(moment, language)

    def _taken(self, overview: Overview, language: Language) -> _Kept:
        kept = self._kept.get(language)
        if kept is None or kept.overview is not overview:
            ledger = Ledger() if kept is None else kept.ledger
            ledger.take(overview_parts(overview, self._drawn.setdefault(language, Drawn(language))))
            kept = self._kept[language] = _Kept(overview, ledger)
        return kept


def _written(overview: Overview, changes: Changes, language: Language) -> Screen:
    """The changes as one text: what carries it to the page then need not walk through thousands of parts."""
    return overview_screen(overview, msgspec.json.encode(changes).decode(), language)


def _past(overview: Overview, language: Language) -> Changes:
    parts = overview_parts(overview, Drawn(language))
    return Changes(whole=True, parts=parts, gone=[], seen=_mark(overview.read_at, language))


def _mark(moment: datetime, language: Language) -> str:
    return f"past.{moment.isoformat()}.{language}"
