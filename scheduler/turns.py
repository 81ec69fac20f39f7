"""Whose turn it is to be judged: first where the newest reading may be news, the gravest first, then those that have waited longest.

The order is all that is decided here. Whatever it is, the same readings lead to the same alerts: everybody who asked is judged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

#: As many are judged together as take about so long when nothing is urgent: what becomes urgent meanwhile waits no longer.
TURN_S = 0.03
#: So many at least, and to begin with: fewer cost more in going to the database than in judging.
LEAST = 16
#: So many at most, and of those that are urgent: what is looked at together.
MOST_FIRST = 500
#: So many of those that are urgent when they are equally grave: within a turn some are stored while the next are looked at, between
#: two turns nobody is. The price: what is graver and appears during such a turn waits for its end, seconds.
MOST_ALIKE = 5000
#: So long nobody is judged again who is not urgent: a sensor that speaks many times a second leaves the processor to others.
REST_S = 1.0


class Turns:
    """The stations that wait, in the order in which they asked. For one thread; `now_s` is of one steady clock."""

    def __init__(self) -> None:
        self._first: dict[str, int] = {}  # how grave
        self._waiting: dict[str, float] = {}  # not before this time
        self._judged_s: dict[str, float] = {}
        self._most = LEAST

    def join(self, names: Iterable[str], urgent: Mapping[str, int], restless: Collection[str] = ()) -> None:
        """Take these in. Who waits already keeps the place, but for one who has become urgent or graver.

        `urgent`: how grave the news of some of them may be: what is graver is judged first and may speak for what is less.
        `restless`: those who need no rest, because their time runs faster than ours.
        """
        for name in names:
            if name in urgent:
                self._waiting.pop(name, None)
                self._first[name] = max(urgent[name], self._first.get(name, 0))
            elif name not in self._first:
                rest_s = 0.0 if name in restless else REST_S
                self._waiting.setdefault(name, self._judged_s.get(name, -rest_s) + rest_s)

    @property
    def hurried(self) -> bool:
        """Whether somebody urgent waits."""
        return bool(self._first)

    def next(self, now_s: float) -> frozenset[str]:
        """Those who are judged now; they no longer wait. Empty when nobody is due."""
        if self._first:
            chosen = sorted(self._first, key=lambda name: -self._first[name])
            gravest = [name for name in chosen if self._first[name] == self._first[chosen[0]]]
            chosen = gravest[:MOST_ALIKE] if len(gravest) > MOST_FIRST else chosen[:MOST_FIRST]
            for name in chosen:
                del self._first[name]
        else:
            chosen = [name for name, due_s in self._waiting.items() if due_s <= now_s][: self._most]
            for name in chosen:
                del self._waiting[name]
        self._judged_s |= dict.fromkeys(chosen, now_s)
        return frozenset(chosen)

    def took(self, count: int, seconds: float) -> None:
        """So many were judged in so long; of a few it says nothing.

        One in alarm costs what twenty calm ones do: a turn is at most twice as large as the one before.
        """
        if count >= LEAST:
            fitting = round(count * TURN_S / seconds) if seconds > 0 else MOST_FIRST
            self._most = max(LEAST, min(fitting, 2 * count, MOST_FIRST))

    def pause_s(self, now_s: float) -> float | None:
        """How long nobody is due; None when nobody waits."""
        if self._first:
            return 0.0
        return max(0.0, min(self._waiting.values()) - now_s) if self._waiting else None
