"""A public warning, as an officer issued, updated or cancelled it, as one CAP message of its chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.cap.bulletin import Bulletin, Texts
from alerts.cap.findings import both, coming, likelihood, pressing
from alerts.cap.message import Area, MsgType, Named, ResponseType, Scope, Status
from alerts.cap.reference import Reference
from domain.alerts import Certainty, Event, Phase, Severity, Urgency
from domain.words import Language, say

#: A risk level of Decision 18/2021/QĐ-TTg that the readings are consistent with; never the official level.
RISK_INDICATOR = "hue-ews:risk-level-indicator"


@dataclass(frozen=True, kw_only=True, slots=True)
class Announcement:
    """What the officer decided. `number`: of the step within the warning; `because`: why it was cancelled or changed.

    `over`: what is cancelled has ended; else it is taken back while its alert stands, and that is no all clear.
    """

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
    over: bool = False


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
        responses=(_response(said),),
        onset=_onset(said),
        expires=said.expires,
        texts={
            language: _cancelled(texts, said, language) if cancels else texts for language, texts in said.texts.items()
        },
        areas=said.areas,
        note=_note(said),
        references=references,
        parameters=() if said.risk_indicator is None else (Named(RISK_INDICATOR, str(said.risk_indicator)),),
    )


def _cancelled(texts: Texts, said: Announcement, language: Language) -> Texts:
    """That it holds no longer, and why; what it asked people to do is not asked again in the same breath.

    The officer's reason stands in the one language it was written in, under words of each.
    """
    reason = [say("alert.cap.cancelled.reason", language, reason=said.because)] if said.because else []
    return replace(
        texts,
        headline=say("alert.cap.cancelled", language, headline=texts.headline),
        description="\n".join([*reason, texts.description]),
        instruction=say(f"alert.cap.cancelled.{'over' if said.over else 'taken_back'}", language),
    )


def _note(said: Announcement) -> str | None:
    mark = both("alert.line.mark.other") if said.exercise else None
    return " / ".join(part for part in (mark, said.because) if part) or None


def _onset(said: Announcement) -> datetime | None:
    """None where CAP would contradict itself: what is cancelled does not come, and a warning ends after it began."""
    if said.onset is None:
        return None
    end = said.sent if said.msg_type is MsgType.CANCEL else said.expires
    return said.onset if said.onset < end else None


def _urgency(said: Announcement) -> Urgency:
    if said.phase is Phase.FORECAST:
        return coming(None if said.onset is None else said.onset - said.sent)
    return pressing(said.severity, said.phase)


def _certainty(said: Announcement) -> Certainty:
    return likelihood(said.probability) if said.phase is Phase.FORECAST else Certainty.OBSERVED


def _response(said: Announcement) -> ResponseType:
    """Execute: do what the instruction says, now; Prepare, or Monitor while the water goes down."""
    if said.msg_type is MsgType.CANCEL:
        return ResponseType.ALL_CLEAR if said.over else ResponseType.NONE
    if said.phase is Phase.FORECAST:
        return ResponseType.PREPARE
    if said.phase is Phase.RECEDING:
        return ResponseType.MONITOR
    immediate = pressing(said.severity, said.phase) is Urgency.IMMEDIATE
    return ResponseType.EXECUTE if immediate else ResponseType.PREPARE
