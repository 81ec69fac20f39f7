"""The chain of CAP messages of a stored alert: what the system found by itself, for the committee alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.cap.bulletin import Bulletin, Issuer, Texts, compose, references_to
from alerts.cap.message import Area, CapMessage, MsgType, Named, ResponseType, Scope, Status
from alerts.cap.reference import Reference
from alerts.sentences import reason_in_words
from alerts.wording import clock_mark, headline
from domain.alerts import Alert, AlertState, AlertVersion, Certainty, Event, Phase, Reason, Severity, Urgency
from domain.stations import Station
from domain.words import LANGUAGES, Language, say

#: Twice the interval of official flood bulletins (3:30, 9:30, 15:30, 21:30: Decision 03/2020/QĐ-TTg art. 15.4).
VALID_FOR = timedelta(hours=12)
#: CAP: Expected is within the next hour.
_SOON = timedelta(hours=1)
#: Ends that say: it never was, or never came; or that its rule does not look now.
_NO_ALL_CLEAR = (
    Reason.FORECAST_WITHDRAWN,
    Reason.LATE_DATA,
    Reason.LATE_FORECAST,
    Reason.RULES_CHANGED,
    Reason.OFF_SCHEDULE,
)
_GRAVE = (Severity.SEVERE, Severity.EXTREME)


def finding_chain(
    alert: Alert, station: Station, issuer: Issuer, areas: Mapping[Language, tuple[Area, ...]]
) -> tuple[CapMessage, ...]:
    """One message a version: Alert, Updates, and a Cancel where the level is 0. Scope Restricted.

    Sent is when we knew; on a clock that is not the wall clock (a replay, a simulation) it is that clock's time and the status
    is Exercise. A message depends on its version and those before it alone, so the chain only grows.
    """
    messages: list[CapMessage] = []
    earlier: list[tuple[Reference, datetime | None]] = []
    for version in alert.versions:
        sent = _sent(version, station, messages[-1].sent if messages else None)
        bulletin = _bulletin(_as_of(alert, version), version, station, areas, tuple(earlier), sent)
        message = compose(bulletin, issuer)
        messages.append(message)
        # After a Cancel nothing runs: what comes next is a new Alert.
        earlier = [] if message.msg_type is MsgType.CANCEL else [*earlier, (message.reference, message.expires)]
    return tuple(messages)


def _as_of(alert: Alert, version: AlertVersion) -> Alert:
    """The alert as it stood when the version was decided: what came later changes no message already sent."""
    ended = version.level == 0
    return replace(
        alert,
        state=AlertState.ENDED if ended else AlertState.ACTIVE,
        severity=version.severity,
        level=version.level,
        phase=version.phase,
        ended_at=version.at if ended else None,
        versions=tuple(v for v in alert.versions if v.number <= version.number),
    )


def _bulletin(  # noqa: PLR0917 - six plain facts, each named in the call
    alert: Alert,
    version: AlertVersion,
    station: Station,
    areas: Mapping[Language, tuple[Area, ...]],
    earlier: tuple[tuple[Reference, datetime | None], ...],
    sent: datetime,
) -> Bulletin:
    begins = onset(alert, version)
    return Bulletin(
        identifier=f"{alert.identifier}.{version.number}",
        incident=alert.identifier,
        sent=sent,
        status=_status(alert, station),
        msg_type=_msg_type(version, earlier),
        scope=Scope.RESTRICTED,
        event=alert.event,
        urgency=urgency(version),
        severity=version.severity,
        certainty=certainty(alert.event, version),
        responses=(_response(version),),
        onset=begins,
        expires=max(sent, begins or sent) + VALID_FOR,
        texts={language: finding_texts(alert, version, station, language) for language in LANGUAGES},
        areas=areas,
        restriction=both("alert.cap.restriction"),
        note=_note(alert, version, station),
        references=references_to(earlier, sent),
        parameters=_parameters(version, station),
    )


def _status(alert: Alert, station: Station) -> Status:
    """Only what happens now, outside a drill, is Actual."""
    drill = clock_mark(station) is not None or alert.exercise
    return Status.EXERCISE if drill else Status.ACTUAL


def _msg_type(version: AlertVersion, earlier: tuple[object, ...]) -> MsgType:
    if not earlier:
        return MsgType.ALERT
    return MsgType.CANCEL if version.level == 0 else MsgType.UPDATE


def _sent(version: AlertVersion, station: Station, before: datetime | None) -> datetime:
    """Whole seconds, and later than the message before, though both may have been decided at once."""
    at = (version.decided_at if clock_mark(station) is None else version.at).replace(microsecond=0)
    return at if before is None else max(at, before + timedelta(seconds=1))


def onset(alert: Alert, version: AlertVersion) -> datetime | None:
    """When it began: the first reading that showed it; by a forecast, when it will."""
    shown = [v.at for v in alert.versions if v.level and v.phase is not Phase.FORECAST]
    if shown:
        return min(shown)
    return expected(version)


def expected(version: AlertVersion) -> datetime | None:
    """When a forecast says that its level begins."""
    lead = version.detail.get("lead_h")
    return None if version.level == 0 or lead is None else version.at + timedelta(hours=float(lead))


def urgency(version: AlertVersion) -> Urgency:
    """Observed and grave: Immediate; observed otherwise: Expected; forecast: Expected within the hour, Future later."""
    if version.level == 0:
        return Urgency.PAST
    if version.phase is Phase.FORECAST:
        begins = expected(version)
        return coming(None if begins is None else begins - version.at)
    return pressing(version.severity, version.phase)


def coming(lead: timedelta | None) -> Urgency:
    """Of what a forecast says: Expected within the hour, Future later or when it does not say."""
    return Urgency.EXPECTED if lead is not None and lead <= _SOON else Urgency.FUTURE


def pressing(severity: Severity, phase: Phase) -> Urgency:
    """Of what readings show: Immediate when it is grave and not going down."""
    return Urgency.IMMEDIATE if severity in _GRAVE and phase is not Phase.RECEDING else Urgency.EXPECTED


def certainty(event: Event, version: AlertVersion) -> Certainty:
    """A reading: Observed; a forecast: Likely above 50 %, Possible otherwise; what is doubted itself: Possible."""
    if event is Event.DOUBTFUL_READING:
        return Certainty.POSSIBLE
    if version.reason is Reason.FORECAST_WITHDRAWN:
        return Certainty.UNLIKELY
    if version.phase is not Phase.FORECAST:
        return Certainty.OBSERVED
    return likelihood(chance(version))


def chance(version: AlertVersion) -> float | None:
    """The probability that a forecast gives its level."""
    found = version.detail.get("probability")
    return None if found is None else float(found)


def likelihood(probability: float | None) -> Certainty:
    """Of what a forecast says; CAP: Likely is more than 50 %."""
    return Certainty.LIKELY if probability is not None and probability > 0.5 else Certainty.POSSIBLE


def response_at_end(version: AlertVersion) -> ResponseType:
    """All clear, unless the end only says that there was nothing or that nobody looks."""
    return ResponseType.NONE if version.reason in _NO_ALL_CLEAR else ResponseType.ALL_CLEAR


def _response(version: AlertVersion) -> ResponseType:
    """What the committee is asked to do; what people are asked to do, an officer says in a public warning."""
    if version.level == 0:
        return response_at_end(version)
    responses = {Phase.FORECAST: ResponseType.PREPARE, Phase.RECEDING: ResponseType.MONITOR}
    return responses.get(version.phase, ResponseType.ASSESS)


def finding_texts(alert: Alert, version: AlertVersion, station: Station, language: Language) -> Texts:
    """The words of a finding: the headline of bulletins, then reason and source, then that a machine says it."""
    said = headline(alert, version, station, language)
    severity = f"{say(f'alert.severity.{version.severity}', language)} ({version.severity})"
    lines = [
        said,
        say("alert.line.severity", language, severity=severity, version=version.number),
        say("alert.line.reason", language, reason=reason_in_words(version, language)),
    ]
    if station.simulated:
        lines.append(say("alert.line.simulated", language))
    return Texts(
        event=say(f"alert.event.{alert.event}", language),
        headline=said,
        description="\n".join(lines),
        instruction=say("alert.line.machine", language),
    )


def _note(alert: Alert, version: AlertVersion, station: Station) -> str:
    mark = clock_mark(station)
    if mark is None and _status(alert, station) is Status.EXERCISE:
        mark = "other"
    if mark is None:
        return " / ".join(reason_in_words(version, language) for language in LANGUAGES)
    return both(f"alert.line.mark.{mark}")


def both(key: str) -> str:
    """A text in all languages, for the elements of CAP that have none of their own."""
    return " / ".join(say(key, language) for language in LANGUAGES)


def _parameters(version: AlertVersion, station: Station) -> tuple[Named, ...]:
    """For machines: CAP has no elements for a gauge's numbers."""
    facts: dict[str, object] = {
        "station": station.id,
        "phase": version.phase.value,
        "reason": version.reason.value,
        "level": version.level,
        "value": version.value,
        "threshold": version.threshold,
        "probability": version.detail.get("probability"),
        "lead_h": version.detail.get("lead_h"),
    }
    return tuple(Named(f"hue-ews:{name}", str(fact)) for name, fact in facts.items() if fact is not None)
