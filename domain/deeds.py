"""What officers do with alerts, and why a version was told or was not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.alerts import Alert, Event, Severity
from domain.stations import Station

#: CAP severities from the least on; Unknown counts as the least.
SEVERITY_RANK: Mapping[Severity, int] = {
    severity: rank
    for rank, severity in enumerate(
        (Severity.UNKNOWN, Severity.MINOR, Severity.MODERATE, Severity.SEVERE, Severity.EXTREME)
    )
}


class Action(StrEnum):
    """What an officer did with an alert."""

    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    ESCALATED = "escalated"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True, slots=True)
class Deed:
    """One action of an officer; `version`: the newest version they saw."""

    alert: str
    version: int
    at: datetime
    person: str
    action: Action
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """Messages that are not sent, until when, and why. Whatever is more severe than `severity` is told all the same."""

    id: int
    made_by: str
    reason: str
    station: str | None  # None: every station
    basin: str | None
    event: Event | None
    severity: Severity
    starts_at: datetime
    ends_at: datetime

    def covers(self, alert: Alert, station: Station, severity: Severity, now: datetime) -> bool:
        """Whether a version of `alert` with this severity is not told at `now` (wall clock)."""
        return (
            self.starts_at <= now < self.ends_at
            and self.station in {None, station.id}
            and self.basin in {None, station.basin}
            and self.event in {None, alert.event}
            and SEVERITY_RANK[severity] <= SEVERITY_RANK[self.severity]
        )


class TellingReason(StrEnum):
    """Why a version was told, or was not."""

    TOLD = "told"
    OVERTAKEN = "overtaken"  # a later version was decided with it; people are told where things stand
    LONG_PAST = "long_past"  # the episode ended long before it was known
    UNCHANGED = "unchanged"  # late data changed only the past
    SILENCED = "silenced"
    INHIBITED = "inhibited"  # a graver warning speaks for it
    MUTED = "muted"  # by the hour
    NEVER_TOLD = "never_told"  # the end of what nobody heard of


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """Whether one version was told, and why."""

    alert: str
    version: int
    told: bool
    reason: TellingReason
    detail: str = ""  # the silence, rule or hours by name
