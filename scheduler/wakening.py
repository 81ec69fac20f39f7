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
    woken = Wakening()
    for notification in notifications:
        woken |= _one(notification)
    return woken


def _one(notification: Notification) -> Wakening:
    if notification.channel == NETWORK:
        return Wakening(network=True)
    if notification.channel not in {READINGS, FORECASTS}:
        return Wakening()
    if notification.payload == EVERYTHING:
        return Wakening(everything=True)
    names: list[str] = json.loads(notification.payload)
    return Wakening(frozenset(name.split("/", 1)[0] for name in names))
