"""The state of a whole area as one document, for a channel that retains it (docs/message_contract.md)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from alerts.channels.message import Message
from alerts.composition import FORMAT, Part, Postage, alert_facts, key_of, language_of
from alerts.recipients import RANK, Recipient
from domain.alerts import Alert
from domain.stations import Station
from domain.times import local

#: About 150 kB, which every broker carries; `count` says how many there are.
_MOST_OF_AN_AREA = 200


def area_message(parts: Sequence[Part], postage: Postage, now: datetime) -> Message:
    """The retained state of the recipient's area: every active alert that concerns it, the highest first."""
    delivery = parts[0].delivery
    recipient = postage.recipients.named(delivery.recipient)
    area = recipient.area if recipient is not None else ""
    readers = readers_of(postage.recipients, area, (delivery.channel,))
    heard = heard_in(readers, postage, exercises=delivery.channel in postage.exercise_channels)
    return Message(
        identifier=delivery.alert,
        version=delivery.version,
        recipient=delivery.recipient,
        language=language_of(delivery),
        headline="",
        body="",
        key=key_of(delivery),
        area=area,
        facts=area_facts(area, heard, now),
    )


def readers_of(recipients: Sequence[Recipient], area: str, channels: Collection[str]) -> list[Recipient]:
    """All who read the document of `area`: there is one a topic, whoever of them it is made for."""
    return [
        each for each in recipients if each.area == area and not {*each.copies, *each.channels}.isdisjoint(channels)
    ]


def heard_in(readers: Sequence[Recipient], postage: Postage, *, exercises: bool) -> list[tuple[Alert, Station]]:
    """What is active and concerns one of `readers`; drills only where they are allowed to go."""
    return [
        (alert, postage.stations[alert.station])
        for alert in postage.active
        if (exercises or not alert.exercise)
        and alert.station in postage.stations
        and any(each.hears(alert, alert.versions[-1], postage.stations[alert.station], told=1) for each in readers)
    ]


def area_facts(area: str, alerts: Sequence[tuple[Alert, Station]], now: datetime) -> dict[str, Any]:
    """The JSON that is retained on ews/alerts/v1/<area>."""
    found = sorted(alerts, key=lambda pair: (-RANK[pair[0].versions[-1].severity], -pair[0].level, pair[0].identifier))
    return {
        "format": FORMAT,
        "area": area,
        "published_at": local(now).isoformat(timespec="milliseconds"),
        "count": len(found),
        "alerts": [alert_facts(alert, alert.versions[-1], station) for alert, station in found[:_MOST_OF_AN_AREA]],
    }
