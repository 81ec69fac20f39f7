"""Laws that every rule obeys: the order of readings, repetition and what lies outside a rule's span change nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.alerts import Event, Finding
from domain.stations import StationKind
from rules.doubt import doubt_finding
from rules.judge import History, judge, judge_together
from rules.sensor_stuck import sensor_stuck_finding

HOUR = timedelta(hours=1)
STEP = timedelta(minutes=20)


@dataclass(frozen=True)
class Case:
    """A rule by name, what it reads, and how large its values become in a severe case."""

    rule: str
    quantities: Sequence[str]
    severe: float
    kind: StationKind = StationKind.RIVER


CASES = (
    Case("stage", ["water_level"], 5.0),
    Case("rate_of_rise", ["water_level"], 5.0),
    Case("rainfall", ["rainfall"], 40.0, StationKind.RAIN),
    Case("air_quality", ["pm2_5", "no2"], 900.0, StationKind.AIR),
    Case("wind", ["wind_speed", "wind_gust"], 45.0, StationKind.WIND),
    Case("overdue", ["water_level"], 5.0),
    Case("forecast", [], 5.0),
    Case("doubtful_reading", ["water_level", "rainfall"], 5.0),
    Case("re_rise", ["water_level"], 5.0),
    Case("rain_intensity", ["rainfall"], 40.0, StationKind.RAIN),
    Case("air_quality_day", ["pm2_5", "o3"], 900.0, StationKind.AIR),
    Case("air_standard", ["pm2_5", "no2"], 900.0, StationKind.AIR),
    Case("pressure_fall", ["pressure"], 1010.0, StationKind.WIND),
    Case("sensor_stuck", ["pressure"], 1010.0, StationKind.WIND),
    Case("rain_and_level", ["water_level", "rainfall"], 40.0),
    Case("gauges_agree", ["water_level"], 5.0),
)
FLAGS = (1, 1, 1, 2, 3, 4, 9)


def test_every_rule_of_the_shipped_file_is_held_to_the_laws(shipped) -> None:
    assert {case.rule for case in CASES} == {rule.name for rule in shipped.rules}


@pytest.fixture(scope="session")
def found(make, shipped) -> Callable[..., list[Finding]]:
    """What one rule finds in rows of (quantity, minutes, value, flag, received minutes)."""

    def find(
        case: Case, rows: Sequence[tuple], shuffled: Sequence[tuple] | None = None, *, at: timedelta | None = None
    ):
        levels = make.thresholds([1.0, 2.0, 3.5], record=4.5)
        station = make.gauge(levels, quantities=case.quantities or ["water_level"], kind=case.kind, cadence=STEP)
        given_rows = rows if shuffled is None else shuffled
        frames = {name: _frame(make, [r for r in given_rows if r[0] == name]) for name in case.quantities}
        forecasts = [
            make.forecast(make.start + timedelta(minutes=minute), lead, value)
            for name, minute, value, _, _ in given_rows
            if name == "forecast"
            for lead in (3, 12)
        ]
        last = {n: make.start + timedelta(minutes=max(r[1] for r in rows if r[0] == n)) for n in {r[0] for r in rows}}
        now = make.start + (at or timedelta(minutes=max((r[1] for r in rows), default=0)))
        history = History(since=make.start, readings=frames, forecasts=forecasts, last_observed=last)
        phu_oc = replace(station, id="phu_oc")
        stations = {"kim_long": replace(station, rain_gauges=("kim_long",)), "phu_oc": phu_oc}
        judged = judge_together(stations, dict.fromkeys(stations, history), shipped, now)
        return [f for f in judged["kim_long"] if f.rule == case.rule]

    return find


def _frame(make, rows: Sequence[tuple]) -> pd.DataFrame:
    frame = make.readings([(make.start + timedelta(minutes=r[1]), r[2], r[3]) for r in rows])
    frame["received_at"] = [make.start + timedelta(minutes=r[4]) for r in rows]
    frame["received_at"] = pd.to_datetime(frame["received_at"], utc=True)
    return frame


def _rows(case: Case) -> st.SearchStrategy[list[tuple]]:
    names = case.quantities or ["forecast"]
    row = st.tuples(
        st.sampled_from(names),
        st.integers(0, 120).map(lambda i: 20 * i),
        st.one_of(st.floats(0, case.severe), st.sampled_from([0.0, 1.0, 2.0, 3.5, case.severe])),
        st.sampled_from(FLAGS),
    )
    # Received in the order of the list: what stands later for the same instant is a revision.
    unique = {"unique_by": lambda r: (r[0], r[1])} if case.rule == "forecast" else {}
    return st.lists(row, max_size=40, **unique).map(lambda rows: [(*r, 4000 + i) for i, r in enumerate(rows)])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_order_and_repetition_change_nothing(found, case: Case, data: st.DataObject) -> None:
    rows = data.draw(_rows(case))
    repeated = data.draw(st.lists(st.sampled_from(rows), max_size=10)) if rows else []
    shuffled = data.draw(st.permutations(rows + repeated))
    assert found(case, rows, shuffled) == found(case, rows)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_steps_are_in_order_and_each_is_a_change(found, case: Case, data: st.DataObject) -> None:
    for finding in found(case, data.draw(_rows(case))):
        assert all(one.at < other.at for one, other in pairwise(finding.steps))
        levels = [step.level for step in finding.steps]
        # A forecast that lapses and comes back at the same level is two changes; elsewhere two equal levels are none.
        assert all(one != other for one, other in pairwise(levels)) or case.rule == "forecast"
        assert all(step.at >= finding.since for step in finding.steps)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_every_rule_can_find_something(found, case: Case) -> None:
    """Otherwise the laws above would hold for a rule that never speaks."""
    flag = 4 if case.rule == "doubtful_reading" else 1
    name = case.quantities[0] if case.quantities else "forecast"
    rows = [
        (each, 20 * i, case.severe if 60 < i < 70 or i > 80 else 0.0, flag, i)
        for each in case.quantities or [name]
        for i in range(180)
    ]
    if case.rule == "pressure_fall":
        rows = [(name, 20 * i, 1010.0 - i, flag, i) for i in range(180)]
    late = timedelta(hours=90) if case.rule == "overdue" else None
    assert any(step.level > 0 for finding in found(case, rows, at=late) for step in finding.steps)


@pytest.mark.parametrize("case", [c for c in CASES if c.quantities], ids=lambda case: case.rule)
def test_no_readings_find_nothing(found, case: Case) -> None:
    assert all(step.level == 0 for finding in found(case, []) for step in finding.steps)


def test_judge_leaves_out_rules_whose_quantity_is_not_measured(make, shipped) -> None:
    station = make.gauge(quantities=["wind_speed"], kind=StationKind.WIND)
    history = History(since=make.start, readings={"wind_speed": make.frame([11.0])})
    findings = judge(station, history, shipped, make.start)
    told = [(f.event, [s.level for s in f.steps]) for f in findings]
    assert told == [(Event.STRONG_WIND, [6]), (Event.SENSOR_STUCK, [0])]


def test_two_dangerous_quantities_are_doubted_apart(make, shipped) -> None:
    station = make.gauge(make.thresholds([1.0, 2.0, 3.5]), quantities=["water_level", "rainfall"])
    frames = {"water_level": make.frame([3.0], flag=4), "rainfall": make.frame([0.0])}
    findings = judge(station, History(since=make.start, readings=frames), shipped, make.start)
    doubts = [f for f in findings if f.event is Event.DOUBTFUL_READING]
    assert [[s.level for s in f.steps] for f in doubts] == [[1], [0]]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_calm_day_is_found_as_calm_without_the_look_at_every_reading(found, data: st.DataObject) -> None:
    """The short cuts of calm days say what the long way says."""
    case = data.draw(st.sampled_from([case for case in CASES if case.rule in {"stage", "re_rise"}]))
    rows = [(name, minute, value / 4, flag, at) for name, minute, value, flag, at in data.draw(_rows(case))]
    short = found(case, rows)
    with pytest.MonkeyPatch.context() as patched:
        for rule in ("stage", "re_rise"):
            patched.setattr(f"rules.{rule}.lowest_ever", lambda *_: float("-inf"))
        assert found(case, rows) == short


@settings(max_examples=60, deadline=None)
@given(data=st.data(), danger=st.sampled_from(["doubtful_reading", "sensor_stuck"]))
def test_and_so_it_is_with_doubt_and_stuck_sensors(make, data: st.DataObject, danger: str, shipped) -> None:
    rule = next(each for each in shipped.rules if each.name == danger)
    values = data.draw(st.lists(st.sampled_from([1.0, 1.0, 1.0, 1.01, 2.5]), min_size=1, max_size=150))
    gauge = make.gauge(make.thresholds([1.0, 2.0, 3.5]))
    frame = make.frame(values, every_min=20)
    with pytest.MonkeyPatch.context() as patched:
        if danger == "sensor_stuck":
            short = sensor_stuck_finding(gauge, "water_level", frame, rule, make.start)
            patched.setattr("rules.sensor_stuck._could_be", lambda *_: True)
            assert sensor_stuck_finding(gauge, "water_level", frame, rule, make.start) == short
        else:
            short = doubt_finding(gauge, "water_level", frame, rule, make.start)
            patched.setattr("rules.trace.Trace.worst_flag", 9)
            assert doubt_finding(gauge, "water_level", frame, rule, make.start) == short
