"""Due rows of the outbox to channels: at least once, in order for each alert, recipient and channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

import structlog

from alerts.channels.message import Channel, GiveUp, Outcome, Retry, Sent
from alerts.wording import message
from domain.stations import Station
from domain.words import Language
from storage import alerts as alert_store
from storage import deliveries
from storage.database import Connection, Database
from storage.deliveries import Delivery
from storage.stations import load_stations

_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(minutes=10)
#: Five waits that double and then ten minutes each: about a day. A warning older than that is no warning.
MOST_ATTEMPTS = 150

_log = structlog.get_logger(__name__)


def next_due(attempts: int, now: datetime) -> datetime | None:
    """When to try again after `attempts` failed ones (1 or more): 5 s, 10 s, 20 s … 10 min; None after MOST_ATTEMPTS."""
    if attempts >= MOST_ATTEMPTS:
        return None
    doublings = min(attempts - 1, 20)
    return now + min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)


def deliver_due(
    database: Database, channels: Mapping[str, Channel], now: datetime, *, most: int = 1000
) -> Counter[str]:
    """Send what is due at `now` (wall clock), at most `most` messages; how many were sent, postponed and given up.

    Each row is taken, sent and marked in a transaction of its own: a process killed between sending and marking sends that
    one message again, and no other. A receiver that is away holds back only its own later messages of the same alert.
    Raises DatabaseUnavailableError.
    """
    outcomes: Counter[str] = Counter()
    stations: dict[str, Station] = {}
    for _ in range(most):
        with database.transaction() as connection:
            due = deliveries.take_due(connection, now, 1)
            if not due:
                break
            stations = stations or load_stations(connection)
            outcome = _send(connection, due[0], channels, stations)
            outcomes[_record(connection, due[0], outcome, now)] += 1
    return outcomes


def _send(
    connection: Connection, delivery: Delivery, channels: Mapping[str, Channel], stations: Mapping[str, Station]
) -> Outcome:
    channel = channels.get(delivery.channel)
    if channel is None:
        return GiveUp(f"there is no channel {delivery.channel!r}; known are {', '.join(sorted(channels))}")
    alert = alert_store.alert(connection, delivery.alert)
    version = next((v for v in alert.versions if v.number == delivery.version), None) if alert is not None else None
    station = stations.get(alert.station) if alert is not None else None
    if alert is None or version is None or station is None:
        return GiveUp(f"alert {delivery.alert} has no version {delivery.version} or no station any more")
    return channel(message(alert, version, station, recipient=delivery.recipient, language=_language(delivery)))


def _record(connection: Connection, delivery: Delivery, outcome: Outcome, now: datetime) -> str:
    """Mark the row; the word for the count."""
    match outcome:
        case Sent():
            deliveries.mark_sent(connection, delivery.id, now)
            return "sent"
        case Retry(error):
            due_at = next_due(delivery.attempts + 1, now)
        case GiveUp(error):
            due_at = None
        case _:
            assert_never(outcome)
    deliveries.mark_failed(connection, delivery.id, now, error, due_at=due_at)
    _log.warning(
        "delivery_failed",
        alert=delivery.alert,
        version=delivery.version,
        recipient=delivery.recipient,
        channel=delivery.channel,
        error=error,
        again_at=None if due_at is None else due_at.isoformat(),
    )
    return "postponed" if due_at is not None else "given_up"


def _language(delivery: Delivery) -> Language:
    return "en" if delivery.language == "en" else "vi"
