"""The score of a run: what counts as found, what as a false alarm, and what is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from domain.exercise import FaultKind
from simulators.field.scoring import FaultScores, Held, Overdue, Stored, score
from simulators.field.truth import InjectedFault, RunFacts, SentSeries, Truth

START = datetime(2025, 10, 25, tzinfo=UTC)
TEN = timedelta(minutes=10)
RUN = RunFacts(seed=1, starts=START, ends=START + 200 * TEN, devices=3)


def fault(kind: FaultKind, station: str = "a", *, first: int = 10, last: int = 20, **more: object) -> InjectedFault:
    quantity = "water_level" if kind in (FaultKind.DRIFT, FaultKind.SPIKE) else None
    given = {"size": 0.0, "messages": 0, "topics": ()} | more
    return InjectedFault(
        id=f"{kind}-{station}-{first}",
        station=station,
        quantity=quantity,
        kind=kind,
        first=START + first * TEN,
        last=START + last * TEN,
        readings=last - first + 1,
        **given,  # type: ignore[arg-type]
    )


def held(place: float, test: str = "spike", flag: int = 3, station: str = "a", quantity: str = "water_level") -> Held:
    return Held(station=station, quantity=quantity, at=START + place * TEN, test=test, flag=flag)


def scores(*faults: InjectedFault, **stored: object) -> FaultScores:
    series = (SentSeries(station="a", quantity="water_level", measured=101, sent=100, lost=1, unreadable=0),)
    given = {"readings": {("a", "water_level"): 100}, "flagged": {}} | stored
    return score(Truth(run=RUN, faults=faults, series=series), Stored(**given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "stored", "by"),
    [
        (fault(FaultKind.DRIFT), {"evidence": [held(14, "drift"), held(12, "step")]}, ("drift", "step")),
        (fault(FaultKind.DRIFT), {"evidence": [held(9), held(21), held(15, station="b")]}, ()),
        (fault(FaultKind.DRIFT), {"evidence": [held(15, "gap", 9), held(15, quantity="rainfall")]}, ()),
        (fault(FaultKind.SILENT), {"overdue": [Overdue(station="a", raised_at=START + 13 * TEN)]}, ("no_signal",)),
        (fault(FaultKind.SILENT), {"overdue": [Overdue(station="a", raised_at=START + 99 * TEN)]}, ()),
        (fault(FaultKind.FLOODED_OUT), {"evidence": [held(9.9, "gap", 9)]}, ("gap",)),
        (fault(FaultKind.MALFORMED, messages=2, topics=("t",)), {"rejected": {"t": 2}}, ("rejected",)),
        (fault(FaultKind.MALFORMED, messages=3, topics=("t",)), {"rejected": {"t": 2}}, ()),
        (fault(FaultKind.WRONG_STATION, messages=1, topics=("u",)), {"rejected": {"t": 2}}, ()),
        (fault(FaultKind.CLOCK_SKEW, size=3000.0), {"skews_s": {"a": -2900.0}}, ("clock_skew",)),
        (fault(FaultKind.CLOCK_SKEW, size=3000.0), {"skews_s": {"a": 2900.0}}, ()),
        (fault(FaultKind.CLOCK_SKEW, size=-3000.0), {"skews_s": {"a": 40.0}}, ()),
    ],
)
def test_what_counts_as_found(one: InjectedFault, stored: dict[str, object], by: tuple[str, ...]) -> None:
    (verdict,) = scores(one, **stored).verdicts
    assert verdict.by == by
    assert verdict.found == bool(by)


def test_the_whole_is_added_up() -> None:
    found = scores(
        fault(FaultKind.DRIFT),
        fault(FaultKind.DRIFT, first=40, last=44),
        fault(FaultKind.SILENT, first=60, last=70),
        readings={("a", "water_level"): 97},
        evidence=[held(14, "drift"), held(13, "drift")],
        flagged={("a", "water_level"): {START + 14 * TEN: 4, START + 30 * TEN: 4, START + 31 * TEN: 3}},
    )
    assert [(k.kind, k.faults, k.found, k.median_delay) for k in found.kinds] == [
        (FaultKind.DRIFT, 2, 1, 3 * TEN),
        (FaultKind.SILENT, 1, 0, None),
    ]
    assert found.share_found == pytest.approx(1 / 3)
    assert (found.good, found.failed_good, found.suspect_good) == (97 - 16, 1, 1)
    assert found.failed_good_per_10000 == pytest.approx(1e4 / 81)
    assert found.missing == {("a", "water_level"): 3}


def test_good_readings_of_a_device_that_was_cut_off_are_good_when_they_come_late() -> None:
    late = fault(FaultKind.DELAYED, first=10, last=45)
    flags = {("a", "water_level"): {START + place * TEN: 4 for place in range(10, 46)}}
    found = scores(late, flagged=flags)
    assert (found.good, found.failed_good, found.suspect_good) == (100, 36, 0)
    drifting = scores(late, fault(FaultKind.DRIFT, first=10, last=45), flagged=flags)
    assert drifting.failed_good == 0, "what another fault has spoilt meanwhile is not good"


def test_what_was_never_stored_is_not_taken_from_the_good() -> None:
    """Readings of a garbled device are not among those stored: nearly a whole day of others was taken off instead."""
    garbled = fault(FaultKind.MALFORMED, first=10, last=45, sent=0, messages=36, topics=("t",))
    assert scores(garbled).good == 100
    assert scores(fault(FaultKind.DRIFT, first=10, last=45, sent=30)).good == 70
    assert scores(fault(FaultKind.DRIFT, first=10, last=45)).good == 100 - 36, "a truth file without that count"


def test_a_surplus_of_one_series_does_not_hide_what_another_lacks() -> None:
    series = [
        SentSeries(station=name, quantity="water_level", measured=100, sent=100, lost=0, unreadable=0) for name in "ab"
    ]
    stored = Stored(readings={("a", "water_level"): 97, ("b", "water_level"): 103}, flagged={})
    found = score(Truth(run=RUN, series=tuple(series)), stored)
    assert (found.missing, found.unsent) == ({("a", "water_level"): 3}, {("b", "water_level"): 3})
    left = score(Truth(run=structs.replace(RUN, finished=False), series=tuple(series)), stored)
    assert left.unsent == {}, "it was under way when the run was stopped"


@pytest.mark.parametrize(
    ("kind", "first", "judged"),
    [
        (FaultKind.SILENT, 194, True),
        (FaultKind.SILENT, 195, False),
        (FaultKind.FLAT, 135, False),
        (FaultKind.FLAT, 134, True),
    ],
)
def test_a_fault_that_had_no_time_to_be_found_counts_neither_way(kind: FaultKind, first: int, judged: bool) -> None:
    found = scores(fault(FaultKind.SPIKE), fault(kind, first=first, last=200), evidence=[held(10)])
    assert (len(found.verdicts), len(found.judged), found.found) == (2, 1 + judged, 1)
    assert found.share_found == (0.5 if judged else 1.0)
    assert [one.kind for one in found.kinds] == [FaultKind.SPIKE, kind][: 1 + judged]


def test_a_fault_is_judged_when_its_own_series_had_the_time_to_show_it() -> None:
    """An hour for every silence and eleven hours for every flat line: a gauge that may be silent for three was called missed."""
    one = fault(FaultKind.SILENT, first=188, last=200)  # two hours before the end
    truth, stored = Truth(run=RUN, faults=(one,)), Stored(readings={}, flagged={})
    assert len(score(truth, stored).judged) == 1
    assert score(truth, stored, {one.id: timedelta(hours=3, minutes=10)}).judged == ()
    assert len(score(truth, stored, {"another": timedelta(hours=3, minutes=10)}).judged) == 1


@pytest.mark.parametrize(
    ("size_s", "first", "judged"),
    [(3000.0, 194, True), (3000.0, 199, True), (3000.0, 200, False), (-3000.0, 188, True), (-3000.0, 190, False)],
)
def test_a_wrong_clock_is_judged_by_when_it_went_wrong_not_by_what_it_says(
    size_s: float, first: int, *, judged: bool
) -> None:
    """A clock an hour ahead stamps its first reading near the end: nobody found it, and it counted as too short."""
    one = fault(FaultKind.CLOCK_SKEW, first=first, last=200, size=size_s)
    assert bool(scores(one).judged) == judged
