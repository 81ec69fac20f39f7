"""What was wrong with the readings of a record, and what was done about it: counted by series, with the first such place."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordFault:
    """One kind of defect of one series."""

    series: str
    what: str  # a short, stable word: no_time, sentinel, repeated, …
    count: int
    where: str  # the first such place, or the span
    done: str  # what was done about it, in words


@dataclass(slots=True)
class FaultCount:
    """Faults while a record is read."""

    _found: dict[tuple[str, str], RecordFault] = field(default_factory=dict)

    def add(self, series: str, what: str, count: int, where: str, done: str) -> None:
        """Count `count` more of a kind; the first place and the first remedy stand."""
        if not count:
            return
        known = self._found.get((series, what))
        first = (where, done) if known is None else (known.where, known.done)
        total = count + (0 if known is None else known.count)
        self._found[series, what] = RecordFault(series=series, what=what, count=total, where=first[0], done=first[1])

    def total(self, what: str) -> int:
        """How many of one kind in all series."""
        return sum(fault.count for fault in self._found.values() if fault.what == what)

    @property
    def all(self) -> tuple[RecordFault, ...]:
        """Every kind, in the order in which they were met."""
        return tuple(self._found.values())
