"""Several rules at the same time: rain and level, two gauges that agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from domain.alerts import Finding, Phase, Step
from domain.stations import Station
from rules.threshold_tables import CompoundRule, Part

#: Findings of the other rules by station and rule; one rule may have several at a station.
Found = Mapping[tuple[str, str], Sequence[Finding]]
_Span = tuple[datetime, datetime | None]


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


def compound_finding(station: Station, found: Found, rule: CompoundRule, now: datetime) -> Finding | None:
    """Level 1 while at least `needed` parts hold together; None where a part's rules were not judged at enough stations.

    A part holds while its rule finds `at_least` at `needed` of its stations, and `within_min` longer; what has not come on the
    clock yet (`now`) does not count.
    """
    spans, since = [], []
    for part in rule.parts:
        judged = [found[place, part.rule] for place in places(station, part) if found.get((place, part.rule))]
        if len(judged) < part.needed:
            return None
        since += [finding.since for findings in judged for finding in findings]
        spans.append(_together([_spans(findings, part) for findings in judged], part.needed))
    start = max(since)
    steps = [
        Step(at=max(at, start), level=int(on), detail={"parts": ", ".join(part.rule for part in rule.parts)})
        for at, on in _switches(spans, rule.needed, start, now)
    ]
    return Finding(
        station=station.id, event=rule.event, phase=Phase.OBSERVED, rule=rule.name, since=start, steps=tuple(steps)
    )


def _spans(findings: Sequence[Finding], part: Part) -> list[_Span]:
    """Where one rule at one station holds a part, joined where spans meet."""
    longer = timedelta(minutes=part.within_min)
    spans: list[_Span] = []
    for finding in findings:
        begin: datetime | None = None
        for step in finding.steps:
            if step.level >= part.at_least:
                begin = begin or step.at
            elif begin is not None:
                spans.append((begin, step.at + longer))
                begin = None
        if begin is not None:
            spans.append((begin, None))
    return _joined(spans)


def _joined(spans: Iterable[_Span]) -> list[_Span]:
    joined: list[_Span] = []
    for begin, end in sorted(spans, key=lambda span: span[0]):
        if joined and (joined[-1][1] is None or begin <= joined[-1][1]):
            last = joined[-1][1]
            joined[-1] = joined[-1][0], None if last is None or end is None else max(last, end)
        else:
            joined.append((begin, end))
    return joined


def _together(each: Sequence[list[_Span]], needed: int) -> list[_Span]:
    """Where at least `needed` of the lists have a span."""
    spans: list[_Span] = []
    begin: datetime | None = None
    for at, count in _counts(each):
        if count >= needed and begin is None:
            begin = at
        elif count < needed and begin is not None:
            spans.append((begin, at))
            begin = None
    return spans if begin is None else [*spans, (begin, None)]


def _counts(each: Sequence[list[_Span]]) -> list[tuple[datetime, int]]:
    """How many of the lists have a span, from each instant on where that changes."""
    edges: dict[datetime, int] = {}
    for begin, end in (span for spans in each for span in spans):
        edges[begin] = edges.get(begin, 0) + 1
        if end is not None:
            edges[end] = edges.get(end, 0) - 1
    count, counts = 0, []
    for at in sorted(edges):
        count += edges[at]
        counts.append((at, count))
    return counts


def _switches(parts: Sequence[list[_Span]], needed: int, start: datetime, now: datetime) -> list[tuple[datetime, bool]]:
    """Off at `start`, then every change; what lies before `start` is said as of then."""
    switches = [(start, False)]
    for begin, end in _together(parts, needed):
        if begin > now or (end is not None and end <= start):
            continue
        if begin <= start:
            switches = [(start, True)]
        else:
            switches.append((begin, True))
        if end is not None and end <= now:
            switches.append((end, False))
    return switches
