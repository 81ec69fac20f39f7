"""What the warnings desk shows, as frozen values: cards of the board, and one alert with all that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.asking import change_that_asks
from alerts.recipients import Recipients
from alerts.telling_policy import TellingPolicy
from dash_app.public_behind import behind
from dash_app.snapshot import AlertNow, StationNow
from domain.deeds import Action, Deed, Silence, Telling
from domain.wards import Ward
from domain.warnings import PublicWarning, WarningState
from domain.words import Language
from storage.acknowledgements import Acknowledgement
from storage.audit import AuditEntry
from storage.desk import Told


class Column(StrEnum):
    """Where a card stands on the board."""

    NEW = "new"  # somebody must decide: a draft waits, the public has an older text, or nothing has happened yet
    DECIDED = "decided"  # decided, not sent to anybody (yet)
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"  # by an officer, or by everybody who was asked
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskBook:
    """Who is told, who may do what, and the wards by code: what the configuration says."""

    recipients: Recipients
    telling: TellingPolicy
    wards: Mapping[str, Ward]

    def recipient(self, name: str, language: Language) -> str:
        """A recipient's name; its id when the configuration no longer knows it."""
        found = self.recipients.named(name)
        return name if found is None else found.name(language)

    def ward(self, code: str, language: Language) -> str:
        """A ward's name; its code when there is no such ward."""
        found = self.wards.get(code)
        if found is None:
            return code
        return found.full_name_vi if language == "vi" else found.full_name_en


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """One alert on the board."""

    found: AlertNow
    now: StationNow | None
    counts: Mapping[str, int]  # deliveries by state
    told: tuple[Told, ...]
    answers: tuple[Acknowledgement, ...]
    deeds: tuple[Deed, ...]
    warning: PublicWarning | None  # the newest of this alert
    silence: Silence | None
    tellings: Mapping[int, Telling]  # by version

    @property
    def unanswered(self) -> tuple[Told, ...]:
        """Those who were asked for an answer and gave none, the longest waiting first; nobody once the alert has ended."""
        if not self.found.active:
            return ()
        silent = [t for t in self.told if t.urgent and not self._answered(t)]
        return tuple(sorted(silent, key=lambda t: t.sent_at))

    def late(self, now: datetime, patience: timedelta) -> tuple[Told, ...]:
        """Those of them who are late to answer."""
        return tuple(t for t in self.unanswered if t.reached and now - t.sent_at >= patience)

    @property
    def unreached(self) -> tuple[Told, ...]:
        """Those who know nothing of it: no channel took it."""
        return tuple(t for t in self.unanswered if not t.reached)

    @property
    def next_escalation(self) -> datetime | None:
        """When the next post or channel is told, unless somebody answers; None while a silence holds the ladder."""
        if self.silence is not None:
            return None
        return min((t.escalate_at for t in self.unanswered if t.escalate_at is not None), default=None)

    @property
    def acknowledged(self) -> bool:
        """An officer has seen the newest change, or everybody who was asked has answered."""
        change = change_that_asks(self.found.alert.versions, self.tellings)
        seen = any(d.action is Action.ACKNOWLEDGED and d.version >= change for d in self.deeds)
        asked = any(t.urgent for t in self.told)
        return seen or (asked and not self.unanswered)

    @property
    def assigned_to(self) -> str | None:
        """Who takes care of it."""
        return next((d.detail["to"] for d in reversed(self.deeds) if d.action is Action.ASSIGNED), None)

    @property
    def public_behind(self) -> bool:
        """Whether what the public reads, or would read, is not what the alert says now: only an officer can mend that."""
        return self.warning is not None and bool(behind(self.found.alert, self.warning))

    @property
    def waits(self) -> bool:
        """Whether something about the public waits for an officer: a draft, or a text that has fallen behind."""
        drafted = self.warning is not None and self.warning.state is WarningState.DRAFT and self.found.active
        return drafted or self.public_behind

    @property
    def column(self) -> Column:
        """Where it stands. A warning that the public still has is a decision to take, even when its alert has ended."""
        if self.waits:
            return Column.NEW
        if not self.found.active:
            return Column.ENDED
        if self.acknowledged:
            return Column.ACKNOWLEDGED
        if any(t.reached for t in self.told):
            return Column.SENT
        return Column.DECIDED if self.counts or self.deeds or self.silence is not None else Column.NEW

    def confirmation(self, told: Told) -> Acknowledgement | None:
        """That of the recipient itself. What it was told in another's stead is another question."""
        asked = change_that_asks(self.found.alert.versions, self.tellings, told.version) or told.version
        own = (a for a in self.answers if a.recipient == told.recipient and not a.origin)
        return next((answer for answer in own if answer.version >= asked), None)

    def _answered(self, told: Told) -> bool:
        return self.confirmation(told) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskView:
    """The board."""

    read_at: datetime  # wall clock
    cards: tuple[Card, ...]
    silences: tuple[Silence, ...]
    book: DeskBook


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertView:
    """One alert with everything that belongs to it."""

    read_at: datetime  # wall clock
    card: Card  # its deliveries are in card.found
    warnings: tuple[PublicWarning, ...]  # oldest first
    audit: tuple[AuditEntry, ...]  # newest first
    book: DeskBook
