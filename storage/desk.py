"""What the warnings desk asks about many alerts at once: who was sent what, and in which states their messages are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Connection
from storage.queries import query


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """The newest version of an alert that was sent to a recipient. `urgent`: an answer is asked for.

    `reached` False: every attempt failed, the first at `sent_at`.
    """

    alert: str
    recipient: str
    version: int
    sent_at: datetime
    urgent: bool
    escalate_at: datetime | None  # when the next rung or person is told, unless they answer
    reached: bool = True


_FIELDS = tuple(Told.__dataclass_fields__)


def told(connection: Connection, alerts: Sequence[str]) -> dict[str, list[Told]]:
    """Who was sent each of these alerts, by alert, ordered by recipient; copies left out."""
    found: dict[str, list[Told]] = {}
    rows = connection.execute(query("desk_told"), {"alerts": list(alerts)}).fetchall()
    for row in rows:
        one = Told(**dict(zip(_FIELDS, row, strict=True)))
        found.setdefault(one.alert, []).append(one)
    return found


def delivery_counts(connection: Connection, alerts: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many deliveries of each of these alerts are in each state, by alert and state."""
    found: dict[str, dict[str, int]] = {}
    for alert, state, count in connection.execute(query("desk_counts"), {"alerts": list(alerts)}).fetchall():
        found.setdefault(alert, {})[state] = count
    return found
