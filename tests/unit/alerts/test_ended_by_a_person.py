"""An alert that an officer ended: it stays ended while nothing graver has come since, whatever corrections do to its past."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.alerts import AlertState, Reason

HOUR = timedelta(hours=1)


@pytest.fixture
def ended(make):
    """A store whose only alert an officer ended at an hour, after these (hour, level)."""

    def made(at_h: float, *steps: tuple[float, int]):
        store = make.store()
        store.take(make.finding((0, 0), *steps))
        (alert,) = store.alerts
        newest = alert.versions[-1]
        at = make.start + at_h * HOUR
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
