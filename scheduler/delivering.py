"""Messages that are due."""

from __future__ import annotations

from datetime import datetime

import structlog

from alerts.delivery import deliver_due
from scheduler.house import House

_log = structlog.get_logger(__name__)


def deliver(house: House, now: datetime) -> int:
    """Send what is due at the wall time `now`; the number of messages sent."""
    outcomes = deliver_due(house.database, house.channels, now)
    if outcomes:
        _log.info("delivered", **dict(outcomes))
    return outcomes["sent"]
