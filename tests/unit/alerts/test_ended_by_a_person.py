"""An alert that an officer ended: it stays ended while nothing graver has come since, whatever corrections do to its past."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from domain.alerts import AlertState, Phase, Reason
from rules.configuration import load_rules
from rules.stage import stage_finding
from rules.tables import StageRule

HOUR = timedelta(hours=1)
RULES = load_rules(Path(__file__).resolve().parents[3] / "config" / "rules.toml").rules
STAGE = next(rule for rule in RULES if isinstance(rule, StageRule))


def _end(store, at: datetime, identifier: str | None = None) -> None:
    """As an officer does; the one alert where none is named."""
    (alert,) = [each for each in store.alerts if identifier in {None, each.identifier}]
    newest = alert.versions[-1]
    last = replace(
        newest,
        number=newest.number + 1,
        reason=Reason.ENDED_BY_PERSON,
        at=at,
        level=0,
        detail={"level_before": newest.level},
    )
    over = replace(alert, state=AlertState.ENDED, ended_at=at, versions=(*alert.versions, last))
    store.by_identifier[alert.identifier] = over


@pytest.fixture
def ended(make):
    """A store whose only alert an officer ended at an hour, after these (hour, level)."""

    def made(at_h: float, *steps: tuple[float, int], forecast: tuple[tuple[float, int], ...] = ()):
        store = make.store()
        store.take(make.finding((0, 0), *steps), make.forecast(*forecast))
        _end(store, make.start + at_h * HOUR)
        return store

    return made


def test_a_flood_after_a_false_reading_is_told_though_the_correction_made_the_course_shorter(make, ended) -> None:
    """The officer ended it for a spike; quality control failed the spike later, and then the water really rose."""
    store = ended(3.5, (1, 1), (2, 3), (3, 1))
    assert store.take(make.finding((0, 0), (1, 1))) == [], "the correction itself opens nothing"
    for steps, level in ((((1, 1), (5, 2)), 2), (((1, 1), (5, 2), (6, 3)), 3)):
        (alert,) = store.take(make.finding((0, 0), *steps))
        assert (alert.state, alert.level) == (AlertState.ACTIVE, level)


def test_a_late_reading_that_moves_or_adds_a_crossing_of_before_opens_nothing(make, ended) -> None:
    store = ended(9, (1, 1), (2, 2), (4, 3), (5, 4), (8, 3))
    assert store.take(make.finding((0, 0), (1, 1), (2, 2), (4, 3), (4.9, 4), (8, 3))) == []
    store = ended(9, (1, 1), (2, 2), (4, 1))
    assert store.take(make.finding((0, 0), (1, 1), (1.5, 2), (1.7, 1), (2, 2), (4, 1))) == []


def test_readings_that_reach_what_was_only_forecast_are_told_though_an_officer_ended_the_forecast(make, ended) -> None:
    """The officer thought that the model was wrong; the water says that it was not."""
    store = ended(1, forecast=((0.5, 3),))
    said = make.forecast((0.5, 3))
    assert store.take(make.finding((0, 0)), said) == []
    for reached in (1, 2, 3):
        steps = [(level + 2.0, level) for level in range(1, reached + 1)]
        (alert,) = store.take(make.finding((0, 0), *steps), said)
        assert (alert.state, alert.level) == (AlertState.ACTIVE, 3)
        assert (alert.versions[-1].reason, alert.versions[-1].at) == (
            Reason.CONFIRMED,
            make.start + (reached + 2) * HOUR,
        )


def test_a_forecast_of_no_more_than_was_forecast_opens_nothing(make, ended) -> None:
    store = ended(2, (1, 1), forecast=((1.5, 3),))
    assert store.take(make.finding((0, 0), (1, 1)), make.forecast((1.5, 3))) == []
    (alert,) = store.take(make.finding((0, 0), (1, 1)), make.forecast((1.5, 3), (4, 4)))
    assert alert.state is AlertState.ACTIVE


def test_a_second_rise_after_an_end_by_an_officer_is_told_though_the_water_never_left_the_first_level(
    make, ended
) -> None:
    """As on 29/10/2025: the first flood was BĐ3, so no level of the second one was above it."""
    store = ended(20, (1, 1), (2, 3))
    fall = ((1, 1), (2, 3), (21, 2), (24, 1))
    assert store.take(make.finding((0, 0), *fall)) == [], "the water falls, as the officer expected"
    turned = make.finding((29, 1), phase=Phase.RISING_AGAIN)
    (alert,) = store.take(make.finding((0, 0), *fall), turned)
    assert (alert.state, alert.level, alert.versions[-1].reason) == (AlertState.ACTIVE, 1, Reason.RISING_AGAIN)
    (alert,) = store.take(make.finding((0, 0), *fall, (30, 2)), turned)
    assert (alert.level, alert.versions[-1].reason) == (2, Reason.UPGRADED)


def test_a_second_rise_opens_by_its_levels_too_and_by_a_fall_that_was_known_only_after_the_end(make, ended) -> None:
    store = ended(20, (1, 1), (2, 3))
    assert store.take(make.finding((0, 0), (1, 1), (2, 3), (19.9, 1))) == []
    (alert,) = store.take(make.finding((0, 0), (1, 1), (2, 3), (19.9, 1), (30, 2)))
    assert (alert.state, alert.level) == (AlertState.ACTIVE, 2)


def test_a_dip_before_the_end_that_comes_to_be_known_after_it_opens_nothing(make, ended) -> None:
    store = ended(20, (1, 1), (2, 3))
    assert store.take(make.finding((0, 0), (1, 1), (2, 3), (10, 2), (12, 3))) == []
    assert store.take(make.finding((0, 0), (1, 1), (2, 3), (10, 2), (12, 3), (22, 2), (23, 1))) == []


def test_late_data_that_join_a_flood_to_one_that_an_officer_ended_leave_it_under_way(make, ended) -> None:
    store = ended(2, (0.5, 1), (1, 3))
    first = store.alerts[0].identifier
    (running,) = store.take(make.finding((0, 0), (0.5, 1), (1, 3), (3, 1), (4, 0), (5.5, 1), (6, 2)))
    joined = ((0.5, 1), (1, 3), (3, 1), (6, 2))
    (alert,) = store.take(make.finding((0, 0), *joined))
    assert (alert.identifier, alert.state, alert.level) == (running.identifier, AlertState.ACTIVE, 2)
    (alert,) = store.take(make.finding((0, 0), *joined, (7, 3)))
    assert (alert.identifier, alert.level) == (running.identifier, 3)
    assert store.by_identifier[first].versions[-1].reason is Reason.ENDED_BY_PERSON


def test_water_that_sways_around_a_level_after_the_end_opens_nothing(make) -> None:
    """Tide and waves stay within the hysteresis, or are back within the hour that a level takes to end."""
    readings = [(0, 3.6), (2, 3.45), (3, 3.55), (5, 3.42), (6, 3.6), (7, 3.3), (7.5, 3.6), (8, 3.52)]
    frame = pd.DataFrame(
        {
            "observed_at": pd.to_datetime([make.start + h * HOUR for h, _ in readings], utc=True),
            "value": [value for _, value in readings],
            "flag": 1,
            "received_at": pd.to_datetime([make.start + h * HOUR for h, _ in readings], utc=True),
        }
    )
    store = make.store()
    store.take(stage_finding(make.gauge(), frame[:1], STAGE, make.start))
    _end(store, make.start + HOUR)
    assert store.take(stage_finding(make.gauge(), frame, STAGE, make.start)) == []


def test_late_data_that_join_what_an_officer_ended_to_a_flood_that_a_rule_ended_open_neither(make) -> None:
    store = make.store()
    store.take(make.finding((0, 0), (0.5, 1), (1, 3), (3, 1), (4, 0)))
    (second,) = store.take(make.finding((0, 0), (0.5, 1), (1, 3), (3, 1), (4, 0), (5.5, 1), (6, 2)))
    _end(store, make.start + 7 * HOUR, second.identifier)
    before = dict(store.by_identifier)
    joined = ((0.5, 1), (1, 3), (3, 1), (6, 2))
    assert store.take(make.finding((0, 0), *joined)) == []
    assert store.take(make.finding((0, 0), *joined, (8, 1), (9, 0))) == []
    assert store.by_identifier == before
    (alert,) = store.take(make.finding((0, 0), *joined, (8, 3)))
    assert (alert.state, alert.level) == (AlertState.ACTIVE, 3), "what is graver is told"


def test_late_data_that_cut_in_two_what_an_officer_ended_open_no_part_of_it(make, ended) -> None:
    store = ended(4, (1, 1), (1.5, 3))
    before = dict(store.by_identifier)
    for gap in (((2, 0), (3, 3)), ((2, 0), (3, 1), (3.5, 3)), ((2, 0), (2.5, 2), (3, 0), (3.5, 3))):
        assert store.take(make.finding((0, 0), (1, 1), (1.5, 3), *gap)) == []
        assert store.take(make.finding((0, 0), (1, 1), (1.5, 3), *gap, (5, 1))) == []
        assert store.by_identifier == before
    told = store.take(make.finding((0, 0), (1, 1), (1.5, 3), (2, 0), (3, 3), (5, 4)))
    assert [(alert.state, alert.level) for alert in told] == [(AlertState.ACTIVE, 4)]


def test_a_flood_after_what_an_officer_ended_is_a_new_one(make, ended) -> None:
    store = ended(4, (1, 1), (1.5, 3))
    (alert,) = store.take(make.finding((0, 0), (1, 1), (1.5, 3), (2, 0), (6, 1)))
    assert (alert.state, alert.raised_at) == (AlertState.ACTIVE, make.start + 6 * HOUR)


@pytest.mark.parametrize(
    "said", [((6, 2), (8, 3)), ((6, 0), (8, 2)), ((6, 0), (8, 3)), ((6, 1), (7, 3), (8, 0), (9, 3))]
)
def test_a_forecast_that_wavers_after_an_officer_ended_it_opens_nothing(make, ended, said) -> None:
    store = ended(2, (1, 1), forecast=((1.5, 3),))
    seen = make.finding((0, 0), (1, 1))
    assert store.take(seen, make.forecast((1.5, 3), *said)) == []
    (alert,) = store.take(seen, make.forecast((1.5, 3), *said, (10, 4)))
    assert (alert.state, alert.level) == (AlertState.ACTIVE, 4)


def test_a_forecast_of_a_storm_days_later_is_told_though_the_water_never_fell_below_the_first_level(
    make, ended
) -> None:
    """The officer ended what was forecast then: that has come within a day, or has not."""
    store = ended(2, (1, 1), forecast=((1.5, 3),))
    seen = make.finding((0, 0), (1, 1))
    assert store.take(seen, make.forecast((1.5, 3), (5, 0))) == []
    (alert,) = store.take(seen, make.forecast((1.5, 3), (5, 0), (60, 3)))
    assert (alert.state, alert.level) == (AlertState.ACTIVE, 3)


def test_the_end_of_an_alert_that_began_after_an_officer_ended_another_has_no_word_of_an_officer(make, ended) -> None:
    store = ended(4, (1, 2))
    apart = make.finding((0, 0), (1, 2), (3, 0), (6, 2), (8, 0))
    (later,) = store.take(apart)
    assert (later.raised_at, later.state) == (make.start + 6 * HOUR, AlertState.ENDED)
    (alert,) = store.take(make.finding((0, 0), (1, 2)))
    assert (alert.identifier, alert.state, alert.level) == (later.identifier, AlertState.ACTIVE, 2)


def test_a_forecast_of_the_next_flood_is_told_when_the_one_that_an_officer_ended_had_come(make, ended) -> None:
    """It was readings that showed BĐ3; the water fell to BĐ1, and now it is forecast to come back."""
    store = ended(4, (1, 1), (2, 3))
    fall = ((1, 1), (2, 3), (5, 1))
    assert store.take(make.finding((0, 0), *fall), make.forecast((0, 0))) == []
    (alert,) = store.take(make.finding((0, 0), *fall), make.forecast((0, 0), (9, 2)))
    assert (alert.state, alert.level) == (AlertState.ACTIVE, 2)


def test_a_forecast_after_the_water_had_gone_is_of_a_new_flood(make, ended) -> None:
    store = ended(2, (1, 1), forecast=((1.5, 3),))
    (alert,) = store.take(make.finding((0, 0), (1, 1), (6, 0)), make.forecast((1.5, 3), (5, 0), (9, 2)))
    assert (alert.raised_at, alert.level) == (make.start + 9 * HOUR, 2)
