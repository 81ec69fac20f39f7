"""From each level that readings reached to the people who confirmed that they knew: pure, and the same for the same evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cli.exercise_answers import about
from cli.exercise_evidence import Evidence, Hydrograph
from cli.exercise_findings import reached, read_level
from domain.alerts import Alert, AlertVersion, Event
from storage.deliveries import Delivery

#: Events whose levels people act by, and what each is judged by: the first of these that the station measures.
_JUDGED_BY: Mapping[Event, tuple[str, ...]] = {
    Event.FLOOD: ("water_level",),
    Event.STRONG_WIND: ("wind_speed", "wind_gust"),
    Event.AIR_QUALITY: ("pm2_5", "pm10"),
}
#: An alert and the number of its version.
Change = tuple[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One recipient of one alert version. Seconds of the wall; minutes of the exercise's clock; None: it never did."""

    recipient: str
    sent_s: float | None  # from the reading's arrival until the message was taken
    confirmed_min: float | None  # what the recipient meant to take over it, by its rule
    confirmed_s: float | None  # what was measured: from the message until the confirmation was stored


@dataclass(frozen=True, kw_only=True, slots=True)
class Crossing:
    """A level that readings reached, and how long it took until people knew. Seconds of the wall clock."""

    station: str
    event: Event
    at: datetime
    level: int
    value: float | None
    decided_s: float  # from the arrival of the reading that crossed to the decision; NaN when it came late
    told: tuple[Told, ...]


def crossings(found: Evidence) -> list[Crossing]:
    """Every level of water, wind or air that a watched station reached, in order of time."""
    together = _together(found)
    rows = [
        _crossing(found, alert, version, together)
        for alert in found.alerts
        if alert.event in _JUDGED_BY and alert.station in found.exercise.watched
        for version in reached(alert)
    ]
    return sorted(rows, key=lambda row: (row.at, row.station))


def _crossing(
    found: Evidence, alert: Alert, version: AlertVersion, together: Mapping[str | None, frozenset[Change]]
) -> Crossing:
    graph = _measured(found, alert)
    received_s = float("nan") if graph is None else graph.received(version.at)
    decided_s = version.decided_at.timestamp() - received_s
    return Crossing(
        station=alert.station,
        event=alert.event,
        at=version.at,
        level=read_level(version),
        value=version.value,
        decided_s=decided_s if decided_s >= 0 else float("nan"),
        told=_told(found, (alert.identifier, version.number), received_s, together),
    )


def _measured(found: Evidence, alert: Alert) -> Hydrograph | None:
    """What an alert was judged by; None when it is not among what the report draws."""
    if alert.event is Event.FLOOD:
        return found.levels.get(alert.station)
    drawn = found.weather.get(alert.station, {})
    return next((drawn[quantity] for quantity in _JUDGED_BY[alert.event] if quantity in drawn), None)


def _together(found: Evidence) -> dict[str | None, frozenset[Change]]:
    """The changes that each message told: the key that its recipient saw names one of them alone."""
    told: dict[str | None, set[Change]] = {}
    for rows in found.sent.values():
        for row in rows:
            told.setdefault(row.message, set()).add((row.alert, row.version))
    return {message: frozenset(changes) for message, changes in told.items() if message is not None}


def _told(
    found: Evidence, change: Change, received_s: float, together: Mapping[str | None, frozenset[Change]]
) -> tuple[Told, ...]:
    by_recipient: dict[str, list[Delivery]] = {}
    for row in found.sent[change[0]]:
        if row.version == change[1]:
            by_recipient.setdefault(row.recipient, []).append(row)
    return tuple(_one(found, rows, change, received_s, together) for rows in by_recipient.values())


def _one(
    found: Evidence,
    rows: list[Delivery],
    change: Change,
    received_s: float,
    together: Mapping[str | None, frozenset[Change]],
) -> Told:
    recipient = rows[0].recipient
    first = min((row for row in rows if row.sent_at is not None), key=lambda row: (row.sent_at, row.id), default=None)
    stored = [a.at for a in found.confirmed if (a.alert, a.version, a.recipient) == (*change, recipient)]
    if first is None or first.sent_at is None:
        return Told(recipient=recipient, sent_s=None, confirmed_min=None, confirmed_s=None)
    told = together.get(first.message, frozenset())
    return Told(
        recipient=recipient,
        sent_s=first.sent_at.timestamp() - received_s,
        confirmed_min=_rule_min(found, recipient, change, told) if stored else None,
        confirmed_s=max((min(stored) - first.sent_at).total_seconds(), 0.0) if stored else None,
    )


def _rule_min(found: Evidence, recipient: str, change: Change, together: frozenset[Change]) -> float | None:
    """How long this recipient took over the message about the change, or over the one that told it with others."""
    answers = [a for a in found.answers if a.recipient == recipient and a.after_min is not None]
    own = [a.after_min for a in answers if about(a) == change]
    return next(iter([*own, *(a.after_min for a in answers if about(a) in together)]), None)
