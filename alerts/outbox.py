"""Which versions of an alert become messages, and to whom: the rows that are stored with the decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.escalation import first_deliveries
from alerts.recipients import Recipient, Recipients
from domain.alerts import Alert, AlertVersion, Reason
from domain.stations import Station
from storage.deliveries import NewDelivery

#: An episode that ended longer ago than this, on the station's own clock, is history: it is stored and shown, but nobody is
#: woken for it. A catch-up after an outage, or the first look at a year of imported readings, finds many of those.
STALE_AFTER = timedelta(hours=2)

#: Reasons of versions that replace what was believed of the past.
CORRECTIONS = (Reason.LATE_DATA, Reason.LATE_FORECAST, Reason.RULES_CHANGED)


def version_to_tell(alert: Alert, decided: Sequence[AlertVersion], clock_now: datetime) -> AlertVersion | None:
    """The one of the versions `decided` together that people are told, or None.

    It is the newest: after an outage one message says where things stand, and the others remain as history. Nothing is told of
    an episode that ended more than STALE_AFTER before `clock_now` (the station's clock), unless it was running when last
    told of: who heard of a warning hears of its end, however late. Nothing is told either when late data only changed the
    past, while the level, how it is known and whether it goes on are as they were told before.
    """
    if not decided:
        return None
    newest = decided[-1]
    before = next((v for v in reversed(alert.versions) if v.number < decided[0].number), None)
    was_running = before is not None and before.level > 0
    if alert.ended_at is not None and clock_now - alert.ended_at > STALE_AFTER and not was_running:
        return None
    unchanged = before is not None and (before.level, before.phase) == (newest.level, newest.phase)
    return None if newest.reason in CORRECTIONS and unchanged else newest


def deliveries_for(
    alert: Alert,
    version: AlertVersion,
    station: Station,
    recipients: Sequence[Recipient],
    due_at: datetime,
    *,
    told: int | None = None,
) -> list[NewDelivery]:
    """For each recipient whom `version` concerns: its copies, and the first rung of its ladder (alerts/escalation.py).

    `told`: the version that people were told of last, None when that is the one before.
    """
    known = recipients if isinstance(recipients, Recipients) else Recipients.of(recipients)
    basin = station.basin or station.id
    return [
        row
        for recipient in known.hearing(alert, version, station, told)
        for row in first_deliveries(known, recipient, alert=alert.identifier, version=version, basin=basin, now=due_at)
    ]
