"""Decisions about stations: their findings compared with their alerts, stored with their messages in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.beside import beside
from alerts.drafting import mark
from alerts.life_cycle import SeverityPolicy, judged_since, reconcile, severity_of
from alerts.outbox import deliveries_for
from alerts.recipients import Recipient
from alerts.speaking import speak
from alerts.telling import Surroundings, tellings, told_last
from alerts.telling_policy import Exercise, TellingPolicy
from domain.alerts import Alert, AlertVersion, Event, Finding, Reason
from domain.deeds import SEVERITY_RANK, Telling
from domain.stations import Station
from storage import audit
from storage.alerts import alerts_of, lock_alerts, save_alerts
from storage.database import Connection
from storage.deliveries import NewDelivery, enqueue
from storage.tellings import add_tellings, silences, tellings_of

#: Everything is told, and nothing twice.
_PLAIN = TellingPolicy(repeat_min={}, exercise=Exercise(channels=()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What the rules found at one station, and its alerts as they were when they were read (of the judged span).

    `under_way`: the events of which no beginning is known, because they were so at the first reading.
    """

    station: Station
    findings: Sequence[Finding]
    stored: Sequence[Alert]
    under_way: frozenset[Event] = frozenset()

    def by_event(self) -> Iterator[Judged]:
        """The same, one for each event."""
        found: dict[Event, list[Finding]] = defaultdict(list)
        for finding in self.findings:
            found[finding.event].append(finding)
        if len(found) == 1:
            yield self
        else:
            yield from (replace(self, findings=of_event) for of_event in found.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Rulebook:
    """By what it is decided: severities of levels, who is told, and when not."""

    severities: SeverityPolicy
    recipients: Sequence[Recipient]
    telling: TellingPolicy = _PLAIN
    correction: Reason = Reason.LATE_DATA  # why the past may look different in this round

    def rank(self, judged: Judged) -> int:
        """How severe what stands now is, of findings of one event. Only what is graver speaks for what is less (`Inhibition`)."""
        level = max((finding.steps[-1].level for finding in judged.findings if finding.steps), default=0)
        return SEVERITY_RANK[severity_of(self.severities.get(judged.findings[0].event, {}), level)]


def span_to_judge(connection: Connection, station: str, start: datetime) -> datetime:
    """The instant from which `station` should be judged: `start`, or earlier, where none of its alerts was running."""
    while True:
        stored = [alert for event in Event for alert in alerts_of(connection, station, event, start)]
        earlier = judged_since(start, stored)
        if earlier == start:
            return start
        start = earlier


def decide(
    connection: Connection,
    station: Station,
    findings: Sequence[Finding],
    *,
    policy: SeverityPolicy,
    recipients: Sequence[Recipient],
    clock_now: datetime,
    wall_now: datetime,
) -> list[Alert]:
    """Store what the findings of one station change, with the messages it makes; the alerts that changed.

    Reads the stored alerts itself. See `decide_together`.
    """
    if not findings:
        return []
    since = min(finding.since for finding in findings)
    stored = [
        alert
        for event in dict.fromkeys(finding.event for finding in findings)
        for alert in alerts_of(connection, station.id, event, since)
    ]
    judged = Judged(station=station, findings=findings, stored=stored)
    rules = Rulebook(severities=policy, recipients=recipients)
    return decide_together(connection, [judged], rules, clock_now=clock_now, wall_now=wall_now)


def decide_together(
    connection: Connection, judged: Sequence[Judged], rules: Rulebook, *, clock_now: datetime, wall_now: datetime
) -> list[Alert]:
    """Store what the findings of stations on one clock change, with messages, reasons and audit; the alerts that changed.

    `clock_now`: now on the stations' clock, which says what is long past. `wall_now`: when this is known and sent. An alert to
    which somebody added a version since it was read is left for the next round. Commit is the caller's. Raises
    DatabaseUnavailableError or DatabaseRefusedError.
    """
    known = {alert.identifier: alert for each in judged for alert in each.stored}
    changed = [(each.station, alert) for each in judged for alert in _changes(each, rules, wall_now)]
    if not changed:
        return []
    counted = lock_alerts(connection, [alert.identifier for _, alert in changed])
    changed = _undisturbed(changed, known, counted)
    save_alerts(connection, sorted((alert for _, alert in changed), key=lambda alert: alert.ended_at is None))
    news = [(station, alert, alert.versions[counted.get(alert.identifier, 0) :]) for station, alert in changed]
    tell(connection, news, rules, clock_now=clock_now, wall_now=wall_now)
    mark(connection, [alert for _, alert in changed], rules.telling)
    audit.add_all(connection, [_noted(alert, version) for _, alert, decided in news for version in decided])
    return [alert for _, alert in changed]


def tell(
    connection: Connection,
    news: Sequence[tuple[Station, Alert, Sequence[AlertVersion]]],
    rules: Rulebook,
    *,
    clock_now: datetime,
    wall_now: datetime,
) -> list[Telling]:
    """Store which of the new versions people are told, why the others not, and the messages; the tellings."""
    active = beside(connection, rules.telling, ((station, alert) for station, alert, _ in news))
    before = tellings_of(connection, [alert.identifier for _, alert, decided in news if decided[0].number > 1])
    quiet = silences(connection, wall_now)
    made: list[Telling] = []
    rows: list[NewDelivery] = []
    for station, alert, decided in news:
        around = Surroundings(
            policy=rules.telling,
            silences=quiet,
            burning=active.speaking_at(station),
            waking=active.waking_at(station),
            told_before=before.get(alert.identifier, ()),
        )
        found = tellings(alert, decided, station, around, clock_now=clock_now, wall_now=wall_now)
        made += found
        told = {telling.version for telling in found if telling.told}
        for version in (each for each in decided if each.number in told):
            last = told_last(alert, around.told_before)
            rows += deliveries_for(alert, version, station, rules.recipients, wall_now, told=last)
    add_tellings(connection, made)
    enqueue(connection, rows)
    speak(connection, ((station, alert) for station, alert, _ in news), rules.telling.inhibit, wall_now)
    return made


def _changes(judged: Judged, rules: Rulebook, now: datetime) -> list[Alert]:
    return [
        alert
        for each in judged.by_event()
        for alert in reconcile(
            judged.station,
            each.findings[0].event,
            each.findings,
            judged.stored,
            rules.severities,
            now,
            correction=rules.correction,
            under_way=each.findings[0].event in judged.under_way,
        )
    ]


def _undisturbed(
    changed: Sequence[tuple[Station, Alert]], known: Mapping[str, Alert], counted: Mapping[str, int]
) -> list[tuple[Station, Alert]]:
    """Without the events of a station whose alert has grown since it was read: they are judged again."""
    grown = {
        (station.id, alert.event)
        for station, alert in changed
        if counted.get(alert.identifier, 0)
        != (len(known[alert.identifier].versions) if alert.identifier in known else 0)
    }
    return [(station, alert) for station, alert in changed if (station.id, alert.event) not in grown]


def _noted(alert: Alert, version: AlertVersion) -> tuple[str, str, str, dict[str, object]]:
    detail: dict[str, object] = {
        "version": version.number,
        "level": version.level,
        "severity": version.severity.value,
        "at": version.at.isoformat(),
    }
    return "scheduler", version.reason.value, alert.identifier, detail
