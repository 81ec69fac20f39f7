"""The outbox: one row for each alert version, recipient and channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.database import Connection
from storage.queries import query


@dataclass(frozen=True, kw_only=True, slots=True)
class NewDelivery:
    """What is to be sent, to whom, over which channel, from when on."""

    alert: str
    version: int
    recipient: str
    channel: str
    language: str
    due_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """A row of the outbox. `state`: waiting, sent or failed; `at`: the last change of state."""

    id: int
    alert: str
    version: int
    recipient: str
    channel: str
    language: str
    state: str
    attempts: int
    due_at: datetime
    at: datetime
    error: str | None


def enqueue(connection: Connection, deliveries: Sequence[NewDelivery]) -> None:
    """Add deliveries; one that is there already (same version, recipient and channel) is left as it is."""
    with connection.cursor() as cursor:
        cursor.executemany(
            query("delivery_insert"),
            [(d.alert, d.version, d.recipient, d.channel, d.language, d.due_at, d.due_at) for d in deliveries],
        )


def take_due(connection: Connection, now: datetime, limit: int) -> list[Delivery]:
    """At most `limit` waiting deliveries due at `now`, locked until this transaction ends; others skip them."""
    return [_delivery(row) for row in connection.execute(query("deliveries_due"), (now, limit)).fetchall()]


def mark_sent(connection: Connection, delivery_id: int, at: datetime) -> None:
    """It arrived at the channel."""
    connection.execute(query("delivery_sent"), (at, delivery_id))


def mark_failed(connection: Connection, delivery_id: int, at: datetime, error: str, *, due_at: datetime | None) -> None:
    """One attempt failed: try again at `due_at`, or never when that is None."""
    connection.execute(query("delivery_failed"), {"id": delivery_id, "at": at, "error": error, "due_at": due_at})


def deliveries_of(connection: Connection, alert: str) -> list[Delivery]:
    """Every delivery of one alert, ordered by version, recipient and channel."""
    return [_delivery(row) for row in connection.execute(query("deliveries_of"), (alert,)).fetchall()]


def _delivery(row: tuple[Any, ...]) -> Delivery:
    number, alert, version, recipient, channel, language, state, attempts, due_at, at, error = row
    return Delivery(
        id=number,
        alert=alert,
        version=version,
        recipient=recipient,
        channel=channel,
        language=language,
        state=state,
        attempts=attempts,
        due_at=due_at,
        at=at,
        error=error,
    )
