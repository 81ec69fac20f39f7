"""A station whose sensors fall silent one after the other: each is told once, by the rule and the life of its alert together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.life_cycle import reconcile
from alerts.memory import remembered
from alerts.outbox import version_to_tell
from alerts.wording import headline
from domain.alerts import AlertState, Event, Reason
from domain.stations import Series
from rules.configuration import load_rules
from rules.overdue import overdue_finding
from rules.tables import OverdueRule

DAY = timedelta(days=1)
RULES = load_rules(Path(__file__).resolve().parents[3] / "config" / "rules.toml").rules
OVERDUE = next(rule for rule in RULES if isinstance(rule, OverdueRule))
NAMES = ("wind_direction", "wind_speed", "pressure")


@pytest.fixture
def mast(make):
    """A station with three sensors; `look` judges it at a day at which they were last heard of on these days."""
    station = make.gauge(series=tuple(Series(quantity=q, cadence=timedelta(minutes=10)) for q in NAMES))

    class Mast:
        alerts: tuple = ()
        gauge = station

        def look(self, day: float, *heard: float):
            last = {name: make.start + at * DAY for name, at in zip(NAMES, heard, strict=True)}
            now = make.start + day * DAY
            finding = overdue_finding(station, last, OVERDUE, now)
            changed = reconcile(station, Event.NO_SIGNAL, [finding], list(self.alerts), make.policy, now)
            stored = {alert.identifier: alert for alert in (*self.alerts, *changed)}
            self.alerts = tuple(stored.values())
            return [self.said(alert, now) for alert in changed]

        def said(self, alert, now):
            new = [version for version in alert.versions if version.decided_at == now]
            told = version_to_tell(alert, new, now)
            return None if told is None else (told.reason, told.detail.get("quantity"))

    return Mast()


def test_the_second_sensor_that_falls_silent_is_told_and_only_once(mast) -> None:
    assert mast.look(0.1, 0, 0.1, 0.1) == [(Reason.RAISED, "wind_direction")]
    assert mast.look(1, 0, 1, 1) == []
    assert mast.look(20.1, 0, 20, 20.1) == [(Reason.UPGRADED, "wind_direction, wind_speed")]
    assert mast.look(20.2, 0, 20, 20.2) == []
    assert mast.look(20.3, 0, 20, 20.2) == [(Reason.UPGRADED, "pressure, wind_direction, wind_speed")]
    assert mast.look(20.4, 0, 20, 20.2) == []
    (alert,) = mast.alerts
    assert len(remembered(alert)) == 1
    assert (alert.state, alert.raised_at) == (AlertState.ACTIVE, alert.versions[0].at)
    assert "07:00 15/11/2025" in headline(alert, alert.versions[1], mast.gauge, "vi")


def test_a_sensor_that_is_back_is_not_told_and_when_it_falls_silent_again_it_is(mast) -> None:
    mast.look(20.1, 0, 20, 20.1)
    assert mast.look(21, 0, 21, 21) == [None]
    assert mast.look(21.5, 0, 21.5, 21.5) == []
    assert mast.look(22.1, 0, 22, 22.1) == [(Reason.UPGRADED, "wind_direction, wind_speed")]
    assert mast.look(23, 23, 22, 23) == [None]  # the first is back, the second is not
    assert mast.look(24.1, 23, 22, 24.1) == [(Reason.UPGRADED, "wind_direction, wind_speed")]
    assert mast.look(25, 25, 25, 25) == [(Reason.ENDED, None)]
    assert len(mast.alerts) == 1


def test_who_was_away_hears_of_all_at_once(mast) -> None:
    assert mast.look(30, 0, 20, 20.2) == [(Reason.UPGRADED, "pressure, wind_direction, wind_speed")]
    assert mast.look(31, 0, 20, 20.2) == []


def test_sensors_that_fall_silent_together_are_one_version(mast) -> None:
    assert mast.look(1, 0, 0, 0) == [(Reason.RAISED, "pressure, wind_direction, wind_speed")]
    assert len(mast.alerts[0].versions) == 1


def test_what_an_officer_ended_opens_again_with_one_more_and_not_with_one_less(mast, make) -> None:
    mast.look(5, 0, 0, 5)
    (alert,) = mast.alerts
    ended_at = make.start + 6 * DAY
    end = replace(
        alert.versions[-1], number=2, reason=Reason.ENDED_BY_PERSON, level=0, at=ended_at, detail={"level_before": 1}
    )
    mast.alerts = (replace(alert, state=AlertState.ENDED, ended_at=ended_at, versions=(*alert.versions, end)),)
    assert mast.look(7, 0, 7, 7) == []
    assert mast.look(20.1, 0, 0, 20) == [(Reason.UPGRADED, "pressure, wind_direction, wind_speed")]
    assert (mast.alerts[0].state, mast.alerts[0].ended_at) == (AlertState.ACTIVE, None)


def test_of_a_sensor_that_comes_and_goes_people_hear_once_a_day(mast) -> None:
    """The vane is dead for good; the barometer is away for an hour of every two."""
    told = []
    for hour in range(1, 49):
        day = 10 + hour / 24
        told += [said for said in mast.look(day, 0, day, day if hour % 2 else day - 1 / 24) if said is not None]
    assert told[:2] == [(Reason.RAISED, "wind_direction"), (Reason.UPGRADED, "pressure, wind_direction")]
    assert len(told) <= 4
