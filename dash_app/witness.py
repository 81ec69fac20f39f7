"""Who saw which state of an alert: its page is shown again with every change around it, and the audit says it once."""

from __future__ import annotations

from dash_app.feed import Feed
from storage import audit

#: So many are remembered, so that most refreshes ask nothing; the database knows the others.
_REMEMBERED = 10_000


class Witness:
    """Writes down, for each person and state, that it was shown to them."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._known: set[tuple[str, str, int]] = set()

    def note(self, person: str, alert: str, version: int) -> bool:
        """Whether this is the first time. While the database is away nothing is noted; the next showing is."""
        if (person, alert, version) in self._known:
            return False
        first = self._feed.read(lambda c: audit.add_once(c, person, "saw", alert, {"version": version}))
        if first is not None:
            self._known = self._known if len(self._known) < _REMEMBERED else set()
            self._known.add((person, alert, version))
        return bool(first)
