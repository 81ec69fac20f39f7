from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.alerts import Event, Phase
from rules.stage import stage_finding


@pytest.fixture
def stage(rule):
    return rule("stage")


def _levels(finding) -> list[tuple[float, int]]:
    return [((step.at - finding.since) / timedelta(hours=1), step.level) for step in finding.steps]


def test_a_flood_goes_up_and_down_the_levels(make, stage) -> None:
    station = make.gauge(make.thresholds([1.0, 2.0, 3.5], record=5.81))
    values = [0.5, 1.2, 2.1, 3.6, 5.9, 5.0, 3.45, 3.3, 1.5, 0.95, 0.85, 0.7, 0.6]
    finding = stage_finding(station, make.frame(values), stage, make.start)
    assert (finding.event, finding.phase, finding.rule) == (Event.FLOOD, Phase.OBSERVED, "stage")
    assert _levels(finding) == [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 3), (7, 2), (8, 1), (10, 0)]
    crossing = finding.steps[3]
    assert (crossing.value, crossing.threshold) == (3.6, 3.5)
    assert finding.steps[-1].threshold == 1.0, "the end is told against the lowest level"


@pytest.mark.parametrize(
    ("value", "level"),
    [(0.99, 0), (1.0, 1), (1.99, 1), (2.0, 2), (3.49, 2), (3.5, 3), (5.80, 3), (5.81, 4), (5.82, 4)],
)
def test_exactly_at_a_level_is_at_it(make, stage, value: float, level: int) -> None:
    station = make.gauge(make.thresholds([1.0, 2.0, 3.5], record=5.81))
    assert stage_finding(station, make.frame([value]), stage, make.start).steps[0].level == level


@pytest.mark.parametrize(("value", "level"), [(5.71, 4), (5.7099, 3)])
def test_hysteresis_ends_just_below_its_edge(make, stage, value: float, level: int) -> None:
    station = make.gauge(make.thresholds([1.0, 2.0, 3.5], record=5.81))
    finding = stage_finding(station, make.frame([5.9, value, value]), stage, make.start)
    assert finding.steps[-1].level == level


@pytest.mark.parametrize("position", [0, 1, 2])
def test_zero_is_a_level(make, stage, position: int) -> None:
    levels: list[float | None] = [-2.0, -1.0, 0.0][2 - position :] + [None] * (2 - position)
    station = make.gauge(make.thresholds(levels))
    finding = stage_finding(station, make.frame([-3.0, 0.0]), stage, make.start)
    assert [(s.level, s.threshold) for s in finding.steps][-1] == (position + 1, 0.0)


def test_a_record_of_zero_is_a_level(make, stage) -> None:
    station = make.gauge(make.thresholds([None, None, None], record=0.0))
    finding = stage_finding(station, make.frame([-0.5, 0.0]), stage, make.start)
    assert [s.level for s in finding.steps] == [0, 4]


def test_a_level_that_is_not_known_is_never_found(make, stage) -> None:
    station = make.gauge(make.thresholds([None, 3.0, None]))
    finding = stage_finding(station, make.frame([0.0, 2.9, 3.0, 99.0]), stage, make.start)
    assert [s.level for s in finding.steps] == [0, 2]


def test_thresholds_change_at_local_midnight(make, stage) -> None:
    old, new = make.thresholds([1.0, 2.0, 3.0]), make.thresholds([0.4, 2.0, 3.0], valid_from=date(2025, 10, 27))
    station = make.gauge(old, new)
    midnight = datetime(2025, 10, 26, 17, 0, tzinfo=UTC)  # 00:00 of the 27th in Huế
    rows = [(midnight + timedelta(minutes=m), 0.5, 1) for m in (-20, -10, 0, 10)]
    finding = stage_finding(station, make.readings(rows), stage, make.start)
    assert [(s.at, s.level, s.threshold) for s in finding.steps] == [
        (midnight - timedelta(minutes=20), 0, 1.0),
        (midnight, 1, 0.4),
    ]


def test_before_the_first_thresholds_nothing_is_found(make, stage) -> None:
    station = make.gauge(make.thresholds([1.0, 2.0, 3.0], valid_from=date(2030, 1, 1)))
    assert [s.level for s in stage_finding(station, make.frame([9.0]), stage, make.start).steps] == [0]


@pytest.mark.parametrize(("flag", "level"), [(1, 3), (2, 3), (3, 3), (4, 0), (9, 0)])
def test_failed_readings_are_not_judged_and_suspect_ones_are(make, stage, flag: int, level: int) -> None:
    station = make.gauge(make.thresholds([1.0, 2.0, 3.5]))
    rows = [(make.start, 0.5, 1), (make.start + timedelta(hours=1), 4.0, flag)]
    assert stage_finding(station, make.readings(rows), stage, make.start).steps[-1].level == level


def test_after_a_minimum_duration_a_crossing_keeps_the_time_of_its_first_reading(make, rule) -> None:
    station = make.gauge(make.thresholds([1.0, 2.0, 3.5]))
    patient = rule("stage", raise_after_min=20)
    values = [0.5, 1.5, 0.5, 1.5, 1.6, 1.7]
    finding = stage_finding(station, make.frame(values, every_min=10), patient, make.start)
    assert [(s.at - make.start, s.level) for s in finding.steps] == [(timedelta(), 0), (timedelta(minutes=30), 1)]
    early = stage_finding(station, make.frame(values[:5], every_min=10), patient, make.start)
    assert [s.level for s in early.steps] == [0]


def test_readings_before_the_span_are_not_judged(make, stage) -> None:
    station = make.gauge(make.thresholds([1.0, 2.0, 3.5]))
    finding = stage_finding(station, make.frame([3.6, 0.5, 1.5]), stage, make.start + timedelta(hours=1))
    assert [(s.at - make.start, s.level) for s in finding.steps] == [(timedelta(hours=1), 0), (timedelta(hours=2), 1)]


def test_no_readings_no_steps(make, stage) -> None:
    station = make.gauge(make.thresholds([1.0, 2.0, 3.5]))
    assert stage_finding(station, make.frame([]), stage, make.start).steps == ()


@settings(max_examples=200)
@given(
    values=st.lists(
        st.sampled_from([0.85, 0.9, 0.95, 1.0, 1.85, 1.9, 2.0, 2.1, 3.39, 3.4, 3.5, 5.8, 5.81]), max_size=12
    ),
    raise_after_min=st.sampled_from([0, 20]),
    clear_after_min=st.sampled_from([0, 60]),
)
def test_the_short_way_finds_what_the_whole_one_does(
    make, shipped, values: list[float], raise_after_min: int, clear_after_min: int
) -> None:
    rule = next(each for each in shipped.rules if each.name == "stage")
    rule = rule.model_copy(update={"raise_after_min": raise_after_min, "clear_after_min": clear_after_min})
    rule = type(rule).model_validate(rule.model_dump())
    station = make.gauge(make.thresholds([1.0, 2.0, 3.5], record=5.81))
    short = stage_finding(station, make.frame(values), rule, make.start)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("rules.stage._begun_and_held", lambda *_: None)
        assert stage_finding(station, make.frame(values), rule, make.start) == short
