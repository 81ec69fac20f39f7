"""What was announced since the overview was last read, so that of thousands of stations only what has come is read."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from storage.notifications import EVERYTHING, FORECASTS, NETWORK, READINGS, Notification

#: Everything is read anew at least so often: flags that came later, and announcements that were lost.
WHOLE_EVERY_S = 8.0
NETWORK_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class News:
    """What is to be read. `stations`: those that sent something; None: any may have."""

    stations: frozenset[str] | None = None
    network: bool = True  # stations or series may have been added or changed
    forecasts: bool = True  # a gauge may have a new one


#: For who has heard nothing: anything may be new.
ANYTHING = News()


class Heard:
    """Announcements on their way from the thread that listens to the one that reads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stations: set[str] = set()
        self._readings_whole = self._network = self._forecasts = True
        self._whole_at = self._network_at = 0.0

    def add(self, notifications: Iterable[Notification]) -> None:
        """These were heard."""
        with self._lock:
            for each in notifications:
                if each.channel == NETWORK:
                    self._network = self._readings_whole = True
                elif each.channel == FORECASTS:
                    self._forecasts = True
                elif each.channel == READINGS and each.payload == EVERYTHING:
                    self._readings_whole = True
                elif each.channel == READINGS:
                    self._stations |= {name.partition("/")[0] for name in json.loads(each.payload)}

    def take(self) -> News:
        """What is new since the last call; it is not told again."""
        now = time.monotonic()
        with self._lock:
            whole = self._readings_whole or now - self._whole_at > WHOLE_EVERY_S
            network = self._network or now - self._network_at > NETWORK_EVERY_S
            news = News(
                stations=None if whole else frozenset(self._stations),
                network=network,
                forecasts=whole or self._forecasts,
            )
            self._stations, self._readings_whole, self._network, self._forecasts = set(), False, False, False
            self._whole_at = now if whole else self._whole_at
            self._network_at = now if network else self._network_at
        return news

    def lost(self) -> None:
        """What was taken could not be read."""
        with self._lock:
            self._readings_whole = self._network = self._forecasts = True
