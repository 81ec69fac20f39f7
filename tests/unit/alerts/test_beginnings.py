"""What was under way when the judged span began is dated by its beginning, or says that nobody knows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.beginnings import beginning, begun_before, last_end_by_person
from alerts.life_cycle import reconcile
from domain.alerts import AlertState, Event, Phase, Reason

HOUR = timedelta(hours=1)


def test_only_what_no_alert_tells_of_is_under_way(make) -> None:
    seen = [
        make.finding((0, 2), (4, 0)),
        make.finding((0, 0), (2, 1), event=Event.HEAVY_RAIN),
        make.finding((0, 1), event=Event.NO_SIGNAL),
        make.finding((1, 3), phase=Phase.FORECAST, event=Event.RAPID_RISE),
        make.finding(event=Event.STRONG_WIND),
    ]
    assert begun_before(seen, []) == {Event.FLOOD: make.start}
    store = make.store()
    (told,) = store.take(make.finding((-9, 1), since_h=-9))
    assert begun_before(seen, [told]) == {}
    over = replace(told, state=AlertState.ENDED, ended_at=make.start)
    assert begun_before(seen, [over]) == {Event.FLOOD: make.start}, "an alert that ended before tells of something else"


@pytest.mark.parametrize(
    ("steps", "rain", "expected_h"),
    [
        ([(-90, 0), (-50, 1), (-20, 3)], [(-90, 0)], -50),
        ([(-90, 0), (0, 1)], [(-90, 0)], 0),  # nothing was read in between: it crossed no earlier
        ([(-90, 0), (-50, 1)], [(-90, 0), (-60, 1), (-40, 0)], -60),  # from where the rain began too
        ([(-90, 0), (-50, 1)], [(-90, 2), (-70, 0)], -50),  # the rain was over by then
        ([(-90, 1), (-50, 2)], [(-90, 0)], None),
        ([(-90, 0), (-50, 1)], [(-90, 2), (-45, 0)], None),
    ],
)
def test_a_station_is_judged_from_where_all_was_calm(make, steps, rain, expected_h) -> None:
    seen = [make.finding(*steps), make.finding(*rain, event=Event.HEAVY_RAIN), make.forecast((-80, 3))]
    expected = None if expected_h is None else make.start + expected_h * HOUR
    assert beginning(seen, make.start) == expected


def test_an_alert_whose_beginning_nobody_knows_says_so_and_goes_on_as_any(make) -> None:
    seen = make.finding((0, 2), (3, 3))
    (alert,) = reconcile(make.gauge(), Event.FLOOD, [seen], [], make.policy, make.start, under_way=True)
    assert [v.reason for v in alert.versions] == [Reason.UNDER_WAY, Reason.UPGRADED]
    assert reconcile(make.gauge(), Event.FLOOD, [seen], [alert], make.policy, make.start) == []
    later = make.finding((0, 2), (3, 3), (9, 0))
    (alert,) = reconcile(make.gauge(), Event.FLOOD, [later], [alert], make.policy, make.start)
    assert alert.versions[-1].reason is Reason.ENDED


def test_what_a_forecast_began_keeps_its_reason(make) -> None:
    findings = [make.finding((1, 2)), make.forecast((0, 2))]
    (alert,) = reconcile(make.gauge(), Event.FLOOD, findings, [], make.policy, make.start, under_way=True)
    assert alert.versions[0].reason is Reason.RAISED_BY_FORECAST


def test_what_a_person_ended_is_not_looked_behind(make) -> None:
    (alert,) = make.store().take(make.finding((0, 2)))
    end = replace(alert.versions[-1], number=2, reason=Reason.ENDED_BY_PERSON, level=0)
    ended = replace(alert, state=AlertState.ENDED, ended_at=make.start + HOUR, versions=(*alert.versions, end))
    until = make.start + 80 * HOUR
    assert last_end_by_person([ended], [Event.FLOOD], until) == make.start + HOUR
    assert last_end_by_person([ended], [Event.HEAVY_RAIN], until) is None
    assert last_end_by_person([ended], [Event.FLOOD], make.start) is None
    assert last_end_by_person([alert], [Event.FLOOD], until) is None


def test_a_forecast_made_late_is_not_called_late_data(make) -> None:
    """An hour that is issued for after the next hour's reading was judged: what readings show is as it was."""
    store = make.store()
    store.take(make.finding((0, 0), (2, 1), (6, 2)))
    (alert,) = store.take(make.finding((0, 0), (2, 1), (6, 2)), make.forecast((0, 0), (5, 2)))
    assert make.told(alert)[-1] == (6, "late_forecast", 2, "observed")
    assert store.take(make.finding((0, 0), (2, 1), (6, 2)), make.forecast((0, 0), (5, 2))) == []
    (alert,) = store.take(make.finding((0, 0), (2, 1), (7, 2)), make.forecast((0, 0), (5, 2)))
    assert make.told(alert)[-1][1] == "late_data", "the reading is another one"
