"""What a fleet has really done so far, counted as it happens: the truth when it is over."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
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


@dataclass(slots=True)
class _Left:
    """What has left of the readings that a fault touched."""

    readings: int = 0  # that can be read
    messages: int = 0  # that cannot
    topics: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Planned:
    """What a device will have done at `at_s`: it is asked a block ahead, and a run may end before."""

    at_s: float
    series: tuple[Name, ...]
    word: str
    touched: tuple[tuple[tuple[str, ...], int], ...] = ()  # faults, and the time by the device's clock


class Ledger:
    """Counts readings and messages, and remembers what each fault has touched, as far as the run has come."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults: Mapping[str, Fault] = {fault.id: fault for fault in faults}
        # Two readings of a device whose clock jumps may get one time; only the later is there in the end.
        self._stamps: dict[str, set[tuple[str, int]]] = {
            fault.station: set() for fault in faults if fault.kind is FaultKind.CLOCK_SKEW
        }
        self._planned: deque[_Planned] = deque()
        self._touched: dict[str, _Touched] = {}
        self._left: defaultdict[str, _Left] = defaultdict(_Left)
        self._series: defaultdict[Name, Counter[str]] = defaultdict(Counter)
        self._sources: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def measured(self, station: str, at_s: float, readings: Sequence[Reading]) -> None:
        """These are measured at `at_s` of the true clock, and will be sent or lost."""
        touched = tuple((one.faults, one.at_s) for one in readings if one.faults)
        self._planned.append(_Planned(at_s, tuple((station, one.quantity) for one in readings), "measured", touched))

    def withheld(self, at_s: float, faults: tuple[str, ...], stamped_s: int) -> None:
        """A reading was due at `at_s` and not made; it would have been stamped so."""
        self._planned.append(_Planned(at_s, (), "withheld", ((faults, stamped_s),)))

    def lost(self, station: str, at_s: float, readings: Iterable[Reading]) -> None:
        """These will never arrive, for what happens at `at_s`."""
        self._planned.append(_Planned(at_s, tuple((station, one.quantity) for one in readings), "lost"))

    def count_until(self, at_s: float) -> None:
        """The run has come so far: what was planned until then has happened."""
        later: deque[_Planned] = deque()
        for one in self._planned:
            if one.at_s > at_s:
                later.append(one)
                continue
            for name in one.series:
                self._series[name][one.word] += 1
            for faults, stamped_s in one.touched:
                self._touch(faults, stamped_s)
        self._planned = later

    def left(self, departure: Departure) -> None:
        """A message has left."""
        counts, readings = self._sources[departure.source], departure.written.readings
        counts["messages"] += 1
        counts["readings"] += len(readings)
        counts["repeated"] += departure.again
        if departure.unreadable is not None:
            counts["unreadable"] += 1
            self._left[departure.unreadable].messages += 1
            self._left[departure.unreadable].topics.add(departure.written.topic)
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
            for fault in one.faults if word == "sent" else ():
                self._left[fault].readings += 1

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
        """Everything that had happened when the run ended, or was left."""
        self.count_until(run.ends.timestamp())
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

    def _injected(self, fault: Fault, touched: _Touched) -> InjectedFault:
        left = self._left.get(fault.id, _Left())
        return InjectedFault(
            id=fault.id,
            station=fault.station,
            quantity=fault.quantity,
            kind=fault.kind,
            first=datetime.fromtimestamp(touched.first_s, UTC),
            last=datetime.fromtimestamp(touched.last_s, UTC),
            readings=touched.readings,
            size=fault.size,
            sent=left.readings,
            messages=left.messages,
            topics=tuple(sorted(left.topics)),
        )
