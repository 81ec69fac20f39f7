"""Public warnings: prepared by the system, read, issued and ended by officers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.alerts import Event, Phase, Severity
from domain.words import LANGUAGES, Language


class WarningState(StrEnum):
    """A draft is nobody's warning; an issued one is the public's until it is cancelled or expires."""

    DRAFT = "draft"
    ISSUED = "issued"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class WarningStep(StrEnum):
    """What was done to a warning."""

    PREPARED = "prepared"  # by the system, from an alert
    EDITED = "edited"
    READ = "read"  # by an officer, in one language
    APPROVED = "approved"  # by a second officer
    ISSUED = "issued"
    UPDATED = "updated"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


#: Steps that bring a new text, which nobody has read yet.
WRITING = (WarningStep.PREPARED, WarningStep.EDITED)
#: Steps by which the public learns something.
PUBLIC = (WarningStep.ISSUED, WarningStep.UPDATED, WarningStep.CANCELLED, WarningStep.EXPIRED)


@dataclass(frozen=True, kw_only=True, slots=True)
class WarningText:
    """What people read in one language."""

    headline: str
    description: str
    instruction: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WarningContent:
    """All that a public warning says. `alert_version`: the version of the alert it speaks of."""

    alert_version: int
    event: Event
    severity: Severity
    phase: Phase
    wards: tuple[str, ...]  # GSO codes
    expires_at: datetime
    risk_indicator: int | None  # "consistent with risk level n", never the official level by itself
    texts: dict[Language, WarningText]
    probability: float | None = None  # of what a forecast says; like `onset` not known of warnings stored earlier
    onset: datetime | None = None  # the first reading that showed it; of a forecast: when it will begin


@dataclass(frozen=True, kw_only=True, slots=True)
class WarningVersion:
    """One step of a warning, with what it said then."""

    number: int
    step: WarningStep
    at: datetime
    person: str
    note: str  # the language of a reading, or why it was cancelled
    content: WarningContent


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicWarning:
    """One warning to the public, with every step."""

    identifier: str
    alert: str
    state: WarningState
    exercise: bool
    versions: tuple[WarningVersion, ...]

    @property
    def content(self) -> WarningContent:
        """What it says now."""
        return self.versions[-1].content

    @property
    def written(self) -> WarningVersion:
        """The step that brought the present text."""
        return next(version for version in reversed(self.versions) if version.step in WRITING)

    def since_written(self, step: WarningStep) -> tuple[WarningVersion, ...]:
        """The steps of one sort since the present text was written."""
        first = self.written.number
        return tuple(version for version in self.versions if version.number > first and version.step is step)

    @property
    def unread(self) -> tuple[Language, ...]:
        """The languages in which nobody has read the present text."""
        return self.unread_by(None)

    def unread_by(self, person: str | None) -> tuple[Language, ...]:
        """The languages in which `person` has not read the present text; None: nobody has."""
        reads = self.since_written(WarningStep.READ)
        seen = {version.note for version in reads if person is None or version.person == person}
        return tuple(language for language in LANGUAGES if language not in seen)

    @property
    def published(self) -> WarningVersion | None:
        """The last step by which the public learned something."""
        return next((version for version in reversed(self.versions) if version.step in PUBLIC), None)
