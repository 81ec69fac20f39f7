"""Which warnings of an exercise were false: there was nothing of the kind to be warned of, or nothing had failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cli.exercise_evidence import Evidence
from domain.alerts import Alert, Event, Phase

#: Warnings about devices; all others are about water, rain, wind and air.
_OF_DEVICES = frozenset({Event.NO_SIGNAL, Event.SENSOR_STUCK, Event.DOUBTFUL_READING})
#: What a fault or an outage did may be noticed so much later.
_AFTERWARDS = timedelta(hours=1)
#: A silence counts from where the next reading was due, which is not to the second where it would have come.
_JITTER = timedelta(minutes=2)


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
