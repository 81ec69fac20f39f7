"""Webhooks to a real server that misbehaves."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest

from alerts.channels.gateway import gateway_channel
from alerts.channels.message import GiveUp, Message, Retry, Sent
from alerts.channels.posting import Poster
from alerts.channels.webhook import webhook_channel
from tests.integration.receiver import Receiver
from tests.integration.test_telling_people import until

SECRET = "a secret of the receiver"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as started:
        yield started


def _message(**more: object) -> Message:
    values: dict[str, object] = {
        "identifier": "a1",
        "version": 2,
        "recipient": "program",
        "language": "vi",
        "headline": 'Mực nước "3,58 m"\nlúc 07:00',
        "body": "",
        "key": "a1.2.program.webhook",
        "facts": {"alerts": [{"headline": {"vi": "Sông Hương"}}]},
        "secret": SECRET,
    }
    return Message(**values | more)  # type: ignore[arg-type]


def test_a_webhook_is_signed_over_time_and_body(receiver: Receiver) -> None:
    send = webhook_channel(60.0, clock=lambda: 1761519600.5)
    assert send(_message(address=receiver.url(), may_repeat=True)) == Sent()
    (seen,) = receiver.seen
    assert json.loads(seen.body) == {"alerts": [{"headline": {"vi": "Sông Hương"}}]}
    expected = hmac.new(SECRET.encode(), b"1761519600." + seen.body, hashlib.sha256).hexdigest()
    assert seen.headers["X-EWS-Timestamp"] == "1761519600"
    assert seen.headers["X-EWS-Signature"] == f"v1={expected}"
    assert seen.headers["X-EWS-May-Repeat"] == "1"
    assert seen.headers["Idempotency-Key"] == "a1.2.program.webhook"


@pytest.mark.parametrize(
    ("behaviour", "status", "outcome"),
    [
        ("ok", 204, Sent),
        ("ok", 500, Retry),
        ("ok", 503, Retry),
        ("ok", 429, Retry),
        ("ok", 404, GiveUp),
        ("ok", 410, GiveUp),
        ("elsewhere", 0, GiveUp),
        ("hang", 0, Retry),
        ("drip", 0, Retry),
        ("reset", 0, Retry),
        ("garbage", 0, Retry),
        ("huge", 0, Sent),
    ],
)
def test_whatever_a_receiver_does_the_post_ends_and_says_what_became_of_it(
    receiver: Receiver, behaviour: str, status: int, outcome: type
) -> None:
    receiver.status = status
    endless = behaviour in {"hang", "drip"}
    found = Poster(2.0 if endless else 60.0).post(receiver.url(behaviour), b"{}", {})
    assert isinstance(found, outcome), found
    assert ("within 2 s" in str(found)) is endless, "nobody holds a thread for long"
    assert receiver.url() not in str(found), "addresses are secret"
    if behaviour in {"hang", "drip", "reset"}:
        assert isinstance(found, Retry)
        assert found.may_have_arrived, "it was sent, and nobody knows"


def test_a_receiver_that_is_not_there_was_not_reached(receiver: Receiver) -> None:
    found = Poster(60.0).post("http://127.0.0.1:9/", b"{}", {})
    assert isinstance(found, Retry)
    assert not found.may_have_arrived


def test_a_kept_connection_that_the_receiver_closed_is_opened_again(receiver: Receiver) -> None:
    poster = Poster(60.0)
    assert [poster.post(receiver.url("leaves"), body, {}) for body in (b"1", b"2", b"3")] == [Sent()] * 3
    assert [seen.body for seen in receiver.seen] == [b"1", b"2", b"3"], "each arrived once"


def test_a_kept_connection_that_hangs_is_asked_once(receiver: Receiver) -> None:
    poster = Poster(60.0)
    assert poster.post(receiver.url(), b"1", {}) == Sent()
    poster._timeout_s = 2.0
    found = poster.post(receiver.url("hang"), b"2", {})
    assert found == Retry("no whole answer within 2 s", may_have_arrived=True)
    until("it has come", lambda: len(receiver.seen) >= 2)  # the receiver's thread notes it in its own time
    assert [seen.body for seen in receiver.seen] == [b"1", b"2"]


@pytest.mark.parametrize("address", ["", "ftp://x/y", "http://", "http://h:port/", "nonsense"])
def test_an_address_that_is_none_is_given_up(address: str) -> None:
    assert isinstance(Poster(1.0).post(address, b"", {}), GiveUp)


def test_a_gateway_gets_its_template_filled_whatever_the_text_holds(receiver: Receiver) -> None:
    send = gateway_channel(
        60.0,
        template='{"to": "$to", "content": "$text", "id": "$key"}',
        authorization="Bearer $secret",
        longest_text=70,
    )
    message = _message(
        address="+84 90", gateway=receiver.url(), gateway_secret="tok$en", acknowledge_url="https://x/xac-nhan/abc"
    )
    assert send(message) == Sent()
    (seen,) = receiver.seen
    body = json.loads(seen.body)
    assert body == {
        "to": "+84 90",
        "content": 'Mực nước "3,58 m"\nlúc 07:00\nhttps://x/xac-nhan/abc',
        "id": message.key,
    }
    assert seen.headers["Authorization"] == "Bearer tok$en"


def test_a_long_text_is_cut_before_the_link(receiver: Receiver) -> None:
    send = gateway_channel(60.0, template='{"t": "$text"}', authorization=None, longest_text=70)
    link = "https://x/" + "y" * 40
    send(_message(address="1", gateway=receiver.url(), headline="h" * 300, acknowledge_url=link))
    text = json.loads(receiver.seen[0].body)["t"]
    assert len(text) == 70
    assert text.endswith("…\n" + link)
