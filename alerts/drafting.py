"""Drafts of public warnings are written in the transaction that decides about their alert."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.public_drafts import SYSTEM, prepared
from alerts.telling_policy import TellingPolicy
from domain.alerts import Alert
from domain.stations import Station
from domain.warnings import PublicWarning
from storage import audit
from storage import public_warnings as store
from storage.database import Connection


def prepare(
    connection: Connection, changed: Sequence[tuple[Station, Alert]], policy: TellingPolicy, now: datetime
) -> list[PublicWarning]:
    """Write, renew or withdraw the drafts of alerts that changed; commit is the caller's."""
    if policy.approval is None or not changed:
        return []
    of_events = [(station, alert) for station, alert in changed if alert.event in policy.approval.events]
    alive = {
        w.alert: w for w in store.warnings(connection, alerts=[a.identifier for _, a in of_events], alive_only=True)
    }
    found = (prepared(alert, station, policy, now, alive.get(alert.identifier)) for station, alert in of_events)
    made = [warning for warning in found if warning is not None]
    store_all(connection, made, SYSTEM)
    return made


def stored(connection: Connection, warning: PublicWarning, person: str) -> PublicWarning:
    """Store a warning with its audit entry."""
    store_all(connection, [warning], person)
    return warning


def store_all(connection: Connection, warnings: Sequence[PublicWarning], person: str) -> None:
    """Store warnings with their audit entries, in their order: a storm drafts thousands."""
    store.save_warnings(connection, warnings)
    audit.add_all(connection, [_noted(warning, person) for warning in warnings])


def _noted(warning: PublicWarning, person: str) -> tuple[str, str, str, dict[str, object]]:
    newest = warning.versions[-1]
    detail: dict[str, object] = {"alert": warning.alert, "version": newest.number, "note": newest.note}
    return person, f"warning_{newest.step}", warning.identifier, detail
