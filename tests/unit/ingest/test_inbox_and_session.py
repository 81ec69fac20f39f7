"""Hand-over without loss or deadlock, and acknowledgements that reach the right connection only."""

import threading
import time
from datetime import UTC, datetime

import pytest

from ingest.backoff import Backoff, TakeOvers
from ingest.inbox import LARGEST_BATCH, Inbox
from ingest.intake import Envelope
from ingest.session import Session, subscriptions

NOW = datetime(2025, 11, 1, tzinfo=UTC)


def _envelope(n: int = 0, *, qos: int = 1, payload: bytes = b"{}", generation: int = 0) -> Envelope:
    return Envelope("t", payload, NOW, mid=n, qos=qos, generation=generation)


def test_messages_come_out_in_order_and_once() -> None:
    inbox = Inbox(10_000)
    for n in range(LARGEST_BATCH + 10):
        inbox.put([_envelope(n)])
    first, second = inbox.take(1), inbox.take(1)
    assert [e.mid for e in first + second] == list(range(LARGEST_BATCH + 10))
    assert len(first) == LARGEST_BATCH
    assert inbox.take(0.01) == []


def test_a_batch_is_bounded_in_bytes() -> None:
    inbox = Inbox(100)
    for n in range(20):
        inbox.put([_envelope(n, payload=b"x" * 1_000_000)])
    assert len(inbox.take(1)) == 5


def test_a_small_window_is_learnt_and_not_waited_upon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that sends 20 and then waits for acknowledgements gets them at once from the second round on."""
    inbox = Inbox(100)
    inbox.put([_envelope(n) for n in range(20)])
    assert len(inbox.take(1)) == 20
    monkeypatch.setattr(inbox._changed, "wait_for", lambda *_: pytest.fail("it waited"))
    for _ in range(3):
        inbox.put([_envelope(n) for n in range(20)])
        assert len(inbox.take(1)) == 20


def test_a_whole_window_is_taken_without_waiting_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that may be under way is in hand: waiting for more would wait for our own acknowledgement."""
    inbox = Inbox(100, window=20)
    inbox.put([_envelope(n) for n in range(20)])
    monkeypatch.setattr(inbox._changed, "wait_for", lambda *_: pytest.fail("it waited"))
    assert len(inbox.take(1)) == 20


def test_a_full_inbox_drops_qos_0_only() -> None:
    inbox = Inbox(1)
    inbox.put([_envelope(1)])
    inbox.put([_envelope(2, qos=0)])
    assert (len(inbox), inbox.dropped) == (1, 1)


def test_a_held_up_producer_goes_on_when_there_is_room() -> None:
    inbox = Inbox(1)
    inbox.put([_envelope(1)])
    producer = threading.Thread(target=inbox.put, args=([_envelope(2)],))
    producer.start()
    while not inbox._changed._waiters:  # type: ignore[attr-defined]  # until it is held up
        time.sleep(0.001)
    assert [e.mid for e in inbox.take(1)] == [1]
    producer.join(5)
    assert not producer.is_alive()
    assert [e.mid for e in inbox.take(1)] == [2]


def test_closing_releases_a_held_up_producer() -> None:
    inbox = Inbox(1)
    inbox.put([_envelope(1)])
    producer = threading.Thread(target=inbox.put, args=([_envelope(2)],))
    producer.start()
    inbox.close()
    producer.join(5)
    assert not producer.is_alive()


def test_waits_double_up_to_the_cap_with_jitter_and_start_anew() -> None:
    backoff = Backoff(first_s=1.0, longest_s=4.0)
    waits = [backoff.next_s() for _ in range(6)]
    for wait, step in zip(waits, (1, 2, 4, 4, 4, 4), strict=True):
        assert step / 2 <= wait <= step
    backoff.reset()
    assert backoff.next_s() <= 1.0


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> tuple[Session, list[bytes]]:
    sent: list[bytes] = []
    made = Session("mqtt://user:p%40ss@localhost:1884", "test", Inbox(10))
    monkeypatch.setattr(made._client, "_packet_queue", lambda command, packet, mid, qos: sent.append(packet))
    return made, sent


def test_only_messages_of_the_present_connection_are_acknowledged(session: tuple[Session, list[bytes]]) -> None:
    made, sent = session
    now = made._client.new_generation()
    assert (
        made.acknowledge(
            [_envelope(1, generation=now), _envelope(2, generation=now - 1), _envelope(3, qos=0, generation=now)]
        )
        == 1
    )
    assert made._client.new_generation() == now + 1
    assert made.acknowledge([_envelope(4, generation=now)]) == 0
    assert sent == [b"\x40\x02\x00\x01"]


def test_a_batch_is_acknowledged_in_one_write(session: tuple[Session, list[bytes]]) -> None:
    made, sent = session
    now = made._client.new_generation()
    assert made.acknowledge([_envelope(n, generation=now) for n in (1, 2, 65535)]) == 3
    assert sent == [b"\x40\x02\x00\x01\x40\x02\x00\x02\x40\x02\xff\xff"]


def test_the_url_names_user_password_host_and_port(session: tuple[Session, list[bytes]]) -> None:
    client = session[0]._client
    assert (client.username, client.password) == ("user", "p@ss")
    assert (session[0]._host, session[0]._port) == ("localhost", 1884)
    assert Session("mqtts://broker", "x", Inbox(1))._port == 8883


def test_a_group_shares_what_is_sent() -> None:
    wanted = [("ews/v1/#", 1), ("tele/+/SENSOR", 0)]
    assert subscriptions(wanted, None) == wanted
    assert subscriptions(wanted, "hue") == [("$share/hue/ews/v1/#", 1), ("$share/hue/tele/+/SENSOR", 0)]


def test_a_session_that_is_taken_again_and_again_is_left_to_the_other() -> None:
    taken, waits = TakeOvers(), []
    for attempt in range(TakeOvers.MOST):
        taken.connected(100.0 * attempt)
        waits.append(taken.taken(100.0 * attempt + 1))
    assert waits[-1] is None
    assert all(wait is not None and wait >= 5.0 for wait in waits[:-1])


def test_a_session_that_was_kept_long_is_not_given_up_at_once() -> None:
    taken = TakeOvers()
    for day in range(10):
        taken.connected(86_400.0 * day)
        wait = taken.taken(86_400.0 * (day + 1))
        assert wait is not None
        assert wait <= 10.0
