"""How much of what a fleet did wrong the system found, and what it held against good readings. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.exercise import FaultKind
from simulators.field.faults import QUIET
from simulators.field.truth import InjectedFault, Truth

#: A clock counts as found wrong when the estimate is off by at least this share of the truth.
_CLOCK_SHARE = 0.5
#: Flags of QARTOD.
_SUSPECT, _FAIL = 3, 4
#: A silence is found when the alarm is raised before it is over, or this much later (the job runs each minute).
_AFTERWARDS = timedelta(hours=1)
#: A gap stands where the next reading was due, which is not to the second where it would have come.
_JITTER = timedelta(minutes=2)
#: These show by what does not come, or too late; they spoil no reading that is counted as one of theirs.
NOT_COMING = (*QUIET, FaultKind.DELAYED)
#: What a run aims at: so many of the faults found, so few of 10,000 good readings failed.
SHARE_FOUND, FAILED_PER_10000 = 0.95, 1.0
#: A fault takes about so long to be found (docs/quality.md) where nothing is said of its own series; one that had less of
#: the run cannot be judged.
_USUAL_DELAYS = {FaultKind.DRIFT: timedelta(hours=22), FaultKind.FLAT: timedelta(hours=11)}
_USUAL_DELAY = timedelta(hours=1)

Name = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What a test holds against one reading, or (flag 9) against the lack of one."""

    station: str
    quantity: str
    at: datetime  # observed_at
    test: str
    flag: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Overdue:
    """One alarm about a silent gauge, in event time."""

    station: str
    raised_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """What the system has of a run. `flagged`: readings whose flag is suspect or fail, by series."""

    readings: Mapping[Name, int]
    flagged: Mapping[Name, Mapping[datetime, int]]
    evidence: Sequence[Held] = ()
    overdue: Sequence[Overdue] = ()
    rejected: Mapping[str, int] = field(default_factory=dict)  # messages by topic
    skews_s: Mapping[str, float] = field(default_factory=dict)  # arrival - observed_at of each station; late above zero
    account: Mapping[str, int] = field(default_factory=dict)  # received, stored, duplicates, revisions, rejected


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultVerdict:
    """One fault. `by`: the tests or alarms that found it; `delay`: from its first reading to the first that was flagged.

    `too_short`: the run ended before such a fault is usually found. Found or not, it counts neither way.
    """

    fault: InjectedFault
    by: tuple[str, ...]
    delay: timedelta | None = None
    too_short: bool = False

    @property
    def found(self) -> bool:
        """Whether anything found it."""
        return bool(self.by)


@dataclass(frozen=True, kw_only=True, slots=True)
class KindScore:
    """All faults of one kind that can be judged."""

    kind: FaultKind
    faults: int
    found: int
    median_delay: timedelta | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultScores:
    """The whole run. `good`: stored readings that no fault touched.

    By series, `missing`: sent and not stored; `unsent`: stored and never sent.
    """

    verdicts: tuple[FaultVerdict, ...]
    kinds: tuple[KindScore, ...]
    good: int
    failed_good: int
    suspect_good: int
    missing: Mapping[Name, int]
    unsent: Mapping[Name, int] = field(default_factory=dict)

    @property
    def judged(self) -> tuple[FaultVerdict, ...]:
        """Of the faults that the run had time to find."""
        return tuple(verdict for verdict in self.verdicts if not verdict.too_short)

    @property
    def found(self) -> int:
        """How many of these were."""
        return sum(verdict.found for verdict in self.judged)

    @property
    def share_found(self) -> float:
        """Of these; NaN without any."""
        return self.found / len(self.judged) if self.judged else float("nan")

    @property
    def failed_good_per_10000(self) -> float:
        """Good readings that were failed."""
        return 1e4 * self.failed_good / self.good if self.good else float("nan")


def score(truth: Truth, stored: Stored, delays: Mapping[str, timedelta] | None = None) -> FaultScores:
    """Compare what was injected with what was found. `delays`: how long faults take to be found, by id, where known."""
    verdicts = tuple(_verdict(fault, truth, stored, delays or {}) for fault in truth.faults)
    touched = {name: _touched(name, truth) for name in stored.readings}
    good_flags = [
        flag
        for name, flags in stored.flagged.items()
        for at, flag in flags.items()
        if not any(first <= at <= last for first, last in touched.get(name, ()))
    ]
    bad = sum(_arrived(fault) for fault in truth.faults if fault.kind not in NOT_COMING)
    surplus = {name: stored.readings.get(name, 0) - series.sent for name, series in truth.sent.items()}
    return FaultScores(
        verdicts=verdicts,
        kinds=_kinds([verdict for verdict in verdicts if not verdict.too_short]),
        good=max(sum(stored.readings.values()) - bad, 0),
        failed_good=sum(flag == _FAIL for flag in good_flags),
        suspect_good=sum(flag == _SUSPECT for flag in good_flags),
        missing={name: -count for name, count in surplus.items() if count < 0},
        # Of a run that was stopped, readings were under way that are not counted any more.
        unsent={name: count for name, count in surplus.items() if count > 0 and truth.run.finished},
    )


def _arrived(fault: InjectedFault) -> int:
    """Its readings that can be among those stored: not those that were lost, garbled or not made."""
    return fault.readings if fault.sent is None else fault.sent


def _touched(name: Name, truth: Truth) -> list[tuple[datetime, datetime]]:
    """When a fault may have spoilt readings of a series. What a silent device still said may be its last, drowned word."""
    return [
        (f.first, f.last)
        for f in truth.faults
        if f.kind is not FaultKind.DELAYED and f.station == name[0] and f.quantity in (None, name[1])
    ]


def _verdict(fault: InjectedFault, truth: Truth, stored: Stored, delays: Mapping[str, timedelta]) -> FaultVerdict:
    needed = delays.get(fault.id, _USUAL_DELAYS.get(fault.kind, _USUAL_DELAY))
    return replace(_found(fault, truth, stored), too_short=truth.run.ends - _begun(fault) < needed)


def _begun(fault: InjectedFault) -> datetime:
    """When it began. A clock that is ahead stamps its first reading later than that, one that is behind earlier."""
    ahead_s = fault.size if fault.kind is FaultKind.CLOCK_SKEW else 0.0
    return fault.first - timedelta(seconds=ahead_s)


def _found(fault: InjectedFault, truth: Truth, stored: Stored) -> FaultVerdict:
    if fault.kind in NOT_COMING:
        return _silence(fault, stored)
    if fault.kind in (FaultKind.MALFORMED, FaultKind.WRONG_STATION):
        return FaultVerdict(fault=fault, by=("rejected",) if _all_rejected(fault, truth, stored) else ())
    if fault.kind is FaultKind.CLOCK_SKEW:
        return _clock(fault, stored)
    return _values(fault, stored)


def _values(fault: InjectedFault, stored: Stored) -> FaultVerdict:
    """Found by a flag on one of its own readings."""
    held = sorted(
        (one for one in stored.evidence if _concerns(one, fault) and one.flag in (_SUSPECT, _FAIL)),
        key=lambda one: one.at,
    )
    if held:
        return FaultVerdict(fault=fault, by=tuple(sorted({one.test for one in held})), delay=held[0].at - fault.first)
    return FaultVerdict(fault=fault, by=())


def _concerns(one: Held, fault: InjectedFault, slack: timedelta = timedelta(0)) -> bool:
    return (
        one.station == fault.station
        and fault.quantity in (None, one.quantity)
        and fault.first - slack <= one.at <= fault.last
    )


def _silence(fault: InjectedFault, stored: Stored) -> FaultVerdict:
    """Found by the alarm about a silent gauge; a short one by the gap that it left."""
    raised = sorted(
        one.raised_at
        for one in stored.overdue
        if one.station == fault.station and fault.first <= one.raised_at <= fault.last + _AFTERWARDS
    )
    gap = any(one.test == "gap" and _concerns(one, fault, _JITTER) for one in stored.evidence)
    by = ("no_signal",) * bool(raised) + ("gap",) * gap
    return FaultVerdict(fault=fault, by=by, delay=raised[0] - fault.first if raised else None)


def _clock(fault: InjectedFault, stored: Stored) -> FaultVerdict:
    """Found by the estimate for the station, which says how late it seems: a clock that is ahead seems early."""
    skew_s = stored.skews_s.get(fault.station)
    found = skew_s is not None and -skew_s * fault.size > 0 and abs(skew_s) >= _CLOCK_SHARE * abs(fault.size)
    refused = any(stored.rejected.get(topic, 0) for topic in fault.topics)
    by = ("clock_skew",) * found + ("rejected",) * refused
    tests = sorted({one.test for one in stored.evidence if one.test == "clock" and _concerns(one, fault)})
    return FaultVerdict(fault=fault, by=(*by, *tests))


def _all_rejected(fault: InjectedFault, truth: Truth, stored: Stored) -> bool:
    """Whether on each of its topics as many messages were refused as left garbled."""
    sharing = [other for other in truth.faults if set(other.topics) & set(fault.topics)]
    left = sum(other.messages for other in sharing)
    topics = {topic for other in sharing for topic in other.topics}
    return fault.messages > 0 and sum(stored.rejected.get(topic, 0) for topic in topics) >= left


def _kinds(verdicts: Sequence[FaultVerdict]) -> tuple[KindScore, ...]:
    found = []
    for kind in FaultKind:
        mine = [verdict for verdict in verdicts if verdict.fault.kind is kind]
        delays = [verdict.delay for verdict in mine if verdict.delay is not None]
        if mine:
            found.append(
                KindScore(
                    kind=kind,
                    faults=len(mine),
                    found=sum(verdict.found for verdict in mine),
                    median_delay=sorted(delays)[len(delays) // 2] if delays else None,
                )
            )
    return tuple(found)
