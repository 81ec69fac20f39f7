"""Which jobs nobody has asked for their interval, by a clock that cannot be set.

APScheduler reckons with the wall clock: set back by hours, it asks for nothing until the old time has come again.
"""

from __future__ import annotations

from collections.abc import Mapping

#: So much longer than its interval a job waits for APScheduler, which is the one to ask as long as its clock goes on.
LEEWAY_S = 1.0


class Intervals:
    """When each job was last asked at its interval; `now_s` is of one steady clock. Two threads may use it."""

    def __init__(self, every_s: Mapping[str, float], now_s: float) -> None:
        self._every_s = dict(every_s)
        self._asked_s = dict.fromkeys(self._every_s, now_s)

    def asked(self, name: str, now_s: float) -> None:
        """Somebody has asked this job."""
        self._asked_s[name] = now_s

    def due(self, now_s: float) -> list[str]:
        """The jobs that nobody has asked in time; they count as asked now."""
        due = [name for name, every_s in self._every_s.items() if now_s - self._asked_s[name] >= every_s + LEEWAY_S]
        for name in due:
            self.asked(name, now_s)
        return due
