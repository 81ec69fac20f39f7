"""Rules run over a history before they are adopted: alerts, messages, hits, misses, false alarms, minutes gained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

import numpy as np

from alerts.life_cycle import reconcile
from alerts.memory import never_happened
from domain.alerts import Alert, AlertVersion, Event, Finding, Phase, Step
from domain.stations import Station
from rules.configuration import RuleSet
from rules.dated_thresholds import levels_in_force
from rules.heard import silences
from rules.judge import History, judge_together
from rules.rule_table import LatchedRule, LevelName
from rules.schedule import scheduled
from rules.tables import OverdueRule, StageRule
from rules.trace import Trace, trace

_LEVELS: tuple[LevelName, ...] = ("bd1", "bd2", "bd3", "record")
#: Two crossings of one level belong to one flood unless the water stayed below it for so long.
_APART = timedelta(hours=24)
#: A warning so long before the crossing is a hit of it; earlier ones spoke of something else.
_LONGEST_LEAD = timedelta(hours=48)


@dataclass(frozen=True, kw_only=True, slots=True)
class Crossing:
    """The water reaches a level of a gauge, until it has left it for good."""

    station: str
    level: int
    at: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelScore:
    """One level of all gauges. `lead_min`: median minutes from the warning to the crossing; negative: after it."""

    level: int
    crossings: int
    hits: int
    misses: int
    false_alarms: int
    lead_min: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What one set of rules would have done, by event. Messages are versions of alerts, each counted once.

    Not counted are the recipients of each, repetitions, escalations, corrections by late data, and each further sensor of a silence;
    not left out is what the telling policy or a silence would have held back. So two sets of rules compare; neither number is that
    of messages sent.
    """

    alerts: dict[str, int]
    messages: dict[str, int]
    levels: tuple[LevelScore, ...]
    warned: dict[Crossing, datetime]  # when each hit was known


def run_rules(
    stations: Mapping[str, Station], histories: Mapping[str, History], rules: RuleSet, now: datetime
) -> Result:
    """Judge the whole history at once; in event time that gives the alerts that judging step by step would have given."""
    found = judge_together(stations, histories, rules, now)
    for name, station in stations.items():
        found[name] += _silences(station, histories[name], rules, now)
    alerts = [
        alert
        for name, station in stations.items()
        for event in Event
        for alert in reconcile(
            station, event, [f for f in found[name] if f.event is event], [], rules.severities(), now
        )
        if not never_happened(alert)
    ]
    crossings = [each for name, station in stations.items() for each in crossings_of(station, histories[name])]
    warned, false_alarms = _matched(alerts, crossings, histories, rules)
    return Result(
        alerts=_counted(alerts, lambda _: 1),
        messages=_counted(alerts, lambda alert: len(alert.versions)),
        levels=tuple(_score(level, crossings, warned, false_alarms) for level in range(1, len(_LEVELS) + 1)),
        warned=warned,
    )


def _silences(station: Station, history: History, rules: RuleSet, now: datetime) -> Iterator[Finding]:
    """What the rules about silence would have found at each gap: judged at the end, only the last would be seen."""
    for rule in (r for r in rules.rules if isinstance(r, OverdueRule) and r.applies_to(station.id)):
        spans = silences(station, history.readings, rule, now)
        begun = [(max(begin, history.since), end) for begin, end in spans if end is None or end > history.since]
        steps = [Step(at=begin, level=1) for begin, _ in begun] + [Step(at=end, level=0) for _, end in begun if end]
        found = Finding(
            station=station.id,
            event=rule.event,
            phase=Phase.OBSERVED,
            rule=rule.name,
            since=history.since,
            steps=tuple(sorted(steps, key=lambda step: step.at)),
        )
        yield found if rule.schedule is None else scheduled(found, rule.schedule, now)


def hit_only_by(one: Result, other: Result) -> list[Crossing]:
    """The crossings that one set of rules would have warned of and the other not, in order of time."""
    return sorted(one.warned.keys() - other.warned.keys(), key=lambda each: (each.at, each.station, each.level))


def minutes_gained(candidate: Result, present: Result) -> list[float]:
    """How much earlier the candidate knew, for each crossing that both hit; ascending."""
    both = candidate.warned.keys() & present.warned.keys()
    return sorted((present.warned[each] - candidate.warned[each]) / timedelta(minutes=1) for each in both)


def crossings_of(station: Station, history: History) -> list[Crossing]:
    """Where the readings (failed ones left out) cross each alarm level of the gauge, by plain comparison."""
    if "water_level" not in history.readings or not station.thresholds:
        return []
    seen = trace(history.readings["water_level"])
    found = []
    for level, line in levels_in_force(station, seen.ticks, _LEVELS).items():
        above = np.flatnonzero(seen.values >= line)
        for run in np.split(
            above, np.flatnonzero(np.diff(seen.ticks[above]) > _APART // timedelta(microseconds=1)) + 1
        ):
            if len(run) and seen.at(run[0]) >= history.since:
                crossing = Crossing(station=station.id, level=level, at=seen.at(run[0]), until=seen.at(run[-1]))
                found.append(crossing)
    return found


def _counted(alerts: Sequence[Alert], count: Callable[[Alert], int]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for alert in alerts:
        counts[alert.event.value] = counts.get(alert.event.value, 0) + count(alert)
    return dict(sorted(counts.items()))


def _matched(
    alerts: Sequence[Alert], crossings: Sequence[Crossing], histories: Mapping[str, History], rules: RuleSet
) -> tuple[dict[Crossing, datetime], dict[int, int]]:
    """When each crossing was first warned of, and how many warnings of each level came to nothing."""
    warned: dict[Crossing, datetime] = {}
    false_alarms: dict[int, int] = {}
    for alert in (each for each in alerts if each.event is Event.FLOOD):
        for level in range(1, max(version.level for version in alert.versions) + 1):
            first = next(version for version in alert.versions if version.level >= level)
            known = known_at(first, histories[alert.station], rules)
            over = alert.ended_at
            hit = [
                c
                for c in crossings
                if (c.station, c.level) == (alert.station, level)
                and first.at <= c.until
                and (over is None or c.at <= over + _APART)
                and known >= c.at - _LONGEST_LEAD
            ]
            for crossing in hit:
                warned[crossing] = min(known, warned.get(crossing, known))
            if not hit:
                false_alarms[level] = false_alarms.get(level, 0) + 1
    return warned, false_alarms


def known_at(version: AlertVersion, history: History, rules: RuleSet) -> datetime:
    """When a version was certain: its event time, and for readings the wait of its rule after it."""
    rule = next((r for r in rules.rules if r.name == version.detail.get("rule")), None)
    if version.phase is Phase.FORECAST or not isinstance(rule, LatchedRule):
        return version.at
    patience = rule.patience_of(version.level) if isinstance(rule, StageRule) else rule.patience
    quantity: str = getattr(rule, "quantity", "")
    if quantity not in history.readings or (not patience.raise_after and patience.raise_count == 1):
        return version.at
    seen: Trace = trace(history.readings[quantity])
    first = seen.since(version.at)
    late = max(seen.since(version.at + patience.raise_after), first + patience.raise_count - 1)
    return seen.at(min(late, len(seen) - 1))


def _score(
    level: int, crossings: Sequence[Crossing], warned: Mapping[Crossing, datetime], false_alarms: Mapping[int, int]
) -> LevelScore:
    of_level = [crossing for crossing in crossings if crossing.level == level]
    leads = [(c.at - warned[c]) / timedelta(minutes=1) for c in of_level if c in warned]
    return LevelScore(
        level=level,
        crossings=len(of_level),
        hits=len(leads),
        misses=len(of_level) - len(leads),
        false_alarms=false_alarms.get(level, 0),
        lead_min=median(leads) if leads else None,
    )
