"""Messages that are due."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import structlog

from alerts.delivery import deliver_due
from scheduler.house import House

_log = structlog.get_logger(__name__)

#: After so many messages the process looks whether it is to stop.
_ROUND = 20


def deliver(house: House, names: frozenset[str] | None, now: datetime) -> int:
    """Send what is due at the wall time `now`, of whatever station; the number of messages sent."""
    del names  # the outbox knows what is due
    outcomes: Counter[str] = Counter()
    while not house.stop.is_set():
        round_outcomes = deliver_due(house.database, house.channels, now, most=_ROUND)
        outcomes += round_outcomes
        if round_outcomes.total() < _ROUND:
            break
    if outcomes:
        _log.info("delivered", **dict(outcomes))
    return outcomes["sent"]
