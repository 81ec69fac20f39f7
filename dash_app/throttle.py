"""How often a password may be tried: by name and address together, by address, and by name.

A stranger who tries a name again and again is held up at their own address; the owner of the name is not shut out from elsewhere,
until so many have tried that the name itself is under attack.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dash_app.addresses import holder

SPAN = timedelta(minutes=15)
BY_BOTH, BY_ADDRESS, BY_NAME = 5, 30, 100
#: Sign-ins of one name.
MOST_ENTERED = 60
_ENTERED = "entered"  # stands for an address
_MOST_KEPT = 20_000


@dataclass
class Throttle:
    """The failures of the last quarter of an hour."""

    _failed: dict[tuple[str, str], deque[datetime]] = field(default_factory=dict)

    def tried(self, name: str, address: str, now: datetime) -> timedelta:
        """Note a try as failed, before it is known: many at once count too. How long to wait instead; zero when it may be made."""
        keys = _keys(name, holder(address))
        wait = max(self._wait(key, most, now) for key, most in keys)
        if not wait:
            if len(self._failed) > _MOST_KEPT:
                self._forget(now)
            for key, most in keys:
                self._failed.setdefault(key, deque(maxlen=most)).append(now)
        return wait

    def taken_back(self, name: str, address: str) -> None:
        """The last try did not fail."""
        for key, _ in _keys(name, holder(address)):
            if self._failed.get(key):
                self._failed[key].pop()

    def succeeded(self, name: str, address: str) -> None:
        """The last try did not fail, and what was mistyped before under this name from there is forgotten."""
        self.taken_back(name, address)
        self._failed.pop((name, holder(address)), None)

    def entered(self, name: str, now: datetime) -> timedelta:
        """Note a sign-in, each of which is a row of the audit for ever. How long to wait instead; zero when it may be."""
        key = (name, _ENTERED)
        wait = self._wait(key, MOST_ENTERED, now)
        if not wait:
            self._failed.setdefault(key, deque(maxlen=MOST_ENTERED)).append(now)
        return wait

    def _wait(self, key: tuple[str, str], most: int, now: datetime) -> timedelta:
        times = self._failed.get(key)
        if not times or len(times) < most:
            return timedelta(0)
        return max(times[0] + SPAN - now, timedelta(0))

    def _forget(self, now: datetime) -> None:
        """What is past; and when that is not enough, the oldest half."""
        self._failed = {key: times for key, times in self._failed.items() if times and times[-1] > now - SPAN}
        if len(self._failed) > _MOST_KEPT:
            newest = sorted(self._failed, key=lambda key: self._failed[key][-1])[_MOST_KEPT // 2 :]
            self._failed = {key: self._failed[key] for key in newest}


def _keys(name: str, address: str) -> tuple[tuple[tuple[str, str], int], ...]:
    return (((name, address), BY_BOTH), (("", address), BY_ADDRESS), ((name, ""), BY_NAME))
