"""How much of what a fleet did wrong the system found, and what it held against good readings. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
_NOT_COMING = (*QUIET, FaultKind.DELAYED)

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
    """One fault. `by`: the tests or alarms that found it; `delay`: from its first reading to the first that was flagged."""

    fault: InjectedFault
    by: tuple[str, ...]
    delay: timedelta | None = None

    @property
    def found(self) -> bool:
        """Whether anything found it."""
        return bool(self.by)


@dataclass(frozen=True, kw_only=True, slots=True)
class KindScore:
    """All faults of one kind."""

    kind: FaultKind
    faults: int
    found: int
    median_delay: timedelta | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultScores:
    """The whole run. `good`: stored readings that no fault touched; `missing`: sent and not stored, by series."""

    verdicts: tuple[FaultVerdict, ...]
    kinds: tuple[KindScore, ...]
    good: int
    failed_good: int
    suspect_good: int
    missing: Mapping[Name, int]

    @property
    def share_found(self) -> float:
        """Of all faults; NaN without any."""
        return sum(v.found for v in self.verdicts) / len(self.verdicts) if self.verdicts else float("nan")

    @property
    def failed_good_per_10000(self) -> float:
        """Good readings that were failed."""
        return 1e4 * self.failed_good / self.good if self.good else float("nan")


def score(truth: Truth, stored: Stored) -> FaultScores:
    """Compare what was injected with what was found."""
    verdicts = tuple(_verdict(fault, truth, stored) for fault in truth.faults)
    touched = {name: _touched(name, truth) for name in stored.readings}
    good_flags = [
        flag
        for name, flags in stored.flagged.items()
        for at, flag in flags.items()
        if not any(first <= at <= last for first, last in touched.get(name, ()))
    ]
    bad = sum(fault.readings for fault in truth.faults if fault.kind not in _NOT_COMING)
    return FaultScores(
        verdicts=verdicts,
        kinds=_kinds(verdicts),
        good=max(sum(stored.readings.values()) - bad, 0),
        failed_good=sum(flag == _FAIL for flag in good_flags),
        suspect_good=sum(flag == _SUSPECT for flag in good_flags),
        missing={
            name: series.sent - stored.readings.get(name, 0)
            for name, series in truth.sent.items()
            if series.sent != stored.readings.get(name, 0)
        },
    )


def _touched(name: Name, truth: Truth) -> list[tuple[datetime, datetime]]:
    """When a fault may have spoilt readings of a series. What a silent device still said may be its last, drowned word."""
    return [
        (f.first, f.last)
        for f in truth.faults
        if f.kind is not FaultKind.DELAYED and f.station == name[0] and f.quantity in (None, name[1])
    ]


def _verdict(fault: InjectedFault, truth: Truth, stored: Stored) -> FaultVerdict:
    if fault.kind in _NOT_COMING:
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
