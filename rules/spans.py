"""Stretches of event time in which something holds: joined, and counted where they lie over each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

#: From … to; None: until further notice.
Span = tuple[datetime, datetime | None]


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same in order of time, one where they meet."""
    found: list[Span] = []
    for begin, end in sorted(spans, key=lambda span: span[0]):
        if found and (found[-1][1] is None or begin <= found[-1][1]):
            last = found[-1][1]
            found[-1] = found[-1][0], None if last is None or end is None else max(last, end)
        else:
            found.append((begin, end))
    return found


def together(each: Sequence[Sequence[Span]], needed: int) -> list[Span]:
    """Where at least `needed` of the lists have a span."""
    spans: list[Span] = []
    begin: datetime | None = None
    for at, count in _counts(each):
        if count >= needed and begin is None:
            begin = at
        elif count < needed and begin is not None:
            spans.append((begin, at))
            begin = None
    return spans if begin is None else [*spans, (begin, None)]


def _counts(each: Sequence[Sequence[Span]]) -> list[tuple[datetime, int]]:
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
