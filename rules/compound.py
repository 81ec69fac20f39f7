"""Several rules at the same time: rain and level, two gauges that agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from domain.alerts import Event, Finding, Phase, Step
from domain.stations import Station
from rules.spans import Span, joined, together
from rules.threshold_tables import CompoundRule, Part

#: Findings of the other rules by station and rule; one rule may have several at a station.
Found = Mapping[tuple[str, str], Sequence[Finding]]
#: Where the sensors behind a rule (its name) at a station were heard; None: always.
Heard = Callable[[str, str], Sequence[Span] | None]
#: From when to when alerts were in force, by station and event.
InForce = Mapping[tuple[str, Event], Sequence[Span]]


def _always(station: str, rule: str) -> None:
    del station, rule


def places(station: Station, part: Part) -> tuple[str, ...]:
    """The stations that a part looks at, seen from `station`."""
    match part.where:
        case "here":
            return (station.id,)
        case "upstream":
            return tuple(each.station for each in station.upstream)
        case "rain_gauges":
            return station.rain_gauges
        case _:
            return (part.where,)


def compound_finding(
    station: Station,
    found: Found,
    rule: CompoundRule,
    now: datetime,
    heard: Heard = _always,
    *,
    in_force: Sequence[Span] = (),
) -> Finding | None:
    """Level 1 while at least `needed` parts hold together; None where a part's rules were not judged at enough stations.

    A part holds while its rule finds `at_least` at `needed` of its stations, and `within_min` longer; what has not come on the
    clock yet (`now`) does not count. Level 1 begins only where the sensors behind the parts are `heard`: what a dead one showed
    last begins nothing. What has begun goes on through silence, which is not calm; so does what had begun before the findings begin,
    which alerts of its event tell that were `in_force` there.
    """
    held, sure, since = [], [], []
    for part in rule.parts:
        judged = {place: found[place, part.rule] for place in places(station, part) if found.get((place, part.rule))}
        if len(judged) < part.needed:
            return None
        since += [finding.since for findings in judged.values() for finding in findings]
        levels = {place: _found(findings, part.at_least) for place, findings in judged.items()}
        held.append(together([_longer(spans, part) for spans in levels.values()], part.needed))
        alive = [_alive(spans, heard, place, part) for place, spans in levels.items()]
        sure.append(together([_longer(spans, part) for spans in alive], part.needed))
    start = max(since)
    spans = _begun(together(held, rule.needed), together(sure, rule.needed), start if _at(in_force, start) else None)
    return _finding(station, rule, _switches(spans, start, now), start)


def _finding(
    station: Station, rule: CompoundRule, switches: Sequence[tuple[datetime, bool]], since: datetime
) -> Finding:
    detail: dict[str, str | float | int] = {"parts": ", ".join(part.rule for part in rule.parts)}
    steps = tuple(Step(at=max(at, since), level=int(on), detail=detail) for at, on in switches)
    return Finding(station=station.id, event=rule.event, phase=Phase.OBSERVED, rule=rule.name, since=since, steps=steps)


def _begun(held: Sequence[Span], sure: Sequence[Span], known_at: datetime | None) -> list[Span]:
    """The spans of `held` from where one of `sure`, which lie within them, begins; the one at `known_at` had begun before."""
    spans: list[Span] = []
    for begin, end in held:
        if known_at is not None and _at([(begin, end)], known_at):
            first: datetime | None = begin
        else:
            first = next((at for at, _ in sure if at >= begin and (end is None or at < end)), None)
        if first is not None:
            spans.append((first, end))
    return spans


def _at(spans: Sequence[Span], at: datetime) -> bool:
    return any(begin <= at and (end is None or end > at) for begin, end in spans)


def _alive(spans: Sequence[Span], heard: Heard, place: str, part: Part) -> Sequence[Span]:
    """Of the spans in which a part's rule finds its level at one station, what its sensors were heard in."""
    known = heard(place, part.rule) if spans else None
    return spans if known is None else together([spans, known], 2)


def _longer(spans: Sequence[Span], part: Part) -> list[Span]:
    longer = timedelta(minutes=part.within_min)
    return joined((begin, None if end is None else end + longer) for begin, end in spans)


def _found(findings: Sequence[Finding], at_least: int) -> list[Span]:
    """Where one of the findings is at the level or above, joined where spans meet."""
    spans: list[Span] = []
    for finding in findings:
        begin: datetime | None = None
        for step in finding.steps:
            if step.level >= at_least:
                begin = begin or step.at
            elif begin is not None:
                spans.append((begin, step.at))
                begin = None
        if begin is not None:
            spans.append((begin, None))
    return joined(spans)


def _switches(spans: Sequence[Span], start: datetime, now: datetime) -> list[tuple[datetime, bool]]:
    """Off at `start`, then every change; what lies before `start` is said as of then."""
    switches = [(start, False)]
    for begin, end in spans:
        if begin > now or (end is not None and end <= start):
            continue
        if begin <= start:
            switches = [(start, True)]
        else:
            switches.append((begin, True))
        if end is not None and end <= now:
            switches.append((end, False))
    return switches
