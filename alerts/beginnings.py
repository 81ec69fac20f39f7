"""Where that began which was under way already when the judged span begins. Pure decisions over findings and alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from alerts.episode import episodes
from alerts.memory import ended_by_person_at
from domain.alerts import Alert, Event, Finding, Phase


def begun_before(findings: Sequence[Finding], stored: Sequence[Alert]) -> dict[Event, datetime]:
    """The events above level 0 at the first reading looked at, of which no stored alert tells, with the time of that reading.

    Silence is left out, it is dated by the last reading; so are forecasts, which begin when they are issued.
    """
    begun: dict[Event, datetime] = {}
    for finding in findings:
        if finding.phase is not Phase.OBSERVED or finding.event is Event.NO_SIGNAL or not finding.steps:
            continue
        first = finding.steps[0]
        if first.level and not any(_tells(alert, finding.event, first.at) for alert in stored):
            begun[finding.event] = min(first.at, begun.get(finding.event, first.at))
    return begun


def beginning(findings: Sequence[Finding], at: datetime) -> datetime | None:
    """The last instant up to `at` that is not in the midst of an episode of `findings`; None where they do not reach to it.

    From there on a station may be judged anew: rules start from calm (see `alerts.life_cycle.judged_since`).
    """
    by_event: dict[Event, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.phase is Phase.OBSERVED and finding.event is not Event.NO_SIGNAL:
            by_event[finding.event].append(finding)
    spans = [(e.begins_at, e.ended_at) for event, own in by_event.items() for e in episodes(event, own)]
    for begins_at, ended_at in sorted(spans, key=lambda span: span[0], reverse=True):
        if begins_at < at and (ended_at is None or ended_at > at):
            at = begins_at
    unknown = any(
        each.steps and each.steps[0].level and each.steps[0].at == at for own in by_event.values() for each in own
    )
    return None if unknown else at


def last_end_by_person(alerts: Sequence[Alert], events: Sequence[Event], until: datetime) -> datetime | None:
    """When a person last ended an alert of one of `events`, up to `until`: what stands after that is not looked behind."""
    ends = (a.ended_at for a in alerts if a.event in events and ended_by_person_at(a) is not None)
    return max((end for end in ends if end is not None and end <= until), default=None)


def _tells(alert: Alert, event: Event, at: datetime) -> bool:
    return alert.event is event and alert.raised_at <= at and (alert.ended_at is None or alert.ended_at > at)
