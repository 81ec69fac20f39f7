"""What a batch of notifications asks for: which stations to judge, and whether the network changed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from storage.notifications import EVERYTHING, FORECASTS, NETWORK, READINGS, Notification


@dataclass(frozen=True, slots=True)
class Wakening:
    """Stations with something new. `everything`: more than a notification could name, so all of them."""

    stations: frozenset[str] = field(default_factory=frozenset)
    everything: bool = False
    network: bool = False  # stations were added or changed

    def __or__(self, other: Wakening) -> Wakening:
        return Wakening(
            self.stations | other.stations, self.everything or other.everything, self.network or other.network
        )

    def __bool__(self) -> bool:
        return bool(self.stations) or self.everything or self.network


def wakening(notifications: Iterable[Notification]) -> Wakening:
    """The union of what `notifications` say. Payloads are JSON lists of "station/quantity" or "station", or `*`."""
    stations: set[str] = set()
    everything = network = False
    for notification in notifications:
        if notification.channel == NETWORK:
            network = True
        elif notification.channel in {READINGS, FORECASTS}:
            if notification.payload == EVERYTHING:
                everything = True
            else:
                stations.update(_stations(notification.payload))
    return Wakening(frozenset(stations), everything, network)


def _stations(payload: str) -> Iterable[str]:
    names: list[str] = json.loads(payload)
    return (name.split("/", 1)[0] for name in names)
