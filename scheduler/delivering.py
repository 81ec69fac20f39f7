"""Messages that are due."""

from __future__ import annotations

from datetime import datetime

import structlog

from scheduler.house import House

_log = structlog.get_logger(__name__)

#: So long one run goes on while receivers keep it waiting; what is under way then is settled by the next.
_ROUND_S = 2.0


def deliver(house: House, names: frozenset[str] | None, now: datetime) -> int:
    """Send what is due, of whatever station; the number of messages sent. The office has its own clock."""
    del names, now  # the outbox knows what is due
    outcomes = house.office.work(seconds=_ROUND_S, stopped=house.stop.is_set)
    if outcomes:
        _log.info("delivered", **dict(outcomes))
    return outcomes["sent"]
