"""A public warning, as an officer issued, updated or cancelled it, as one CAP message of its chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.cap.bulletin import Bulletin, Texts
from alerts.cap.findings import both, pressing
from alerts.cap.message import Area, MsgType, Named, ResponseType, Scope, Status
from alerts.cap.reference import Reference
from domain.alerts import Certainty, Event, Phase, Severity, Urgency
from domain.words import Language, say

#: A risk level of Decision 18/2021/QĐ-TTg that the readings are consistent with; never the official level.
RISK_INDICATOR = "hue-ews:risk-level-indicator"


@dataclass(frozen=True, kw_only=True, slots=True)
class Announcement:
    """What the officer decided. `number`: of the step within the warning; `because`: why it was cancelled or changed."""

    warning: str
    number: int
    sent: datetime
    msg_type: MsgType
    exercise: bool
    event: Event
    severity: Severity
    phase: Phase
    probability: float | None = None  # of what a forecast says
    onset: datetime | None = None
    expires: datetime
    texts: Mapping[Language, Texts]
    areas: Mapping[Language, tuple[Area, ...]]
    risk_indicator: int | None = None
    because: str | None = None


def public_bulletin(said: Announcement, references: tuple[Reference, ...]) -> Bulletin:
    """The message; `references` as publishing.earlier_messages finds them.

    A drill is status Exercise and scope Restricted both, so that no reader who looks at one of them alone takes it as real.
    """
    cancels = said.msg_type is MsgType.CANCEL
    return Bulletin(
        identifier=f"{said.warning}.{said.number}",
        incident=said.warning,
        sent=said.sent.replace(microsecond=0),
        status=Status.EXERCISE if said.exercise else Status.ACTUAL,
        msg_type=said.msg_type,
        scope=Scope.RESTRICTED if said.exercise else Scope.PUBLIC,
        restriction=both("alert.cap.restriction") if said.exercise else None,
        event=said.event,
        urgency=Urgency.PAST if cancels else _urgency(said),
        severity=said.severity,
        certainty=_certainty(said),
        responses=(ResponseType.ALL_CLEAR if cancels else _response(said),),
        onset=said.onset,
        expires=said.expires,
        texts={language: _told(texts, language, cancels=cancels) for language, texts in said.texts.items()},
        areas=said.areas,
        note=both("alert.line.mark.other") if said.exercise else said.because,
        references=references,
        parameters=() if said.risk_indicator is None else (Named(RISK_INDICATOR, str(said.risk_indicator)),),
    )


def _told(texts: Texts, language: Language, *, cancels: bool) -> Texts:
    if not cancels:
        return texts
    return replace(texts, headline=say("alert.cap.cancelled", language, headline=texts.headline))


def _urgency(said: Announcement) -> Urgency:
    return Urgency.FUTURE if said.phase is Phase.FORECAST else pressing(said.severity, said.phase)


def _certainty(said: Announcement) -> Certainty:
    """CAP: Likely is more than 50 %."""
    if said.phase is not Phase.FORECAST:
        return Certainty.OBSERVED
    return Certainty.LIKELY if said.probability is not None and said.probability > 0.5 else Certainty.POSSIBLE


def _response(said: Announcement) -> ResponseType:
    """Execute: do what the instruction says, now; Prepare, or Monitor while the water goes down."""
    if said.phase is Phase.FORECAST:
        return ResponseType.PREPARE
    if said.phase is Phase.RECEDING:
        return ResponseType.MONITOR
    immediate = pressing(said.severity, said.phase) is Urgency.IMMEDIATE
    return ResponseType.EXECUTE if immediate else ResponseType.PREPARE
