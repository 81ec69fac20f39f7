"""A load that is sent to a broker which stands still, refuses or says nothing: what it says of times, rates and loss."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from cli import load_run
from cli.load_run import measure
from domain.errors import BrokerUnavailableError, EwsError
from simulators import load, load_line
from simulators.load import Load, Probe
from storage.database import Database
from storage.load_rows import only_load
from tests.hanging_broker import Hanging

_SUCCESS, _NOT_AUTHORIZED = b"\x00", b"\x87"


class Taking(Hanging):
    """Takes messages. `says`: the reason that a message by its seq is acknowledged with; None: it is not."""

    def __init__(
        self, says: Callable[[int], bytes | None], on_message: Callable[[str, dict[str, object]], None]
    ) -> None:
        super().__init__()
        self._says, self._on_message = says, on_message

    def answer(self, kind: int, rest: bytes) -> bytes:
        if kind != 3:
            return super().answer(kind, rest)
        ends = 2 + int.from_bytes(rest[:2])
        topic, number, content = rest[2:ends].decode(), rest[ends : ends + 2], json.loads(rest[ends + 3 :])
        self._on_message(topic, content)
        reason = self._says(content["seq"])
        return b"" if reason is None else b"\x40\x03" + number + reason


def nothing(*_: object) -> None:
    """Nobody listens."""


def test_a_message_is_timed_from_when_it_was_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_line, "_OUTSTANDING", 5)  # a broker that stands still is soon felt
    probes: list[Probe] = []
    with (
        Taking(lambda _: _SUCCESS, nothing) as broker,
        Load(broker.url, 1, threading.Event(), connections=1) as sender,
    ):
        broker.hang.set()
        threading.Timer(0.8, broker.hang.clear).start()
        sent = sender.run(300, 1.5, probes.append)
    assert sent.acknowledged == sent.sent > 300
    assert sent.behind_s > 0.5
    assert sent.until_acknowledged.quantile_s(0.75) > 0.3, "the messages that waited to be sent waited too"
    due = [(sent.began_s + n / 300, sent.began + timedelta(seconds=n / 300)) for n in range(0, sent.sent, 6)]
    assert [(probe.since_s, probe.observed_at) for probe in probes] == due, "no time drifts from the clock"


def test_who_stands_still_until_the_end_has_fallen_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_line, "_OUTSTANDING", 5)
    monkeypatch.setattr(load, "_ACKNOWLEDGED_WITHIN_S", 0.2)
    with (
        Taking(lambda _: None, nothing) as broker,
        Load(broker.url, 1, threading.Event(), connections=1) as sender,
    ):
        sent = sender.run(100, 0.5, nothing)
    assert (sent.sent, sent.acknowledged) == (5, 0)
    assert sent.behind_s == pytest.approx(0.45, abs=0.02)
    assert sent.unacknowledged == [("load-00001", sent.began + timedelta(seconds=n / 100)) for n in range(5)]


def test_a_refused_last_message_is_not_acknowledged() -> None:
    with (
        Taking(lambda seq: _NOT_AUTHORIZED if seq == 3 else _SUCCESS, nothing) as broker,
        Load(broker.url, 1, threading.Event(), connections=1) as sender,
        pytest.raises(BrokerUnavailableError, match="refuses a message of the load: Not authorized"),
    ):
        sender.run(10, 0.25, nothing)  # the third leaves at 0.2 s, and nobody asks for room afterwards


def test_rows_that_nobody_acknowledged_hide_no_loss(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of ten messages one is lost, two are stored without a word, and the broker takes two seconds to greet."""
    monkeypatch.setattr(load, "_ACKNOWLEDGED_WITHIN_S", 0.2)
    monkeypatch.setattr(load_run, "_PATIENCE_S", 0.3)

    def store(topic: str, content: dict[str, object]) -> None:
        if content["seq"] != 2:
            with database.transaction() as connection:
                connection.execute(
                    "insert into reading (series_id, observed_at, received_at, value, flag)"
                    " select id, %s, now(), 1.0, 1 from series where station = %s",
                    (datetime.fromisoformat(str(content["observed_at"])), topic.split("/")[2]),
                )

    with Taking(lambda seq: None if seq in {4, 10} else _SUCCESS, store) as broker:
        broker.hang.set()
        threading.Timer(2.0, broker.hang.clear).start()
        found = measure(
            database_url, broker.url, stations=1, rate=20, seconds=0.48, connections=1, stop=threading.Event()
        )
    assert (found.sent.sent, found.sent.acknowledged) == (10, 8)
    assert (found.stored, found.stored_unacknowledged, found.lost) == (9, 2, 1)
    assert 0.45 < found.stored_after_s < 2.0, "from the first message, not from the first attempt to connect"
    assert replace(found, stored_unacknowledged=0).lost < 0, "what a difference of two counts would say"


def test_a_second_load_would_count_the_rows_of_the_first(database: Database, database_url: str) -> None:
    arguments = {"stations": 1, "rate": 20.0, "seconds": 0.1, "connections": 1, "stop": threading.Event()}
    with only_load(database_url), pytest.raises(EwsError, match="another load"):
        measure(database_url, "mqtt://127.0.0.1:1", **arguments)
    with pytest.raises(BrokerUnavailableError):
        measure(database_url, "mqtt://127.0.0.1:1", **arguments)  # the first has ended
