"""Findings to alerts: what is raised, confirmed, upgraded, downgraded and ended, and why.

Alerts are decided in event time. The episodes of a (station, event) are computed anew from the findings each time and
compared with what the stored alerts remember; only a difference makes a version. So a decision that is repeated after a
crash changes nothing, and readings that came late, twice, shuffled or all at once lead to the same alerts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from alerts.continuation import closed_by_person, match, preferred, stays_closed
from alerts.episode import Change, Episode, Mark, episodes
from alerts.memory import ended_by_person_at, never_happened, remembered, written
from alerts.silent_sensors import change_of_silence
from domain.alerts import Alert, AlertState, AlertVersion, Event, Finding, Phase, Reason, Severity
from domain.stations import Station

#: The CAP severity of each level of each event (`rules.configuration.RuleSet.severities`).
SeverityPolicy = Mapping[Event, Mapping[int, Severity]]


def reconcile(  # noqa: PLR0917 - six plain facts, each named in the call of a pure decision
    station: Station,
    event: Event,
    findings: Sequence[Finding],
    stored: Sequence[Alert],
    policy: SeverityPolicy,
    now: datetime,
    *,
    correction: Reason = Reason.LATE_DATA,
    under_way: bool = False,
) -> list[Alert]:
    """The alerts to save, ended ones first, each with its new versions at the end; empty when nothing changed.

    `findings`: all of this event and station, over one span. `stored`: every alert of this event and station that is active
    or ended within that span, with all versions. `now`: when this is known, the `decided_at` of the new versions.
    `correction`: why the past may look different now. `under_way`: the findings begin in the midst of an episode whose
    beginning nobody knows; its alert says UNDER_WAY instead of RAISED.

    An episode continues the stored alert it overlaps; several steps at once become several versions in event order. Where the
    past itself changed, one version with Reason.LATE_DATA (or the reason of what readings have shown since then, or
    UPGRADED_BY_FORECAST or LATE_FORECAST, for a forecast that was issued before a reading already judged) replaces what was
    believed. An alert whose episode is gone ends the instant it was raised, with
    LATE_DATA. Without any step nothing is known and nothing changes: silence is not calm.
    """
    if not any(finding.steps for finding in findings):
        return []
    since = min(finding.since for finding in findings)
    own = [a for a in stored if (a.station, a.event) == (station.id, event) and not a.exercise]
    known = preferred([a for a in own if _reaches(a, since)])
    running = next((a for a in known if a.raised_at < since and not never_happened(a)), None)
    found = episodes(event, findings, _before(running, since))
    if under_way:
        found[:1] = [_of_unknown_beginning(episode) for episode in found[:1]]
    matched = match(found, [a for a in known if not never_happened(a)])
    clerk = _Clerk(
        station=station.id,
        event=event,
        severities=policy.get(event, {}),
        decided_at=now,
        stored=stored,
        correction=correction,
    )
    changed = [clerk.withdrawn(a) for a in known if not _settled(a) and a not in matched.values()]
    updated = (
        clerk.judged(matched.get(number), episode, findings)
        for number, episode in enumerate(found)
        if not _left_closed(matched.get(number), episode, known)
    )
    changed += [alert for alert in updated if alert is not None]
    return sorted(changed, key=lambda a: (a.state is AlertState.ACTIVE, a.raised_at))


def judged_since(start: datetime, stored: Sequence[Alert]) -> datetime:
    """The instant from which a station should be judged: `start`, or earlier so that no alert was already running then.

    Rules start from calm; begun in the midst of an episode they could not know that a level still holds by hysteresis.
    `stored`: the station's alerts that are active or ended after `start`. Silence is left out: it is judged from its newest
    reading. When the result is earlier than `start`, ask for the alerts since then and call again.
    """
    spans = [(a.raised_at, a.ended_at) for a in stored if a.event is not Event.NO_SIGNAL]
    for raised_at, ended_at in sorted(spans, key=lambda span: span[0], reverse=True):
        if raised_at < start and (ended_at is None or ended_at > start):
            start = raised_at
    return start


def severity_of(severities: Mapping[int, Severity], level: int) -> Severity:
    """By the policy of an event; a level it does not name counts as the highest one below that it does."""
    below = [named for named in severities if named <= level]
    return severities[max(below)] if below else Severity.UNKNOWN


def identifier(station: str, event: Event, raised_at: datetime) -> str:
    """A CAP identifier: no spaces, commas, < or &; the same for the same station, event and first instant."""
    return f"hue-ews.{station}.{event}.{_stamp(raised_at)}"


@lru_cache(maxsize=1024)
def _stamp(at: datetime) -> str:
    """Gauges that cross together share it."""
    instant = at.astimezone(UTC)
    fraction = f".{instant.microsecond:06d}" if instant.microsecond else ""
    return f"{instant:%Y%m%dT%H%M%S}{fraction}Z"


def _left_closed(alert: Alert | None, episode: Episode, known: Sequence[Alert]) -> bool:
    """Whether the episode, which would open an alert or open one again that a rule ended, is of what a person ended."""
    opens = alert is None or (alert.state is not AlertState.ACTIVE and ended_by_person_at(alert) is None)
    # What began after the person's word has a word of its own.
    since = [each for each in known if alert is None or each.ended_at is None or each.ended_at > alert.raised_at]
    return opens and closed_by_person(since, episode)


def _settled(alert: Alert) -> bool:
    return never_happened(alert) or ended_by_person_at(alert) is not None


def _reaches(alert: Alert, since: datetime) -> bool:
    return alert.ended_at is None or alert.ended_at > since or alert.raised_at >= since


def _before(alert: Alert | None, since: datetime) -> tuple[Mark, ...]:
    return tuple(mark for mark in remembered(alert) if mark.at < since) if alert is not None else ()


class _Clerk:
    """Writes the versions of the alerts of one station and event."""

    def __init__(
        self,
        *,
        station: str,
        event: Event,
        severities: Mapping[int, Severity],
        decided_at: datetime,
        stored: Sequence[Alert],
        correction: Reason,
    ) -> None:
        self._correction = correction
        self._station, self._event = station, event
        self._severities = severities
        self._decided_at = decided_at
        self._by_identifier = {alert.identifier: alert for alert in stored}

    def judged(self, alert: Alert | None, episode: Episode, findings: Sequence[Finding]) -> Alert | None:
        """What `updated` makes of it, and where other sensors are silent than it names, one more version that names them."""
        changed = self.updated(alert, episode)
        standing = alert if changed is None else changed
        change = None if standing is None else change_of_silence(alert, standing, findings, self._decided_at)
        if standing is None or change is None:
            return changed
        version = self._version(len(standing.versions) + 1, change, change.mark.level)
        return replace(standing, state=AlertState.ACTIVE, ended_at=None, versions=(*standing.versions, version))

    def updated(self, alert: Alert | None, episode: Episode) -> Alert | None:
        """The alert with the versions that the episode adds; None when it adds none."""
        alert = self._opened(episode) if alert is None else alert
        believed = remembered(alert)
        known, marks = _told(believed), _told(episode.marks)
        if known == marks or stays_closed(alert, episode):
            return None
        grown = known == marks[: len(known)]
        changes = episode.changes[len(known) :] if grown else (_corrected(episode, believed, self._correction),)
        highest = max(mark.level for mark in episode.marks)
        versions = alert.versions
        for change in changes:
            versions = (*versions, self._version(len(versions) + 1, change, highest))
        last = episode.marks[-1]
        ended = last.level == 0
        level = highest if ended else last.level
        return Alert(  # `replace` takes four times as long, and a storm decides thousands
            identifier=alert.identifier,
            station=alert.station,
            event=alert.event,
            state=AlertState.ENDED if ended else AlertState.ACTIVE,
            severity=self._severity(level),
            level=level,
            phase=last.phase,
            raised_at=episode.begins_at,
            ended_at=episode.ended_at,
            versions=versions,
            exercise=alert.exercise,
        )

    def withdrawn(self, alert: Alert) -> Alert:
        """The alert taken back as a whole: no reading shows it any more."""
        mark = Mark(at=alert.raised_at, level=0, phase=alert.phase, observed=0)
        change = Change(mark=mark, reason=self._correction, detail=written(()))
        version = self._version(len(alert.versions) + 1, change, alert.level)
        return replace(alert, state=AlertState.ENDED, ended_at=alert.raised_at, versions=(*alert.versions, version))

    def _opened(self, episode: Episode) -> Alert:
        """A new alert without versions yet; one that was taken back and did happen after all is opened again."""
        name = base = identifier(self._station, self._event, episode.begins_at)
        number = 1
        while name in self._by_identifier and not never_happened(self._by_identifier[name]):
            number += 1
            name = f"{base}-{number}"
        if name in self._by_identifier:
            return self._by_identifier[name]
        alert = Alert(
            identifier=name,
            station=self._station,
            event=self._event,
            state=AlertState.ACTIVE,
            severity=Severity.UNKNOWN,
            level=0,
            phase=Phase.OBSERVED,
            raised_at=episode.begins_at,
            ended_at=None,
            versions=(),
        )
        self._by_identifier[name] = alert
        return alert

    def _version(self, number: int, change: Change, highest: int) -> AlertVersion:
        mark = change.mark
        return AlertVersion(
            number=number,
            reason=change.reason,
            at=mark.at,
            decided_at=self._decided_at,
            level=mark.level,
            # The end of a severe warning concerns everyone who heard of it.
            severity=self._severity(mark.level or highest),
            phase=mark.phase,
            value=change.value,
            threshold=change.threshold,
            detail=change.detail,
        )

    def _severity(self, level: int) -> Severity:
        return severity_of(self._severities, level)


def _told(marks: Sequence[Mark]) -> list[tuple[datetime, int, Phase]]:
    return [(mark.at, mark.level, mark.phase) for mark in marks]


def _of_unknown_beginning(episode: Episode) -> Episode:
    """The same, saying of its first reading that it began then or earlier."""
    first, *others = episode.changes
    if first.reason is not Reason.RAISED:
        return episode
    return Episode(changes=(replace(first, reason=Reason.UNDER_WAY), *others))


def _corrected(episode: Episode, believed: Sequence[Mark], why: Reason) -> Change:
    """One change that replaces what was believed; its detail remembers the whole course."""
    last = episode.changes[-1]
    level = believed[-1].level if believed else 0
    reason = why
    if believed and _is_news(last, believed[-1]):
        reason = last.reason  # that a forecast came or went meanwhile must not hide it
    elif last.mark.phase is Phase.FORECAST and last.mark.level > level > 0:
        reason = Reason.UPGRADED_BY_FORECAST
    elif why is Reason.LATE_DATA and _only_forecasts_differ(believed, episode.marks):
        reason = Reason.LATE_FORECAST
    return replace(last, reason=reason, detail={**last.detail, **written(episode.marks)})


def _is_news(change: Change, believed: Mark) -> bool:
    """Whether readings after all that was believed show a level that was not, or water that rises again."""
    if change.reason is Reason.RISING_AGAIN:
        new = believed.phase is not Phase.RISING_AGAIN
    else:
        new = change.reason in (Reason.UPGRADED, Reason.CONFIRMED) and change.mark.observed > believed.observed
    return new and change.mark.at > believed.at


def _only_forecasts_differ(believed: Sequence[Mark], marks: Sequence[Mark]) -> bool:
    """Whether readings show what they showed before, and a forecast between them is new or gone."""
    differing = set(_told(believed)) ^ set(_told(marks))
    return _observed(believed) == _observed(marks) and any(phase is Phase.FORECAST for _, _, phase in differing)


def _observed(marks: Sequence[Mark]) -> list[tuple[datetime, int]]:
    """Where the level that readings show changes, and to what."""
    changes: list[tuple[datetime, int]] = []
    for mark in marks:
        if mark.observed != (changes[-1][1] if changes else 0):
            changes.append((mark.at, mark.observed))
    return changes
