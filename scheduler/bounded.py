"""A question to somebody who may hang: asked in a thread of its own, so that who asks goes on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Bounded(Generic[Answer]):
    """Asks one question at a time. While an earlier one is unanswered no other is asked: threads that hang do not pile up."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread: threading.Thread | None = None

    def ask(self, question: Callable[[], Answer], timeout_s: float) -> Answer | None:
        """The answer, or None when there is none in time. What `question` raises is raised here."""
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(timeout_s)
            if self._thread.is_alive():
                return None
        answers: queue.SimpleQueue[tuple[Answer | None, Exception | None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=_answer, args=(question, answers), name=self._name, daemon=True)
        self._thread.start()
        try:
            answer, error = answers.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if error is not None:
            raise error
        return answer


def _answer(question: Callable[[], Answer], answers: queue.SimpleQueue[tuple[Answer | None, Exception | None]]) -> None:
    try:
        answers.put((question(), None))
    except Exception as error:  # noqa: BLE001 - it is raised where the answer is waited for
        answers.put((None, error))
