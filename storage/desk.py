"""What the warnings desk asks about many alerts at once: who was sent what, and in which states their messages are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Connection
from storage.queries import query


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """The newest version of an alert that was sent to a recipient. `urgent`: an answer is asked for."""

    alert: str
    recipient: str
    version: int
    sent_at: datetime
    urgent: bool
    escalate_at: datetime | None  # when the next rung or person is told, unless they answer


def told(connection: Connection, alerts: Sequence[str]) -> dict[str, list[Told]]:
    """Who was sent each of these alerts, by alert, ordered by recipient; copies left out."""
    found: dict[str, list[Told]] = {}
    rows = connection.execute(query("desk_told"), {"alerts": list(alerts)}).fetchall()
    for alert, recipient, version, sent_at, urgent, escalate_at in rows:
        one = Told(
            alert=alert, recipient=recipient, version=version, sent_at=sent_at, urgent=urgent, escalate_at=escalate_at
        )
        found.setdefault(alert, []).append(one)
    return found


def delivery_counts(connection: Connection, alerts: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many deliveries of each of these alerts are in each state, by alert and state."""
    found: dict[str, dict[str, int]] = {}
    for alert, state, count in connection.execute(query("desk_counts"), {"alerts": list(alerts)}).fetchall():
        found.setdefault(alert, {})[state] = count
    return found
