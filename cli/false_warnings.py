"""Which warnings of an exercise were false: there was nothing of the kind to be warned of, or nothing had failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cli.exercise_evidence import Evidence
from cli.exercise_findings import read_level
from domain.alerts import Alert, AlertVersion, Event, Phase, Reason

#: Warnings about devices; all others are about water, rain, wind and air.
_OF_DEVICES = frozenset({Event.NO_SIGNAL, Event.SENSOR_STUCK, Event.DOUBTFUL_READING})
#: What a fault or an outage did may be noticed so much later.
_AFTERWARDS = timedelta(hours=1)
#: A silence counts from where the next reading was due, which is not to the second where it would have come.
_JITTER = timedelta(minutes=2)


#: These say again what was said before, and find nothing new.
_SAID_AGAIN = frozenset({Reason.REPEATED, Reason.ESCALATED})


class Why(StrEnum):
    """What makes a warning false."""

    NO_SUCH_HAZARD = "no such hazard"
    NOTHING_FAILED = "nothing failed"
    DID_NOT_COME = "did not come"  # forecast, and never read


@dataclass(frozen=True, kw_only=True, slots=True)
class FalseWarning:
    """One alert that should not have been raised."""

    alert: Alert
    why: Why


def false_warnings(found: Evidence) -> list[FalseWarning]:
    """All of them, oldest first."""
    judged = ((alert, _why(found, alert)) for alert in found.alerts)
    return [FalseWarning(alert=alert, why=why) for alert, why in judged if why is not None]


@dataclass(frozen=True, kw_only=True, slots=True)
class UnreadLevel:
    """A level that an alert was raised to by forecast, and that was withdrawn before any reading had reached it."""

    alert: Alert
    told: AlertVersion
    withdrawn: AlertVersion


def unread_levels(found: Evidence) -> list[UnreadLevel]:
    """All of alerts that are true otherwise, in order of time; those of a false alert are counted with it."""
    false = {row.alert.identifier for row in false_warnings(found)}
    rows = [row for alert in found.alerts if alert.identifier not in false for row in _unread(alert)]
    return sorted(rows, key=lambda row: (row.told.at, row.alert.identifier))


def _unread(alert: Alert) -> Iterator[UnreadLevel]:
    """Each level it was raised to by forecast waits to be read; one that a person ended is nobody's mistake."""
    waiting: list[AlertVersion] = []
    before = 0
    for version in (one for one in alert.versions if one.reason not in _SAID_AGAIN):
        seen = read_level(version)
        waiting = [told for told in waiting if told.level > seen]
        if version.reason is not Reason.ENDED_BY_PERSON:
            gone = [told for told in waiting if told.level > version.level]
            yield from (UnreadLevel(alert=alert, told=told, withdrawn=version) for told in gone)
        waiting = [told for told in waiting if told.level <= version.level]
        if version.level > max(seen, before):
            waiting.append(version)
        before = version.level


def _why(found: Evidence, alert: Alert) -> Why | None:
    hazards = found.exercise.hazards
    if alert.event in _OF_DEVICES:
        failed = any(
            first - _JITTER <= alert.raised_at <= last + _AFTERWARDS for first, last in _failures(found, alert)
        )
        return None if failed else Why.NOTHING_FAILED
    if hazards is not None and alert.event not in hazards:
        return Why.NO_SUCH_HAZARD
    forecast = all(version.phase is Phase.FORECAST for version in alert.versions if version.level)
    return Why.DID_NOT_COME if forecast and alert.ended_at is not None else None


def _failures(found: Evidence, alert: Alert) -> Iterator[tuple[datetime, datetime]]:
    """When something was wrong with the station of an alert, or with the way from all of them."""
    outage = found.exercise.broker_outage
    if outage is not None:
        yield outage.begins, outage.ends
    yield from ((fault.first, fault.last) for fault in found.truth.faults if fault.station == alert.station)
