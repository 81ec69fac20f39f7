"""Drafts of public warnings: written at once for what an officer does, and right after its decision for what the rules find.

A storm is thousands of drafts in two languages; alerts and messages to the committee do not wait for them. The decision stores a
mark beside each alert, and whoever writes the draft removes the mark in the same transaction: killed in between, it is written later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.public_drafts import SYSTEM, has_wanted_draft, prepared
from alerts.telling_policy import TellingPolicy
from domain.alerts import Alert
from domain.stations import Station
from domain.warnings import PublicWarning
from storage import audit
from storage import public_warnings as store
from storage.alerts import alerts_named
from storage.database import Connection
from storage.notifications import ALERTS, notify_names

#: So many alerts a transaction: it is short, and an officer who edits one of them waits no longer.
_TOGETHER = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What one transaction did. `last`: the last mark it looked at, None when there was none; `failed`: their marks stay."""

    last: int | None
    drafts: int
    failed: Sequence[Exception] = ()


def mark(connection: Connection, changed: Sequence[Alert], policy: TellingPolicy) -> None:
    """Note whose draft is to be written, renewed or withdrawn; commit is the caller's."""
    events = () if policy.approval is None else policy.approval.events
    concerned = [a for a in changed if a.event in events and (a.ended_at is not None or has_wanted_draft(a, policy))]
    store.mark_due(connection, [alert.identifier for alert in concerned])


def write_due(
    connection: Connection, stations: Mapping[str, Station], policy: TellingPolicy, now: datetime, *, after: int = 0
) -> Written:
    """Do what the marks after this one ask for, some hundred alerts as they are now; commit is the caller's."""
    marks = store.due(connection, after, _TOGETHER)
    alerts = alerts_named(connection, list({alert for _, alert in marks})) if marks else {}
    alive = store.lock_alive(connection, list(alerts))
    made, failed = list[PublicWarning](), dict[str, Exception]()
    for name, alert in alerts.items():
        station = stations.get(alert.station)
        try:
            draft = None if station is None else prepared(alert, station, policy, now, alive.get(name))
        except Exception as error:  # noqa: BLE001 - raised at the end by scheduler/drafting.py: one alert's words silence no other's
            error.add_note(f"draft of {name}")
            failed[name] = error
        else:
            made += [] if draft is None else [draft]
    store_all(connection, made, SYSTEM)
    notify_names(connection, ALERTS, [draft.alert for draft in made])  # every open desk shows them at once
    store.remove_due(connection, [number for number, alert in marks if alert not in failed])
    return Written(last=marks[-1][0] if marks else None, drafts=len(made), failed=list(failed.values()))


def prepare(
    connection: Connection, station: Station, alert: Alert, policy: TellingPolicy, now: datetime
) -> PublicWarning | None:
    """Write, renew or withdraw the draft of one alert that an officer changed; commit is the caller's."""
    alive = store.lock_alive(connection, [alert.identifier])
    made = prepared(alert, station, policy, now, alive.get(alert.identifier))
    return None if made is None else stored(connection, made, SYSTEM)


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
