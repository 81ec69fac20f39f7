"""The pulse of the database: gone, back, and hanging."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from dash_app import pulse
from dash_app.pulse import Health, Pulse


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "EVERY_S", 0.01)
    monkeypatch.setattr(pulse, "PATIENCE_S", 1.0)


class Server:
    """A database that answers, refuses or hangs."""

    def __init__(self) -> None:
        self.answers, self.released = True, threading.Event()
        self.released.set()

    def ask(self) -> bool:
        self.released.wait(20)
        return self.answers


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.released.set()


def soon(check: Callable[[], bool]) -> bool:
    until = time.monotonic() + 10
    while not check() and time.monotonic() < until:
        time.sleep(0.005)
    return check()


def test_it_is_away_until_it_has_answered_once(server: Server) -> None:
    beat = Pulse(server.ask)
    assert not beat.health.database
    beat.start()
    assert soon(lambda: beat.health.database)
    beat.stop()


@pytest.mark.parametrize("how", ["refuses", "hangs"])
def test_away_and_back_are_each_told_once(server: Server, how: str) -> None:
    told: list[Health] = []
    beat = Pulse(server.ask, told.append)
    beat.start()
    assert soon(lambda: beat.health.database)
    if how == "hangs":
        server.released.clear()
    else:
        server.answers = False
    assert soon(lambda: not beat.health.database)
    since = beat.health.since
    assert beat.health.since == since
    server.answers = True
    server.released.set()
    assert soon(lambda: beat.health.database)
    beat.stop()
    assert [health.database for health in told] == [True, False, True]


def test_asking_for_the_health_never_waits(server: Server) -> None:
    server.released.clear()
    beat = Pulse(server.ask)
    beat.start()
    answered = threading.Event()
    threading.Thread(target=lambda: (beat.health, answered.set()), daemon=True).start()
    assert answered.wait(5)
    beat.stop()
