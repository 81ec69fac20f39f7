"""What is late or away, and what changed about it since the last look. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

#: An alarm that nobody repairs is said again so often.
REPEAT_AFTER = timedelta(hours=1)
#: What is seen without asking the database.
SEEN_WITHOUT_IT = frozenset({"database", "broker", "audit", "rules", "deadman"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """One thing that is late or away: `key` and `facts` of the sentence that says so (alerts/locale, watch.found.*).

    `outside`: not the house is in trouble, but a receiver or a siren that it speaks to.
    """

    key: str
    since: datetime
    facts: tuple[tuple[str, str], ...] = ()
    outside: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What is to be said: `trouble` None means that it is well again."""

    subject: str
    trouble: Trouble | None
    since: datetime


class Watch:
    """Remembers what is open. A trouble is said when it is seen twice in a row, again each hour, and when it is over."""

    def __init__(self) -> None:
        self._suspected: dict[str, Trouble] = {}
        self._open: dict[str, tuple[Trouble, datetime]] = {}  # with when it was last said

    @property
    def open(self) -> dict[str, Trouble]:
        """What is late or away now, by subject."""
        return {subject: trouble for subject, (trouble, _) in self._open.items()}

    @property
    def well(self) -> bool:
        """Whether nothing of the house is late, away or under suspicion: it can say itself what is wrong outside."""
        return all(trouble.outside for trouble in [*self.open.values(), *self._suspected.values()])

    def inherit(self, known: Mapping[str, datetime], now: datetime) -> None:
        """What an earlier watcher said, with since when: it is not said anew, and its end is told."""
        for subject, since in known.items():
            self._open.setdefault(subject, (Trouble(key="inherited", since=since), now))

    def look(self, found: Mapping[str, Trouble], now: datetime) -> list[Change]:
        """Take what one look found; what is to be said.

        A look that the database did not answer knows nothing of what stands there: that is neither over nor new.
        """
        changes = []
        for subject, trouble in found.items():
            known = self._open.get(subject)
            if known is None and subject not in self._suspected:
                continue
            since = trouble.since if known is None else known[0].since
            newest = replace(trouble, since=since)
            quiet = known is not None and now - known[1] < REPEAT_AFTER
            self._open[subject] = (newest, known[1] if known is not None and quiet else now)
            if not quiet:
                changes.append(Change(subject=subject, trouble=newest, since=since))
        gone = self._open.keys() - found.keys()
        for subject in gone & SEEN_WITHOUT_IT if "database" in found else gone:
            trouble, _ = self._open.pop(subject)
            changes.append(Change(subject=subject, trouble=None, since=trouble.since))
        self._suspected = {subject: trouble for subject, trouble in found.items() if subject not in self._open}
        return changes
