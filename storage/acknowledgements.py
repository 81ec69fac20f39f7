"""Who said that they have read which warning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from storage import audit
from storage.database import Connection
from storage.notifications import ALERTS, notify_names
from storage.queries import query


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledgement:
    """One recipient, or one person of it, has read one version of an alert. `how`: link, page or command.

    `origin`: the recipient that did not answer, when it was told in that one's stead; '' when it read the warning itself.
    """

    alert: str
    version: int
    recipient: str
    person: str
    at: datetime
    how: str
    origin: str = ""


def acknowledge(connection: Connection, found: Acknowledgement) -> bool:
    """Store it with its audit entry, which stops the escalation; False when it was said before."""
    new = connection.execute(query("acknowledgement_add"), asdict(found)).fetchone() is not None
    if new:
        notify_names(connection, ALERTS, [found.alert])
        actor = f"{found.recipient}/{found.person}" if found.person else found.recipient
        detail: dict[str, object] = {"version": found.version, "how": found.how}
        detail |= {"in_stead_of": found.origin} if found.origin else {}
        audit.add(connection, actor, "acknowledged", found.alert, detail)
    return new


def acknowledgements_of(connection: Connection, alerts: Sequence[str]) -> list[Acknowledgement]:
    """Those of these alerts, oldest first."""
    rows = connection.execute(query("acknowledgements_of"), (list(alerts),)).fetchall()
    return [
        Acknowledgement(alert=alert, version=version, recipient=recipient, person=person, at=at, how=how, origin=origin)
        for alert, version, recipient, person, at, how, origin in rows
    ]
