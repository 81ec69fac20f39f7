"""What is wrong with delivery: messages that wait or reached nobody, and channels whose receivers do not answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.delivery import Office
from alerts.places import stamp
from scheduler.watch import Trouble
from storage import deliveries
from storage.database import Connection

#: A message that is due waits so long for its first attempt only when delivery is stuck or a rate limit is far too low.
_DELIVERY_LATE = timedelta(seconds=60)
#: How long a message that reached nobody counts as a trouble.
_EXHAUSTED_FOR = timedelta(minutes=10)


class DeliveryWatch:
    """Looks at the outbox and asks the office about its receivers. Remembers what reached nobody."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._exhausted: Trouble | None = None

    def found(self, connection: Connection, now: datetime, watched_since: datetime) -> dict[str, Trouble]:
        """By subject. What waits since before `watched_since` counts from then on.

        A receiver that fails is no fault of delivery: what waits for it waits for it alone, and is told of as its channel's.
        """
        failing = self._office.failing()
        found = {
            f"channel/{held.channel}": Trouble(
                key="held",
                since=held.since,
                facts=(("count", str(held.receivers)), ("error", failing[held.receiver][:200])),
                outside=True,
            )
            for held in deliveries.held_up(connection, now, list(failing))
        }
        waiting = deliveries.oldest_untried(connection, now, list(failing))
        if waiting is not None and now - max(waiting, watched_since) > _DELIVERY_LATE:
            found["delivery"] = Trouble(key="waiting", since=waiting, facts=(("time", stamp(waiting)),))
        elif exhausted := self._exhausted_lately(now):
            found["delivery"] = exhausted
        return found

    def _exhausted_lately(self, now: datetime) -> Trouble | None:
        """A message that reached nobody; it is a trouble for some minutes."""
        error, self._office.exhausted = self._office.exhausted, None
        if error is not None:
            self._exhausted = Trouble(key="exhausted", since=now, facts=(("error", error[:200]),))
        known = self._exhausted
        return known if known is not None and now - known.since < _EXHAUSTED_FOR else None
