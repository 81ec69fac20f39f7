"""How long a receiver rests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerts.channels.message import Retry, Sent
from alerts.receivers import Receivers

NOW = datetime(2025, 10, 27, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_many_messages_that_fail_at_once_are_one_trouble_and_cost_one_short_rest() -> None:
    """Thirty-two connections to a partner whose server starts anew are no reason to leave it alone for ten minutes."""
    receivers = Receivers()
    for _ in range(32):
        receivers.note("partner//webhook", Retry("answered 503"), NOW)
    assert receivers.rests_until("partner//webhook", NOW) == NOW + 5 * SECOND
    assert receivers.failures("partner//webhook") == 32


def test_a_receiver_that_fails_after_each_rest_rests_longer_up_to_ten_minutes() -> None:
    receivers, now, rests = Receivers(), NOW, list[float]()
    receivers.note("ward//sms", Retry("answered 500"), now)
    assert receivers.rests_until("ward//sms", now) is None, "one failure may be the message's own"
    for _ in range(9):
        receivers.note("ward//sms", Retry("answered 500"), now)
        until = receivers.rests_until("ward//sms", now)
        assert until is not None
        rests.append((until - now).total_seconds())
        now = until
    assert rests == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    assert receivers.failing() == {"ward//sms": "answered 500"}, "also when it may be tried again"
    receivers.note("ward//sms", Sent(), now)
    assert receivers.failing() == {}
    assert receivers.resting(now) == []
