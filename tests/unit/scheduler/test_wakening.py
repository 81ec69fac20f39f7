from scheduler.wakening import Wakening, wakening
from storage.notifications import ALERTS, FORECASTS, NETWORK, READINGS, Notification


def test_touched_series_name_their_stations() -> None:
    heard = [
        Notification(READINGS, '["kim_long/water_level","kim_long/rainfall"]'),
        Notification(FORECASTS, '["phu_oc"]'),
    ]
    assert wakening(heard) == Wakening(frozenset({"kim_long", "phu_oc"}))


def test_more_than_a_notification_can_name_means_everything() -> None:
    assert wakening([Notification(READINGS, "*"), Notification(READINGS, '["a/rainfall"]')]) == Wakening(
        frozenset({"a"}), everything=True
    )


def test_a_changed_network_is_told_apart() -> None:
    assert wakening([Notification(NETWORK, "")]) == Wakening(network=True)


def test_alerts_wake_nobody_here() -> None:
    assert not wakening([Notification(ALERTS, '["x"]')])
    assert not wakening([])
