"""Drafts of public warnings, right after the alerts they speak of are stored."""

from __future__ import annotations

import time
from datetime import datetime

import structlog

from alerts.drafting import write_due
from scheduler.house import House

_log = structlog.get_logger(__name__)

#: So long at most drafts wait while gauges that have risen are still being judged: alerts and messages to the committee come first.
LONGEST_WAIT_S = 5.0


def draft(house: House, names: frozenset[str] | None, now: datetime) -> int:
    """Write every draft that is due; how many. One that cannot be written is raised when the others are."""
    del names  # the marks know what is due
    _let_the_storm_by(house)
    last, drafts, failed = 0, 0, list[Exception]()
    while not house.stop.is_set():
        with house.database.transaction() as connection:
            written = write_due(connection, house.stations, house.telling, now, after=last)
        if written.last is None:
            break
        last, drafts, failed = written.last, drafts + written.drafts, [*failed, *written.failed]
    if drafts:
        _log.info("drafts_written", count=drafts)
    if failed:
        raise ExceptionGroup("drafts that could not be written", failed)
    return drafts


def _let_the_storm_by(house: House) -> None:
    until_s = time.monotonic() + LONGEST_WAIT_S
    while house.storm.is_set() and time.monotonic() < until_s and not house.stop.wait(0.05):
        pass
