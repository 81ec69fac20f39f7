"""Screens of the overview for all who look: drawn, written and compressed once for each snapshot and language, sent to each as far as it is new."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec

from dash_app.ledger import Changes, Ledger
from dash_app.overview_parts import Drawn, overview_parts
from dash_app.screen import overview_screen
from dash_app.snapshot import Overview
from domain.words import Language

#: Above it nothing is won that is worth the time: the first screen of thousands of stations is megabytes.
_LEVEL = 4


class Written(NamedTuple):
    """A screen, and what its viewer has seen with it."""

    body: bytes
    seen: str


@dataclass
class _Kept:
    """The present in one language, and what has been made of it for those who had seen the same before."""

    overview: Overview
    ledger: Ledger
    screens: dict[int | None, Written] = field(default_factory=dict)  # by the change that was seen last


class OverviewScreens:
    """The present in ledgers, the past as a whole. A screen is dash_app.screen.Screen as JSON by gzip."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Language, _Kept] = {}
        self._drawn: dict[Language, Drawn] = {}

    def ready(self, overview: Overview, language: Language, seen: str | None) -> Written | None:
        """The screen when it has been made already, without waiting."""
        kept = self._kept.get(language)
        if kept is None or kept.overview is not overview:
            return None
        return kept.screens.get(kept.ledger.number_of(seen))

    def screen(self, overview: Overview, language: Language, seen: str | None) -> Written:
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
            if language not in self._drawn:
                self._drawn[language] = Drawn(language)
            ledger.take(overview_parts(overview, self._drawn[language]))
            kept = self._kept[language] = _Kept(overview, ledger)
        return kept


def _written(overview: Overview, changes: Changes, language: Language) -> Written:
    screen = msgspec.json.encode(overview_screen(overview, changes, language))
    return Written(gzip.compress(screen, _LEVEL, mtime=0), changes["seen"])


def _past(overview: Overview, language: Language) -> Changes:
    parts = overview_parts(overview, Drawn(language))
    return Changes(whole=True, parts=parts, gone=[], seen=_mark(overview.read_at, language))


def _mark(moment: datetime, language: Language) -> str:
    return f"past.{moment.isoformat()}.{language}"
