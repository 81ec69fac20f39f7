"""What a fleet has really done so far, counted as it happens: the truth when it is over."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from domain.exercise import FaultKind
from simulators.field.faults import Fault
from simulators.field.reading import Departure, Reading
from simulators.field.truth import InjectedFault, RunFacts, SentSeries, SentSource, Truth

Name = tuple[str, str]


@dataclass(slots=True)
class _Touched:
    first_s: int
    last_s: int
    readings: int = 0
    messages: int = 0
    topics: set[str] = field(default_factory=set)


class Ledger:
    """Counts readings and messages, and remembers what each fault has touched."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults: Mapping[str, Fault] = {fault.id: fault for fault in faults}
        # Two readings of a device whose clock jumps may get one time; only the later is there in the end.
        self._stamps: dict[str, set[tuple[str, int]]] = {
            fault.station: set() for fault in faults if fault.kind is FaultKind.CLOCK_SKEW
        }
        self._touched: dict[str, _Touched] = {}
        self._series: defaultdict[Name, Counter[str]] = defaultdict(Counter)
        self._sources: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def measured(self, station: str, readings: Iterable[Reading]) -> None:
        """These were measured, and will be sent or lost."""
        for one in readings:
            self._series[station, one.quantity]["measured"] += 1
            self._touch(one.faults, one.at_s)

    def withheld(self, faults: Sequence[str], at_s: int) -> None:
        """A reading was due and not made."""
        self._touch(faults, at_s)

    def lost(self, station: str, readings: Iterable[Reading]) -> None:
        """These will never arrive."""
        for one in readings:
            self._series[station, one.quantity]["lost"] += 1

    def left(self, departure: Departure) -> None:
        """A message has left."""
        counts, readings = self._sources[departure.source], departure.written.readings
        counts["messages"] += 1
        counts["readings"] += len(readings)
        counts["repeated"] += departure.again
        if departure.unreadable is not None:
            counts["unreadable"] += 1
            touched = self._touched[departure.unreadable]
            touched.messages += 1
            touched.topics.add(departure.written.topic)
        if not departure.again:
            self._count(departure, "sent" if departure.unreadable is None else "unreadable")

    def _count(self, departure: Departure, word: str) -> None:
        stamps = self._stamps.get(departure.station)
        for one in departure.written.readings:
            if stamps is not None and word == "sent":
                if (one.quantity, one.at_s) in stamps:
                    self._series[departure.station, one.quantity]["measured"] -= 1
                    continue
                stamps.add((one.quantity, one.at_s))
            self._series[departure.station, one.quantity][word] += 1

    def _touch(self, faults: Sequence[str], at_s: int) -> None:
        for name in faults:
            touched = self._touched.setdefault(name, _Touched(at_s, at_s))
            touched.first_s, touched.last_s = min(touched.first_s, at_s), max(touched.last_s, at_s)
            touched.readings += 1

    @property
    def sent(self) -> int:
        """Readings that have left, each counted once."""
        return sum(counts["sent"] for counts in self._series.values())

    def truth(self, run: RunFacts) -> Truth:
        """Everything counted so far."""
        words = ("measured", "sent", "lost", "unreadable")
        return Truth(
            run=run,
            faults=tuple(
                self._injected(self._faults[name], touched) for name, touched in sorted(self._touched.items())
            ),
            series=tuple(
                SentSeries(station=name[0], quantity=name[1], **{word: counts[word] for word in words})
                for name, counts in sorted(self._series.items())
            ),
            sources=tuple(
                SentSource(
                    source=source, **{word: counts[word] for word in ("messages", "readings", "repeated", "unreadable")}
                )
                for source, counts in sorted(self._sources.items())
            ),
        )

    @staticmethod
    def _injected(fault: Fault, touched: _Touched) -> InjectedFault:
        return InjectedFault(
            id=fault.id,
            station=fault.station,
            quantity=fault.quantity,
            kind=fault.kind,
            first=datetime.fromtimestamp(touched.first_s, UTC),
            last=datetime.fromtimestamp(touched.last_s, UTC),
            readings=touched.readings,
            size=fault.size,
            messages=touched.messages,
            topics=tuple(sorted(touched.topics)),
        )
