"""What services known to apprise are really sent; the network is the only thing that is not there."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import Mock

import pytest

from alerts.channels.apprise import apprise_channel, targets
from alerts.channels.message import GiveUp, Message, Sent

TELEGRAM = "tgram://123456789:abcdefg_hijklmnop/12315544/"
GATEWAY = "mailto://127.0.0.1:1025?from=ews@hue.example&to={to}"


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The bodies that were sent by HTTP."""
    bodies: list[dict[str, Any]] = []

    def post(_url: str, *, data: str, **_: object) -> Mock:
        bodies.append(json.loads(data))
        return Mock(status_code=200, content=b'{"ok": true}')

    monkeypatch.setattr("requests.post", post)
    return bodies


def _message(**changes: Any) -> Message:
    values: dict[str, Any] = {
        "identifier": "a1",
        "version": 1,
        "recipient": "ward",
        "language": "vi",
        "headline": "Lũ <BĐ3> & mưa *lớn*",
        "body": "Mực nước <b & c> 3,58 m\nXác nhận: https://w.example/xac-nhan/a_b_c",
        "acknowledge_url": "https://w.example/xac-nhan/a_b_c",
        "address": TELEGRAM,
    }
    return Message(**values | changes)


def test_telegram_shows_every_word_and_line_as_it_was_written(posted: list[dict[str, Any]]) -> None:
    assert apprise_channel(10.0)(_message()) == Sent()
    (sent,) = posted
    assert sent["parse_mode"] == "HTML"
    assert sent["text"].splitlines() == [
        "<b>Lũ &lt;BĐ3&gt; &amp; mưa *lớn*</b>",
        "Mực nước &lt;b &amp; c&gt; 3,58 m",
        "Xác nhận: https://w.example/xac-nhan/a_b_c",
    ], "and the link once"


def test_a_gateway_without_a_place_for_the_address_sends_to_no_stranger(posted: list[dict[str, Any]]) -> None:
    assert isinstance(apprise_channel(10.0)(_message(address="a@x.example", gateway=TELEGRAM)), GiveUp)
    assert posted == []


@pytest.mark.parametrize(
    ("address", "gateway", "count"),
    [
        (TELEGRAM, None, 1),
        (f"{TELEGRAM}222/", None, 2),
        ("a@x.example", GATEWAY, 1),
        ("a@x.example,b@x.example", GATEWAY, 2),
        ("ntfy://host/topic", None, 1),
        ("signal://h:80/+84901234567/+84901234568/+84901234569", None, 2),
        ("demo:", None, 0),
        ("nonsense", None, 0),
    ],
)
def test_how_many_an_address_stands_for(address: str, gateway: str | None, count: int) -> None:
    assert targets(address, gateway) == count
