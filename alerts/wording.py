"""Alerts in words: a headline as bulletins say it, and the lines under it."""

from __future__ import annotations

from datetime import datetime

from alerts.channels.message import Message
from alerts.memory import never_happened
from alerts.places import place, stamp
from alerts.sentences import reason_in_words, sentence, supported_level, told_level
from domain.alerts import FIRST_TOLD, Alert, AlertVersion, Event, Phase, Reason
from domain.stations import LIVE_CLOCK, StageThresholds, Station
from domain.times import local
from domain.words import Language, number, say

#: Reasons that a headline says first.
_LEADING = frozenset(
    (
        Reason.UNDER_WAY,
        Reason.CONFIRMED,
        Reason.DOWNGRADED,
        Reason.ENDED,
        Reason.FORECAST_WITHDRAWN,
        Reason.LATE_DATA,
        Reason.LATE_FORECAST,
        Reason.RULES_CHANGED,
        Reason.HELD_BY_FORECAST,
        Reason.RISING_AGAIN,
        Reason.PEAK_PASSED,
        Reason.REPEATED,
        Reason.ESCALATED,
        Reason.ENDED_BY_PERSON,
        Reason.OFF_SCHEDULE,
    )
)


def headline(alert: Alert, version: AlertVersion, station: Station, language: Language) -> str:
    """One line: "Mực nước sông Hương tại Kim Long 3,58 m, trên BĐ3 0,08 m, lúc 07:00 27/10/2025".

    Marked DIỄN TẬP / MÔ PHỎNG or PHÁT LẠI when the station's clock is not the wall clock, and where the threshold is
    unverified.
    """
    if never_happened(alert) and version.number == alert.versions[-1].number:
        event = say(f"alert.event.{alert.event}", language)
        text = say("alert.state.never", language, event=event, place=place(station, language), time=stamp(version.at))
    else:
        facts = sentence(alert, version, station, language)
        text = f"{facts[:1].upper()}{facts[1:]}"  # some begin with the name of a quantity
    passing = version.reason is Reason.CONFIRMED and version.phase is Phase.FORECAST  # a lower level on the way
    lead = None if passing else _lead(version)
    if lead is not None:
        text = f"{say(f'alert.lead.{lead}', language)}: {text}"
    if _unverified(alert, version, station):
        text = f"{text} ({say('alert.unverified', language)})"
    mark = mark_of(alert, station)
    return text if mark is None else f"[{say(f'alert.mark.{mark}', language)}] {text}"


def _lead(version: AlertVersion) -> Reason | None:
    """Who hears of it for the first time hears no repetition; what is forecast is not under way."""
    if FIRST_TOLD in version.detail:
        return None if version.phase is Phase.FORECAST else Reason.UNDER_WAY
    return version.reason if version.reason in _LEADING else None


def message(alert: Alert, version: AlertVersion, station: Station, *, recipient: str, language: Language) -> Message:
    """The message for one recipient: headline, facts and doubts in its language, then the headline in the other one."""
    other: Language = "en" if language == "vi" else "vi"
    body = [*_lines(alert, version, station, language), headline(alert, version, station, other)]
    body.append(say("alert.line.machine", other))
    return Message(
        identifier=alert.identifier,
        version=version.number,
        recipient=recipient,
        language=language,
        headline=headline(alert, version, station, language),
        body="\n".join(body),
    )


def mark_of(alert: Alert, station: Station) -> str | None:
    """The mark of an alert: an exercise, or a clock that is not the wall clock; None for what is real."""
    return "other" if alert.exercise else clock_mark(station)


def facts_of(alert: Alert, version: AlertVersion, station: Station, language: Language) -> list[str]:
    """What is known, without what only the committee needs: for texts to the public."""
    mark = mark_of(alert, station)
    return [
        *([] if mark is None else [say(f"alert.line.mark.{mark}", language)]),
        say("alert.line.when", language, time=stamp(version.at)),
        *_flood_lines(alert, version, station, language),
    ]


def clock_mark(station: Station) -> str | None:
    """`simulated`, `replay` or `other` for a clock that is not the wall clock; None for a live station."""
    if station.clock == LIVE_CLOCK:
        return None
    if station.clock == "simulated":
        return "simulated"
    return "replay" if station.clock.startswith("replay:") else "other"


def _lines(alert: Alert, version: AlertVersion, station: Station, language: Language) -> list[str]:
    mark = mark_of(alert, station)
    severity = say(f"alert.severity.{version.severity}", language)
    lines = [] if mark is None else [say(f"alert.line.mark.{mark}", language)]
    lines += [
        say("alert.line.when", language, time=stamp(version.at)),
        say("alert.line.severity", language, severity=f"{severity} ({version.severity})", version=version.number),
        say("alert.line.reason", language, reason=reason_in_words(version, language)),
        *_person_lines(version, language),
        *_flood_lines(alert, version, station, language),
    ]
    if station.simulated:
        lines.append(say("alert.line.simulated", language))
    lines.append(say("alert.line.machine", language))
    lines.append(say("alert.line.identifier", language, identifier=alert.identifier))
    return lines


def _person_lines(version: AlertVersion, language: Language) -> list[str]:
    """Who decided, when a person did."""
    if "by" not in version.detail:
        return []
    return [say("alert.line.person", language, name=version.detail["by"], reason=version.detail.get("because", ""))]


def _turn_lines(version: AlertVersion, language: Language) -> list[str]:
    """The peak and the trough before a second rise."""
    detail = version.detail
    if "trough_m" not in detail:
        return []
    facts: dict[str, str] = {}
    for name in ("peak", "trough"):
        facts[name] = number(float(detail[f"{name}_m"]), 2, language)
        facts[f"{name}_at"] = stamp(datetime.fromisoformat(str(detail[f"{name}_at"])))
    return [say("alert.line.turn", language, **facts)]


def _flood_lines(alert: Alert, version: AlertVersion, station: Station, language: Language) -> list[str]:
    """What readings and forecasts say. Sources and datums of thresholds stand on the station's page: they have one language."""
    if alert.event is not Event.FLOOD:
        return []
    lines, detail = [], version.detail
    observed = supported_level(version)
    if observed is not None and version.phase is Phase.FORECAST:
        level = say(f"alarm_level.short.{observed}", language) if observed else ""
        lines.append(
            say("alert.line.observed", language, level=level) if observed else say("alert.line.below", language)
        )
    lines += _turn_lines(version, language)
    if version.reason not in {Reason.RISING_AGAIN, Reason.PEAK_PASSED} and "peak_m" in detail and "peak_at" in detail:
        peak = number(float(detail["peak_m"]), 2, language)
        at = stamp(datetime.fromisoformat(str(detail["peak_at"])))
        lines.append(say("alert.line.peak", language, peak=peak, time=at))
    if "lapsed" in detail:
        lines.append(say("alert.line.lapsed", language))
    found = _thresholds(version, station)
    level_number = told_level(version, station)
    if found is not None and version.threshold is not None and level_number is not None:
        lines.append(
            say(
                "alert.line.threshold",
                language,
                level=say(f"alarm_level.short.{level_number}", language),
                value=number(version.threshold, 2, language),
            )
        )
        if not found.verified:
            lines.append(say("alert.line.threshold_unverified", language))
    return lines


def _thresholds(version: AlertVersion, station: Station) -> StageThresholds | None:
    return station.thresholds_on(local(version.at).date())


def _unverified(alert: Alert, version: AlertVersion, station: Station) -> bool:
    if alert.event in {Event.FLOOD, Event.DOUBTFUL_READING} and version.threshold is not None:
        found = _thresholds(version, station)
        return found is not None and not found.verified
    return version.detail.get("verified") == 0
