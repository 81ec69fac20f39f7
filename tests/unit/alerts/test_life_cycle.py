from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.life_cycle import identifier, judged_since, reconcile
from alerts.memory import never_happened, remembered
from domain.alerts import AlertState, Event, Phase, Severity

HOUR = timedelta(hours=1)


def _only(changed):
    assert len(changed) == 1
    return changed[0]


def test_a_flood_from_its_first_sign_to_its_end(make) -> None:
    store = make.store()
    seen = make.finding((0, 0), (3, 1), (5, 2), (7, 3), (10, 2), (12, 1), (15, 0))
    said = make.forecast((0, 0), (1, 3), (9, 0))
    alert = _only(store.take(seen, said))
    assert make.told(alert) == [
        (1, "raised_by_forecast", 3, "forecast"),
        (3, "confirmed", 3, "forecast"),  # BĐ1 passed on the way
        (5, "confirmed", 3, "forecast"),
        (7, "confirmed", 3, "observed"),
        (10, "downgraded", 2, "receding"),
        (12, "downgraded", 1, "receding"),
        (15, "ended", 0, "receding"),
    ]
    assert [v.detail.get("observed_level") for v in alert.versions] == [0, 1, 2, None, None, None, None]
    assert (alert.raised_at, alert.ended_at) == (make.start + HOUR, make.start + 15 * HOUR)
    assert (alert.state, alert.level, alert.severity) == (AlertState.ENDED, 3, Severity.SEVERE)
    assert alert.versions[-1].severity is Severity.SEVERE, "who heard of severe hears of its end"


@pytest.mark.parametrize(
    ("seen", "said", "expected"),
    [
        ([(0, 1)], [], ["raised"]),
        ([(0, 0)], [(0, 2)], ["raised_by_forecast"]),
        ([(0, 0), (5, 2)], [(0, 2)], ["raised_by_forecast", "confirmed"]),
        ([(0, 0)], [(0, 2), (5, 0)], ["raised_by_forecast", "forecast_withdrawn"]),
        ([(0, 0)], [(0, 2), (5, 3)], ["raised_by_forecast", "upgraded_by_forecast"]),
        ([(0, 0)], [(0, 3), (5, 2)], ["raised_by_forecast", "downgraded"]),
        ([(0, 1)], [(0, 0), (5, 3), (8, 0)], ["raised", "upgraded_by_forecast", "forecast_withdrawn"]),
        ([(0, 1), (5, 2)], [], ["raised", "upgraded"]),
        ([(0, 2), (5, 1)], [(0, 2), (8, 0)], ["raised", "held_by_forecast", "downgraded"]),
        ([(0, 2), (5, 0)], [(0, 2), (8, 0)], ["raised", "held_by_forecast", "ended"]),
        ([(0, 1)], [(0, 3)], ["raised", "upgraded_by_forecast"]),  # readings speak before forecasts made from them
        ([(0, 1), (4, 2), (5, 1), (6, 2)], [(0, 3)], ["raised", "upgraded_by_forecast", "confirmed"]),
    ],
)
def test_each_change_has_its_reason(make, seen, said, expected: list[str]) -> None:
    alert = _only(make.store().take(make.finding(*seen), make.forecast(*said)))
    assert [str(v.reason) for v in alert.versions] == expected


def test_water_that_never_was_higher_does_not_recede(make) -> None:
    alert = _only(make.store().take(make.finding((0, 1)), make.forecast((5, 3), (8, 0))))
    assert (alert.level, alert.phase) == (1, Phase.OBSERVED)


def test_the_order_in_which_findings_are_given_does_not_matter(make) -> None:
    seen, said = make.finding((0, 0), (3, 1), (5, 2)), make.forecast((0, 0), (3, 2), (5, 3))
    one, other = make.store(), make.store()
    one.take(seen, said)
    other.take(said, seen)
    assert make.told(one.alerts[0]) == make.told(other.alerts[0])
    assert make.told(one.alerts[0])[:2] == [(3, "raised", 1, "observed"), (3, "upgraded_by_forecast", 2, "forecast")]


def test_a_second_rise_is_not_the_end(make) -> None:
    alert = _only(make.store().take(make.finding((0, 3), (5, 1), (8, 2), (10, 3), (12, 0))))
    assert [(str(v.reason), str(v.phase)) for v in alert.versions] == [
        ("raised", "observed"),
        ("downgraded", "receding"),
        ("upgraded", "observed"),
        ("upgraded", "observed"),
        ("ended", "receding"),
    ]


def test_a_level_that_only_the_forecast_still_holds_says_so(make) -> None:
    """Below BĐ3 by readings, above it by the forecast: the phase must not read as observed."""
    seen, said = make.finding((0, 3), (5, 2), (9, 3), (12, 1)), make.forecast((0, 3), (20, 0))
    alert = _only(make.store().take(seen, said))
    assert make.told(alert) == [
        (0, "raised", 3, "observed"),
        (5, "held_by_forecast", 3, "forecast"),
        (9, "confirmed", 3, "observed"),
        (12, "held_by_forecast", 3, "forecast"),
        (20, "downgraded", 1, "receding"),
    ]
    assert [v.detail.get("observed_level") for v in alert.versions] == [None, 2, None, 1, None]


def test_a_second_rise_is_told_before_the_next_level_and_so_is_its_peak(make) -> None:
    turns = make.finding((9, 1), (15, 0), phase=Phase.RISING_AGAIN)
    alert = _only(make.store().take(make.finding((0, 3), (5, 2), (18, 1)), turns))
    assert make.told(alert) == [
        (0, "raised", 3, "observed"),
        (5, "downgraded", 2, "receding"),
        (9, "rising_again", 2, "rising_again"),
        (15, "peak_passed", 2, "receding"),
        (18, "downgraded", 1, "receding"),
    ]


def test_a_forecast_that_is_gone_does_not_hide_that_the_water_rises_again(make) -> None:
    store, seen = make.store(), make.finding((0, 3))
    store.take(seen, make.forecast((0, 0), (5, 4)))
    turned = make.finding((9, 1), phase=Phase.RISING_AGAIN)
    alert = _only(store.take(seen, make.forecast((0, 0)), turned))
    assert make.told(alert)[-1] == (9, "rising_again", 3, "rising_again")
    assert [mark.level for mark in remembered(alert)] == [3, 3]
    late = _only(store.take(seen, make.forecast((0, 0), (7, 4), (8, 0)), turned))
    assert str(late.versions[-1].reason) == "late_forecast"  # the turn is no news any more
    assert store.take(seen, make.forecast((0, 0), (7, 4), (8, 0)), turned) == []
    higher = _only(store.take(make.finding((0, 3), (12, 4)), make.forecast((0, 0)), turned))
    assert make.told(higher)[-1] == (12, "upgraded", 4, "observed")


def test_a_turn_at_the_instant_of_a_level_says_the_level_and_alone_it_makes_no_alert(make) -> None:
    store = make.store()
    assert store.take(make.finding((0, 0)), make.finding((3, 1), phase=Phase.RISING_AGAIN)) == []
    alert = _only(store.take(make.finding((0, 1), (3, 2)), make.finding((3, 1), phase=Phase.RISING_AGAIN)))
    assert [str(v.reason) for v in alert.versions] == ["raised", "upgraded"]


def test_other_events_do_not_recede(make) -> None:
    store = make.store(Event.HEAVY_RAIN)
    alert = _only(store.take(make.finding((0, 3), (5, 2), (8, 0), event=Event.HEAVY_RAIN)))
    assert {v.phase for v in alert.versions} == {Phase.OBSERVED}


def test_only_a_step_of_the_instant_lends_its_value(make) -> None:
    alert = _only(make.store().take(make.finding((0, 1)), make.forecast((2, 3), (6, 0))))
    assert [(v.value, v.threshold) for v in alert.versions] == [(1.1, 1.0), (3.1, 3.0), (None, 1.0)]
    assert [v.detail["rule"] for v in alert.versions] == ["observed", "forecast", "forecast"]


def test_two_observed_findings_of_one_event_count_together(make) -> None:
    store = make.store(Event.DOUBTFUL_READING)
    first = make.finding((0, 1), (5, 0), event=Event.DOUBTFUL_READING)
    second = make.finding((0, 0), (5, 1), (9, 0), event=Event.DOUBTFUL_READING)
    alert = _only(store.take(first, second))
    assert make.told(alert) == [(0, "raised", 1, "observed"), (9, "ended", 0, "observed")]


def test_the_same_findings_again_change_nothing(make) -> None:
    store = make.store()
    findings = (make.finding((0, 1), (4, 2)), make.forecast((1, 3), (6, 0)))
    assert store.take(*findings)
    assert store.take(*findings) == []


def test_episodes_far_apart_are_alerts_of_their_own(make) -> None:
    changed = make.store().take(make.finding((0, 1), (5, 0), (9, 2)))
    assert [a.identifier for a in changed] == [
        "hue-ews.kim_long.flood.20251026T000000Z",
        "hue-ews.kim_long.flood.20251026T090000Z",
    ]
    assert [a.state for a in changed] == [AlertState.ENDED, AlertState.ACTIVE], "ended ones are saved first"


def test_an_earlier_reading_that_comes_late_moves_the_beginning(make) -> None:
    store = make.store()
    store.take(make.finding((0, 0), (5, 1)))
    alert = _only(store.take(make.finding((0, 0), (3, 1))))
    assert make.told(alert) == [(5, "raised", 1, "observed"), (3, "late_data", 1, "observed")]
    assert alert.raised_at == make.start + 3 * HOUR
    assert [m.at for m in remembered(alert)] == [make.start + 3 * HOUR]
    alert = _only(store.take(make.finding((0, 0), (3, 1), (8, 2))))
    assert make.told(alert)[-1] == (8, "upgraded", 2, "observed"), "after a correction life goes on"


def test_a_revision_that_takes_the_crossing_back_withdraws_the_alert(make) -> None:
    store = make.store()
    store.take(make.finding((0, 0), (5, 2)))
    alert = _only(store.take(make.finding((0, 0))))
    assert make.told(alert)[-1] == (5, "late_data", 0, "observed")
    assert never_happened(alert)
    assert alert.state is AlertState.ENDED
    assert store.take(make.finding((0, 0))) == []


def test_a_withdrawn_alert_that_did_happen_is_opened_again(make) -> None:
    store = make.store()
    for steps in ([(0, 0), (5, 2)], [(0, 0)], [(0, 0), (5, 2), (6, 3)]):
        store.take(make.finding(*steps))
    alert = _only(store.alerts)
    assert [str(v.reason) for v in alert.versions] == ["raised", "late_data", "raised", "upgraded"]
    assert (alert.state, alert.level) == (AlertState.ACTIVE, 3)


def test_late_data_that_joins_two_episodes_keeps_the_one_that_is_under_way(make) -> None:
    """Who heard of a flood that goes on must not hear that it never was, and then of another."""
    store = make.store()
    store.take(make.finding((0, 1), (4, 0), (6, 2)))
    changed = store.take(make.finding((0, 1), (6, 2)))
    assert [(a.identifier[-7:], a.raised_at - make.start, a.state) for a in changed] == [
        ("000000Z", timedelta(), AlertState.ENDED),
        ("060000Z", timedelta(), AlertState.ACTIVE),
    ]
    assert never_happened(changed[0])
    assert (changed[1].level, changed[1].versions[-1].level) == (2, 2)
    assert store.take(make.finding((0, 1), (6, 2))) == []


def test_late_data_that_moves_an_end_past_the_next_beginning_leaves_each_alert_its_episode(make) -> None:
    store = make.store()
    store.take(make.finding((0, 1), (4, 0), (6, 2)))
    changed = store.take(make.finding((0, 1), (6.2, 0), (6.5, 2)))
    assert [(a.identifier[-7:], (a.raised_at - make.start) / HOUR, a.state) for a in changed] == [
        ("000000Z", 0, AlertState.ENDED),
        ("060000Z", 6.5, AlertState.ACTIVE),
    ]


def test_late_data_that_parts_an_episode_makes_two(make) -> None:
    store = make.store()
    store.take(make.finding((0, 1)))
    changed = store.take(make.finding((0, 1), (4, 0), (6, 1)))
    assert [(a.raised_at - make.start, a.state) for a in changed] == [
        (timedelta(), AlertState.ENDED),
        (6 * HOUR, AlertState.ACTIVE),
    ]


def test_an_identifier_is_never_given_twice(make) -> None:
    store = make.store()
    store.take(make.finding((0, 0), (5, 1)))
    store.take(make.finding((0, 0), (3, 1)))  # its identifier still says 05:00
    store.take(make.finding((0, 0), (3, 1), (4, 0), (5, 1)))
    assert len({a.identifier for a in store.alerts if not never_happened(a)}) == 2
    assert any(a.identifier.endswith("Z-2") for a in store.alerts)


def test_a_forecast_issued_before_a_reading_already_judged_keeps_its_name(make) -> None:
    store = make.store()
    store.take(make.finding((0, 0), (7, 1)))
    alert = _only(store.take(make.finding((0, 0), (7, 1)), make.forecast((6, 3))))
    assert [str(v.reason) for v in alert.versions] == ["raised", "upgraded_by_forecast"]
    assert (alert.level, alert.phase, alert.raised_at) == (3, Phase.FORECAST, make.start + 6 * HOUR)
    assert store.take(make.finding((0, 0), (7, 1)), make.forecast((6, 3))) == []


def test_silence_of_all_findings_changes_nothing(make) -> None:
    store = make.store()
    store.take(make.finding((0, 2)))
    assert store.take(make.finding()) == []
    assert store.take() == []


def test_an_alert_that_began_before_the_span_goes_on(make) -> None:
    store = make.store()
    store.take(make.finding((0, 1), (2, 2)))
    later = make.finding((10, 2), (12, 0), since_h=10)
    alert = _only(store.take(later))
    assert make.told(alert)[1:] == [(2, "upgraded", 2, "observed"), (12, "ended", 0, "receding")]
    assert store.take(later) == []


def test_a_signal_that_returns_ends_the_silence(make) -> None:
    store = make.store(Event.NO_SIGNAL)
    store.take(make.finding((5, 1), event=Event.NO_SIGNAL, since_h=5))
    assert store.take(make.finding((5, 1), event=Event.NO_SIGNAL, since_h=5)) == []
    alert = _only(store.take(make.finding((9, 0), event=Event.NO_SIGNAL, since_h=9)))
    assert make.told(alert)[-1] == (9, "ended", 0, "observed")
    assert store.take(make.finding((9.5, 0), event=Event.NO_SIGNAL, since_h=9.5)) == []


def test_alerts_of_other_stations_and_events_are_left_alone(make) -> None:
    store = make.store()
    alert = _only(store.take(make.finding((0, 2))))
    elsewhere = [replace(alert, station="phu_oc"), replace(alert, event=Event.RAPID_RISE)]
    changed = reconcile(make.gauge(), Event.FLOOD, [make.finding((3, 0))], elsewhere, make.policy, make.start)
    assert changed == []


def test_a_level_without_a_severity_takes_the_one_below(make) -> None:
    store = make.store(Event.STRONG_WIND)
    alert = _only(store.take(make.finding((0, 7), event=Event.STRONG_WIND)))
    assert alert.severity is Severity.MINOR
    nothing = reconcile(make.gauge(), Event.FLOOD, [make.finding((0, 1))], [], {}, make.start)
    assert nothing[0].severity is Severity.UNKNOWN


def test_identifiers_are_safe_for_cap(make) -> None:
    name = identifier("kim_long", Event.FLOOD, make.start + timedelta(microseconds=5))
    assert name == "hue-ews.kim_long.flood.20251026T000000.000005Z"
    assert not set(name) & set(" ,<&")


def test_a_station_is_judged_from_before_what_was_running(make) -> None:
    store = make.store()
    store.take(make.finding((0, 1), (5, 0), (5.5, 2), (20, 0), (30, 1)))
    alerts = store.alerts
    assert judged_since(make.start + 50 * HOUR, alerts) == make.start + 30 * HOUR
    assert judged_since(make.start + 25 * HOUR, alerts) == make.start + 25 * HOUR
    assert judged_since(make.start + 10 * HOUR, alerts) == make.start + 5.5 * HOUR
    assert judged_since(make.start + 5 * HOUR, alerts) == make.start + 5 * HOUR
    rain = replace(alerts[0], event=Event.HEAVY_RAIN, raised_at=make.start - HOUR)
    assert judged_since(make.start + 3 * HOUR, [*alerts, rain]) == make.start - HOUR
    silent = replace(rain, event=Event.NO_SIGNAL)
    assert judged_since(make.start + 30 * HOUR, [silent, alerts[2]]) == make.start + 30 * HOUR
