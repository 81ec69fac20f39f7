"""Screens of the overview for all who look: drawn once for each snapshot and language, sent to each as far as it is new."""

from __future__ import annotations

import threading
from datetime import datetime

from dash_app.ledger import Changes, Ledger
from dash_app.overview_parts import Drawn, overview_parts
from dash_app.screen import Screen, overview_screen
from dash_app.snapshot import Overview
from domain.words import Language


class OverviewScreens:
    """The present in ledgers, the past as a whole."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Language, tuple[Overview, Ledger]] = {}
        self._drawn: dict[Language, Drawn] = {}

    def screen(self, overview: Overview, language: Language, seen: str | None) -> Screen:
        """What a viewer who has `seen` is to paint."""
        changes = _past(overview, language) if overview.past else self._now(overview, language, seen)
        return overview_screen(overview, changes, language)

    def shows(self, moment: datetime, language: Language, seen: str | None) -> bool:
        """Whether that is the past moment that a viewer has on the screen: it will not change."""
        return seen == _mark(moment, language)

    def _now(self, overview: Overview, language: Language, seen: str | None) -> Changes:
        with self._lock:
            kept = self._kept.get(language)
            if kept is None or kept[0] is not overview:
                ledger = Ledger() if kept is None else kept[1]
                ledger.take(overview_parts(overview, self._drawn.setdefault(language, Drawn(language))))
                kept = self._kept[language] = (overview, ledger)
            return kept[1].since(seen)


def _past(overview: Overview, language: Language) -> Changes:
    parts = overview_parts(overview, Drawn(language))
    return Changes(whole=True, parts=parts, gone=[], seen=_mark(overview.read_at, language))


def _mark(moment: datetime, language: Language) -> str:
    return f"past.{moment.isoformat()}.{language}"
