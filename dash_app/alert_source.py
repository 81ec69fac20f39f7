"""The views of alerts' pages, each read once for all who look at the same snapshot."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import NamedTuple

from dash_app.desk_snapshot import AlertView, DeskBook
from dash_app.feed import Feed
from dash_app.kept import keep_newest
from dash_app.reading_desk import read_alert
from dash_app.snapshot import Overview

_KEPT = 48


class Found(NamedTuple):
    """What the database said of an alert. `view` is None when there is none of that name."""

    view: AlertView | None
    read_at: datetime | None  # of the overview it was read by; None: to be read anew


class AlertSource:
    """Views by the alert's name over one feed."""

    def __init__(self, feed: Feed, book: DeskBook) -> None:
        self._feed, self._book = feed, book
        self._kept: dict[str, Found] = {}

    async def view(self, overview: Overview, name: str) -> Found | None:
        """What is known, while nothing can be read what was known before; None when it never was read."""
        kept = self._kept.get(name)
        if kept is not None and kept.read_at == overview.read_at:
            return kept
        read = await asyncio.to_thread(
            self._feed.read, lambda c: Found(read_alert(c, name, overview, self._book), overview.read_at)
        )
        if read is None:
            return kept
        keep_newest(self._kept, name, read, _KEPT)
        return read

    def changed(self, name: str) -> None:
        """Read this one anew the next time."""
        kept = self._kept.get(name)
        if kept is not None:
            self._kept[name] = kept._replace(read_at=None)
