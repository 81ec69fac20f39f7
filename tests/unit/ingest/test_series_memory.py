"""Judging in order, late, and again: the same evidence whatever the order of arrival."""

from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import domain.possible
import quality
from domain.readings import QualityFlag
from domain.stations import QualityLimits, Series
from ingest.series_memory import Judgement, SeriesMemory, judge_again, neighbourhood
from quality.limits import needs_history
from quality.streaming import START, Point
from storage.history import Newest
from storage.readings import Evidence
from tests.unit.quality.levels import HOUR, T0, series

PASS, SUSPECT, FAIL = QualityFlag.PASS, QualityFlag.SUSPECT, QualityFlag.FAIL
values = st.floats(-5, 20).map(lambda v: round(v, 2))
limit = st.none() | st.floats(0, 5).map(lambda v: round(v, 2))
span = st.none() | st.integers(1, 12).map(lambda h: h * HOUR)
limits_of_any_kind = st.builds(
    QualityLimits,
    suspect_low=limit,
    fail_high=st.none() | st.floats(0, 20),
    rate_suspect_per_h=limit,
    rate_fail_per_h=limit,
    spike_suspect=limit,
    spike_fail=limit,
    flat_tolerance=limit,
    flat_suspect=span,
    flat_fail=span,
)
cadences = st.sampled_from([HOUR, HOUR / 6])


def _p(hour: float, value: float) -> Point:
    return Point(T0 + hour * HOUR, value)


@given(
    st.lists(st.tuples(st.integers(0, 30), values), min_size=1, max_size=25, unique_by=lambda p: p[0]),
    limits_of_any_kind,
    cadences,
)
def test_judging_one_by_one_and_judging_a_stretch_say_the_same(
    points: list[tuple[int, float]], limits: QualityLimits, cadence: timedelta
) -> None:
    """But for the rates of the first few of the stretch, of which it does not know what came before."""
    of, judgement = series(limits, cadence), Judgement(SeriesMemory(), {})
    ordered = [Point(T0 + place * cadence, value) for place, value in sorted(points)]
    found = [e for p in ordered for e in judgement.judge(1, of, p, None).evidence]
    again = judge_again(1, of, ordered)
    if needs_history(limits):
        begun = {p.at for p in ordered[:3]}
        assert set(again) <= set(found)
        assert {e.test for e in set(found) - set(again)} <= {"rate_of_change"}
        assert {e.observed_at for e in set(found) - set(again)} <= begun
    else:
        assert {e.test for e in found} <= {"gross_range"}


@given(st.data(), st.lists(values, min_size=2, max_size=14), limits_of_any_kind, cadences)
def test_evidence_of_shuffled_readings_holds_that_of_ordered_ones_and_fails_the_same(
    data: st.DataObject, levels: list[float], limits: QualityLimits, cadence: timedelta
) -> None:
    """Readings come in any order; after each late one its neighbourhood is judged again. Evidence is only ever added.

    A reading after a gap may be doubted for its rate until the gap is filled; it is never failed for it. What is doubted
    before the gap is filled may be failed after.
    """
    of = series(limits, cadence)
    points = [Point(T0 + n * cadence, v) for n, v in enumerate(levels)]
    found = _as_they_come(of, data.draw(st.permutations(points)))
    if needs_history(limits):
        wanted = set(judge_again(1, of, points))
        assert wanted <= found
        worse = {(e.observed_at, e.test) for e in wanted if e.flag is FAIL}
        for one in found - wanted:
            assert one.flag is SUSPECT
            assert one.test == "rate_of_change" or (one.observed_at, one.test) in worse


def _as_they_come(of: Series, arrival: list[Point]) -> set[Evidence]:
    memory, stored, found = SeriesMemory(), dict[datetime, float](), set[Evidence]()
    for point in arrival:
        missing = memory.missing({1: of})
        judgement = Judgement(memory, {1: _newest(stored, missing[1])} if missing else {})
        judged = judgement.judge(1, of, point, None)
        stored[point.at] = point.value
        found |= set(judged.evidence)
        if judged.late:
            first, last = neighbourhood(of, [point.at])
            found |= set(judge_again(1, of, [(at, v) for at, v in sorted(stored.items()) if first <= at <= last]))
        memory.keep(judgement.traces, [1] if judged.late else [])
    return found


def _newest(stored: dict[datetime, float], wanted: Newest) -> list[tuple[datetime, float]]:
    """As storage reads them (`recent_values.sql`)."""
    possible = sorted(at for at, value in stored.items() if wanted.low <= value <= wanted.high)
    first = possible[-wanted.number] if len(possible) >= wanted.number else None
    return [(at, value) for at, value in sorted(stored.items()) if first is None or at >= first][-10 * wanted.number :]


def test_impossible_values_do_not_push_out_the_neighbours_when_a_trace_is_rebuilt() -> None:
    of = series(QualityLimits(fail_high=10.0, rate_fail_per_h=1.0))
    hours = dict(enumerate((0.0, 0.0, 0.0, 20.0, 20.0, 0.0, 5.0)))
    found = _as_they_come(of, [_p(n, hours[n]) for n in (1, 2, 3, 4, 5, 0, 6)])
    assert ("rate_of_change", FAIL) in {(e.test, e.flag) for e in found if e.observed_at == T0 + 6 * HOUR}


def test_a_value_that_comes_after_a_newer_impossible_one_is_late() -> None:
    of = series(QualityLimits(fail_high=10.0, spike_fail=1.0))
    judgement = Judgement(SeriesMemory(), {1: [_p(4, 1.0), _p(6, 99.0), _p(7, 99.0)]})
    assert judgement.judge(1, of, _p(5, 1.0), None).late
    assert not judgement.judge(1, of, _p(8, 1.0), None).late


@given(st.lists(values, min_size=1, max_size=20), limits_of_any_kind)
def test_nothing_is_dropped_and_every_flag_is_one_of_the_four(levels: list[float], limits: QualityLimits) -> None:
    judgement = Judgement(SeriesMemory(), {})
    found = [judgement.judge(1, series(limits), _p(n, v), None).flag for n, v in enumerate(levels)]
    assert len(found) == len(levels)
    assert set(found) <= {PASS, SUSPECT, FAIL}


def test_a_device_that_reports_an_error_fails_its_own_value_alone() -> None:
    of, judgement = series(QualityLimits(rate_suspect_per_h=1.0)), Judgement(SeriesMemory(), {})
    judged = [judgement.judge(1, of, _p(n, 1.0), status) for n, status in enumerate(("00", "02", "01", None))]
    assert [one.flag for one in judged] == [PASS, FAIL, FAIL, PASS]
    assert [[(e.test, e.value) for e in one.evidence] for one in judged] == [[], [("device_status", 1.0)], [("device_status", 1.0)], []]  # fmt: skip


def test_a_spike_is_held_against_the_reading_that_spiked_not_the_one_that_shows_it() -> None:
    of, judgement = series(QualityLimits(spike_suspect=1.0)), Judgement(SeriesMemory(), {})
    judged = [judgement.judge(1, of, _p(n, v), None) for n, v in enumerate((1.0, 5.0, 1.0))]
    assert [one.flag for one in judged] == [PASS, PASS, PASS]
    assert [(e.observed_at, e.value, e.test) for e in judged[2].evidence] == [(T0 + HOUR, 5.0, "spike")]


def test_the_memory_is_untouched_until_the_commit() -> None:
    memory, of = SeriesMemory(), series(QualityLimits(rate_fail_per_h=1.0))
    judgement = Judgement(memory, {})
    judgement.judge(1, of, _p(0, 1.0), None)
    assert memory.trace(1) == START
    assert memory.missing({1: of})[1].number == 5
    memory.keep(judgement.traces, [])
    assert memory.trace(1).recent[0].value == 1.0
    assert memory.missing({1: of}) == {}
    memory.keep({}, [1])
    assert memory.trace(1) == START


def test_limits_that_changed_are_used_at_once() -> None:
    memory = SeriesMemory()
    for high, flag in ((10.0, PASS), (5.0, FAIL)):
        of = series(QualityLimits(fail_high=high))
        assert Judgement(memory, {}).judge(1, of, _p(0, 7.0), None).flag is flag


def test_the_tests_look_at_every_limit_there_is() -> None:
    """A limit that no test reads would be a promise that nobody keeps."""
    looking = [*Path(quality.__file__).parent.glob("*.py"), Path(domain.possible.__file__)]
    source = "".join(path.read_text(encoding="utf-8") for path in looking)
    assert [f.name for f in fields(QualityLimits) if f"limits.{f.name}" not in source] == []
