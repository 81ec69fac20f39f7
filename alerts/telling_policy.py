"""alerts.toml: when people are told again, what speaks for what, and the hours in which nobody is woken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from domain.alerts import Alert, AlertState, Event, Severity
from domain.configuration_file import Table, Text, read_table, refusal
from domain.deeds import SEVERITY_RANK
from domain.times import local

_Event = Annotated[Event, Field(strict=False)]
_Severity = Annotated[Severity, Field(strict=False)]
_Events = Annotated[tuple[_Event, ...], Field(strict=False, min_length=1)]
_Hours = Annotated[tuple[Annotated[int, Field(ge=0, le=24)], ...], Field(strict=False, min_length=2, max_length=2)]


class Inhibition(Table):
    """While `source` stands in a basin, lesser warnings of the basin are not told."""

    name: Text
    source: _Event
    from_severity: _Severity
    events: _Events
    up_to_severity: _Severity

    @model_validator(mode="after")
    def _never_itself(self) -> Self:
        if SEVERITY_RANK[self.up_to_severity] >= SEVERITY_RANK[self.from_severity]:
            raise refusal(
                "up_to_severity", f"must be below from_severity = {self.from_severity}: or it would mute itself"
            )
        return self

    @property
    def severities(self) -> tuple[Severity, ...]:
        """Of the alerts that speak."""
        return tuple(each for each, rank in SEVERITY_RANK.items() if rank >= SEVERITY_RANK[self.from_severity])

    def speaks(self, alert: Alert) -> bool:
        """Whether lesser warnings of its basin are not told while `alert` stands."""
        grave = SEVERITY_RANK[alert.severity] >= SEVERITY_RANK[self.from_severity]
        return grave and alert.event is self.source and alert.state is AlertState.ACTIVE and not alert.exercise

    def mutes(self, alert: Alert, severity: Severity, burning: Sequence[Alert]) -> bool:
        """Whether one of `burning` (active alerts of the same basin) speaks for this version of `alert`."""
        if alert.event not in self.events or SEVERITY_RANK[severity] > SEVERITY_RANK[self.up_to_severity]:
            return False
        return any(other.identifier != alert.identifier and self.speaks(other) for other in burning)


class MuteTime(Table):
    """Hours on a clock in Huế in which some warnings wake nobody; 22 to 6 runs over midnight."""

    name: Text
    events: _Events
    hours: _Hours
    up_to_severity: _Severity
    not_while: Annotated[tuple[_Event, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.hours[0] == self.hours[1]:
            raise refusal("hours", "begin and end are one hour; write two different ones")
        return self

    @model_validator(mode="after")
    def _never_for_itself(self) -> Self:
        if set(self.not_while) & set(self.events):
            raise refusal("not_while", "names one of its own events: that would never be muted")
        return self

    def mutes(self, alert: Alert, severity: Severity, now: datetime, waking: Sequence[Alert] = ()) -> bool:
        """Whether this version of `alert` wakes nobody at `now`; `waking`: active alerts of its basin."""
        if any(other.event in self.not_while for other in waking):
            return False
        first, last = self.hours
        hour = local(now).hour
        within = first <= hour < last if first < last else hour >= first or hour < last
        return within and alert.event in self.events and SEVERITY_RANK[severity] <= SEVERITY_RANK[self.up_to_severity]


class Exercise(Table):
    """Where an exercise may go."""

    channels: Annotated[tuple[Text, ...], Field(strict=False)]


class Approval(Table):
    """Which findings get a draft of a public warning, and what it takes to issue one."""

    from_severity: _Severity
    events: _Events
    four_eyes: bool
    valid_for_h: Annotated[float, Field(gt=0, le=240)]


class Officer(Table):
    """Who may edit and issue public warnings."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
    name: Text
    may: Annotated[tuple[Literal["edit", "issue"], ...], Field(strict=False)]


class RiskRow(Table):
    """From `level` and so much above its threshold on, an indicator is consistent with risk level `risk`."""

    level: Annotated[int, Field(ge=1)]
    above_m: Annotated[float, Field(ge=0)]
    risk: Annotated[int, Field(ge=1, le=5)]


class RiskIndicator(Table):
    """What one gauge is consistent with; never the official level, which also needs extent, zone and days."""

    source: Text
    verified: bool
    flood: Annotated[tuple[RiskRow, ...], Field(strict=False)]

    def of(self, level: int, above_m: float | None) -> int | None:
        """The risk level of the highest row that holds; None below all."""
        held = [r.risk for r in self.flood if r.level < level or (r.level == level and r.above_m <= (above_m or 0.0))]
        return max(held, default=None)


class TellingPolicy(Table):
    """The whole of alerts.toml."""

    repeat_min: dict[_Severity, Annotated[float, Field(gt=0)]]
    exercise: Exercise
    inhibit: Annotated[tuple[Inhibition, ...], Field(strict=False)] = ()
    mute: Annotated[tuple[MuteTime, ...], Field(strict=False)] = ()
    approval: Approval | None = None  # no public warnings
    officer: Annotated[tuple[Officer, ...], Field(strict=False)] = ()
    risk_indicator: RiskIndicator | None = None

    @model_validator(mode="after")
    def _enough_officers(self) -> Self:
        issuers = [each.id for each in self.officer if "issue" in each.may]
        if self.approval is not None and self.approval.four_eyes and len(set(issuers)) < 2:
            raise refusal("officer", "four_eyes needs two officers who may issue")
        return self

    @property
    def speaking(self) -> tuple[tuple[Event, ...], tuple[Severity, ...]]:
        """The events, and the severities, of alerts that may speak for others."""
        least = min((SEVERITY_RANK[each.from_severity] for each in self.inhibit), default=len(SEVERITY_RANK))
        severities = tuple(severity for severity, rank in SEVERITY_RANK.items() if rank >= least)
        return tuple(each.source for each in self.inhibit), severities

    @property
    def waking(self) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
        """The events that are not muted while others stand, and these others."""
        muted = {event: None for mute in self.mute if mute.not_while for event in mute.events}
        others = {event: None for mute in self.mute for event in mute.not_while}
        return tuple(muted), tuple(others)

    def may(self, person: str, what: str) -> bool:
        """Whether an officer of this id may do so."""
        return any(each.id == person and what in each.may for each in self.officer)

    def repeat_after(self, severity: Severity) -> timedelta | None:
        """After how long an alert of this severity is said again; None: never."""
        minutes = self.repeat_min.get(severity)
        return None if minutes is None else timedelta(minutes=minutes)


def load_telling(path: Path) -> TellingPolicy:
    """Read alerts.toml. Raises ConfigurationError."""
    return read_table(path, TellingPolicy)
