"""One decision about one station: its findings compared with its alerts, stored with their deliveries in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from alerts.life_cycle import SeverityPolicy, judged_since, reconcile
from alerts.outbox import deliveries_for, version_to_tell
from alerts.recipients import Recipient
from domain.alerts import Alert, Event, Finding
from domain.stations import Station
from storage.alerts import alerts_of, save_alert
from storage.database import Connection
from storage.deliveries import enqueue


def span_to_judge(connection: Connection, station: str, start: datetime) -> datetime:
    """The instant from which `station` should be judged: `start`, or earlier, where none of its alerts was running."""
    while True:
        stored = [alert for event in Event for alert in alerts_of(connection, station, event, start)]
        earlier = judged_since(start, stored)
        if earlier == start:
            return start
        start = earlier


def decide(
    connection: Connection,
    station: Station,
    findings: Sequence[Finding],
    *,
    policy: SeverityPolicy,
    recipients: Sequence[Recipient],
    clock_now: datetime,
    wall_now: datetime,
) -> list[Alert]:
    """Store what the findings of one station change, with the messages it makes; the alerts that changed.

    `clock_now`: now on the station's clock, which says what is long past. `wall_now`: when this is known and sent. Commit is
    the caller's. Raises DatabaseUnavailableError or DatabaseRefusedError.
    """
    by_event: dict[Event, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_event[finding.event].append(finding)
    changed: list[Alert] = []
    for event, of_event in by_event.items():
        stored = alerts_of(connection, station.id, event, min(finding.since for finding in of_event))
        known = {alert.identifier: len(alert.versions) for alert in stored}
        for alert in reconcile(station, event, of_event, stored, policy, wall_now):
            save_alert(connection, alert)
            told = version_to_tell(alert, alert.versions[known.get(alert.identifier, 0) :], clock_now)
            if told is not None:
                enqueue(connection, deliveries_for(alert, told, station, recipients, wall_now))
            changed.append(alert)
    return changed
