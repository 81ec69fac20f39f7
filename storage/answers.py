"""What was sent to each recipient and whether they answered: one question for many alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Connection
from storage.queries import query


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The newest version of one alert that was sent to one recipient. `urgent`: it asks for an answer; `person`: who gave it.

    `reached` False: every attempt failed, the first at `sent_at`.
    """

    alert: str
    version: int
    sent_at: datetime
    urgent: bool
    person: str | None
    answered_at: datetime | None  # None: nobody has
    reached: bool = True


_FIELDS = tuple(Answer.__dataclass_fields__)


def answers(connection: Connection, alerts: Sequence[str]) -> dict[str, list[Answer]]:
    """By recipient, oldest first; copies are left out, because nobody answers them."""
    found: dict[str, list[Answer]] = {}
    rows = connection.execute(query("unit_answers"), {"alerts": list(alerts)}).fetchall()
    for recipient, *row in rows:
        found.setdefault(recipient, []).append(Answer(**dict(zip(_FIELDS, row, strict=True))))
    return found
