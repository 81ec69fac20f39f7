"""What is kept of readings so that they serve everybody: the newest few, or one for some seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from dash_app.feed import Feed
from dash_app.snapshot import Overview
from storage.database import Connection

_EVERY = timedelta(seconds=5)
_T = TypeVar("_T")
_K = TypeVar("_K")


def keep_newest(kept: dict[_K, _T], key: _K, value: _T, most: int) -> None:
    """Keep a value as the newest, and of all at most so many: the oldest goes."""
    kept.pop(key, None)
    kept[key] = value
    while len(kept) > most:
        kept.pop(next(iter(kept)), None)


class Kept(Generic[_T]):
    """What `reading` found last, read anew at most every few seconds: these pages are read, not watched."""

    def __init__(self, feed: Feed, reading: Callable[[Connection, Overview], _T]) -> None:
        self._feed, self._reading = feed, reading
        self._lock = threading.Lock()
        self._at: datetime | None = None
        self._found: _T | None = None

    def now(self, overview: Overview) -> _T | None:
        """The newest; what was found before while the database is away; None when nothing ever was."""
        with self._lock:
            if self._at is None or overview.read_at - self._at >= _EVERY:
                read = self._feed.read(lambda connection: self._reading(connection, overview))
                if read is not None:
                    self._found, self._at = read, overview.read_at
            return self._found
