"""Simulated recipients: they take the messages on the loopback, and confirm by the real links after a time of their own."""

from __future__ import annotations

import heapq
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import numpy as np
import structlog

from cli.exercise_folder import Answer, ExerciseFolder
from domain.exercise import Exercise
from simulators.noise import key_of, uniform

_log = structlog.get_logger(__name__)

_TICK_S = 0.1
_TIMEOUT_S = 10.0
_WAITERS = 4


class Recipients:
    """The people of an exercise, all at one loopback port. `now` gives the exercise's clock."""

    def __init__(
        self, exercise: Exercise, folder: ExerciseFolder, speed: float, now: Callable[[], datetime | None]
    ) -> None:
        self._exercise, self._folder, self._speed, self._now = exercise, folder, speed, now
        self._waiting: list[tuple[float, int, str]] = []
        self._changed = threading.Condition()
        self._number, self._under_way, self._closed = 0, 0, False
        self._seen: set[str] = set()
        self._server = _server(self)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(_TICK_S,), name="recipients", daemon=True).start()
        for number in range(_WAITERS):
            threading.Thread(target=self._answer_all, name=f"answers-{number}", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def address(self, recipient: str) -> str:
        """Where this recipient takes its messages."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{recipient}"

    @property
    def asked(self) -> int:
        """How many answers have been planned so far."""
        with self._changed:
            return self._number

    def have_answered(self, asked: int) -> bool:
        """Whether the first `asked` of them have been given. Later ones may be to what is only said again, which has no end."""
        with self._changed:
            return not self._under_way and all(number > asked for _, number, _ in self._waiting)

    def take(self, recipient: str, facts: dict[str, Any]) -> bool:
        """A message for `recipient`: whether it is taken. The answer follows in its own time."""
        key, at = str(facts.get("key", "")), self._now() or self._exercise.begins
        refused = any(down.recipient == recipient and down.holds(at) for down in self._exercise.receiver_down)
        url = facts.get("acknowledge_url")
        asked = isinstance(url, str)
        after_min = self._after_min(recipient, key) if asked and not refused else None
        with self._changed:
            self._folder.add_answer(
                Answer(
                    recipient=recipient,
                    key=key,
                    came_at=datetime.now(UTC),
                    at=at,
                    refused=refused,
                    after_min=after_min,
                    asked=asked,
                )
            )
            if after_min is not None and isinstance(url, str) and key not in self._seen:
                self._seen.add(key)
                self._number += 1
                due_s = time.monotonic() + after_min * 60 / max(self._speed, 1e-3)
                heapq.heappush(self._waiting, (due_s, self._number, url))
                self._changed.notify_all()
        return not refused

    def _after_min(self, recipient: str, key: str) -> float | None:
        """How long this recipient takes over this message, minutes of the exercise; None: it never answers."""
        answers, seed = self._exercise.answers, self._exercise.seed
        if _chance(seed, recipient, "never") < answers.never_share:
            return None
        return answers.least_min + (answers.most_min - answers.least_min) * _chance(seed, recipient, key)

    def _answer_all(self) -> None:
        while True:
            with self._changed:
                while not self._closed and not (self._waiting and self._waiting[0][0] <= time.monotonic()):
                    self._changed.wait(_TICK_S)
                if self._closed:
                    return
                *_, url = heapq.heappop(self._waiting)
                self._under_way += 1
            _confirm(url)
            with self._changed:
                self._under_way -= 1


def _chance(seed: int, *words: str) -> float:
    return float(uniform(key_of(seed, *words), np.zeros(1, dtype=np.int64))[0])


def _confirm(url: str) -> None:
    """Press the button of the page behind the link, as a person would."""
    request = urllib.request.Request(url, data=b"", method="POST")  # noqa: S310 - our own page on the loopback
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S):  # noqa: S310
            return
    except (OSError, urllib.error.URLError) as error:
        _log.warning("not_confirmed", error=str(error))


def _server(recipients: Recipients) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            taken = recipients.take(self.path.strip("/"), json.loads(body))
            self.send_response(204 if taken else 503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: the answers are on record."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    return Server(("127.0.0.1", 0), Handler)
