"""Drafts of public warnings, written from an alert: texts in both languages, wards, and what the indicator is consistent with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.cap.findings import chance, expected, onset
from alerts.telling_policy import TellingPolicy
from alerts.wording import facts_of, headline
from domain.alerts import Alert, AlertVersion, Event, Phase, Reason
from domain.deeds import SEVERITY_RANK
from domain.stations import LIVE_CLOCK, Station
from domain.warnings import (
    PublicWarning,
    WarningContent,
    WarningState,
    WarningStep,
    WarningText,
    WarningVersion,
)
from domain.words import LANGUAGES, Language, say

#: The name under which the system itself prepares and ends drafts.
SYSTEM = "scheduler"
#: Why it ended a draft: the alert is over, goes on less grave, or nobody looks any more, which is no word on the water.
OVER = "the alert has ended"
LESS_GRAVE = "the alert is no longer so grave that the public is warned"
OFF_HOURS = "the hours of its rule are over; nothing says that the level has ended"
_INSTRUCTED = (Event.FLOOD, Event.FLASH_FLOOD, Event.STRONG_WIND)


def wants_draft(alert: Alert, policy: TellingPolicy) -> bool:
    """Whether the public should hear of it, if an officer agrees."""
    approval = policy.approval
    if approval is None or alert.event not in approval.events or alert.level == 0 or alert.ended_at is not None:
        return False
    return SEVERITY_RANK[alert.severity] >= SEVERITY_RANK[approval.from_severity]


def has_wanted_draft(alert: Alert, policy: TellingPolicy) -> bool:
    """Whether it is or ever was so grave that a draft may stand."""
    floor = None if policy.approval is None else SEVERITY_RANK[policy.approval.from_severity]
    return floor is not None and any(SEVERITY_RANK[each.severity] >= floor for each in alert.versions)


def prepared(
    alert: Alert, station: Station, policy: TellingPolicy, now: datetime, before: PublicWarning | None
) -> PublicWarning | None:
    """The draft after a change of its alert; None when nothing is to be done.

    A text that a person edited, or that is issued, is left as it is: officers take it on from there. A draft whose alert has
    ended is cancelled, and one whose alert is no longer so grave: it would warn of a level that the water has left.
    """
    if before is not None and before.state is WarningState.DRAFT and alert.ended_at is not None:
        return _dropped(before, alert, now, OVER)
    if before is not None and (before.state is not WarningState.DRAFT or before.written.step is WarningStep.EDITED):
        return None
    if not wants_draft(alert, policy):
        return None if before is None else _dropped(before, alert, now, LESS_GRAVE)
    content = written(alert, news(alert), station, policy, now)
    if before is not None:
        return step(before, WarningStep.PREPARED, now, SYSTEM, content=content)
    first = WarningVersion(number=1, step=WarningStep.PREPARED, at=now, person=SYSTEM, note="", content=content)
    return PublicWarning(
        identifier=f"{alert.identifier}.public.{now:%Y%m%dT%H%M%S%fZ}",
        alert=alert.identifier,
        state=WarningState.DRAFT,
        exercise=alert.exercise
        or station.clock != LIVE_CLOCK,  # a simulated or replayed flood is no warning to anybody
        versions=(first,),
    )


def _dropped(draft: PublicWarning, alert: Alert, now: datetime, why: str) -> PublicWarning:
    note = OFF_HOURS if news(alert).reason is Reason.OFF_SCHEDULE else why
    return step(draft, WarningStep.CANCELLED, now, SYSTEM, note=note, state=WarningState.CANCELLED)


def news(alert: Alert) -> AlertVersion:
    """The newest version that says something new: a repetition has no number, and repeats nothing to the public."""
    said = (
        version for version in reversed(alert.versions) if version.reason not in {Reason.REPEATED, Reason.ESCALATED}
    )
    return next(said, alert.versions[-1])


def written(
    alert: Alert, version: AlertVersion, station: Station, policy: TellingPolicy, now: datetime
) -> WarningContent:
    """What the warning says, from one version of the alert."""
    valid_for = timedelta(hours=policy.approval.valid_for_h if policy.approval else 12)
    above_m = None if version.value is None or version.threshold is None else version.value - version.threshold
    indicator = policy.risk_indicator
    risk = indicator.of(version.level, above_m) if indicator and alert.event is Event.FLOOD else None
    return WarningContent(
        alert_version=version.number,
        event=alert.event,
        severity=version.severity,
        phase=version.phase,
        wards=tuple(dict.fromkeys(code for code in (station.ward, *station.covers) if code is not None)),
        expires_at=now + valid_for,
        risk_indicator=risk,
        texts={language: _text(alert, version, station, risk, language) for language in LANGUAGES},
        probability=chance(version) if version.phase is Phase.FORECAST else None,
        onset=expected(version) if version.phase is Phase.FORECAST else onset(alert, version),
    )


def _text(alert: Alert, version: AlertVersion, station: Station, risk: int | None, language: Language) -> WarningText:
    facts = facts_of(alert, version, station, language)
    if risk is not None:
        facts.insert(0, say("alert.public.indicator", language, risk=risk))
    event = alert.event if alert.event in _INSTRUCTED else "other"
    event = Event.FLOOD if alert.event is Event.BASIN_FLOOD else event
    return WarningText(
        headline=headline(alert, version, station, language),
        description="\n".join(facts),
        instruction=say(f"alert.public.instruction.{event}", language),
    )


def step(
    warning: PublicWarning,
    done: WarningStep,
    now: datetime,
    person: str,
    *,
    note: str = "",
    content: WarningContent | None = None,
    state: WarningState | None = None,
) -> PublicWarning:
    """`warning` with one more step."""
    version = WarningVersion(
        number=warning.versions[-1].number + 1,
        step=done,
        at=now,
        person=person,
        note=note,
        content=content or warning.content,
    )
    return replace(warning, state=state or warning.state, versions=(*warning.versions, version))


def edited(content: WarningContent, texts: Mapping[Language, Mapping[str, str]]) -> WarningContent:
    """`content` with parts of its texts replaced; the parts are those of WarningText."""
    new = {language: replace(content.texts[language], **texts.get(language, {})) for language in LANGUAGES}
    return replace(content, texts=new)
