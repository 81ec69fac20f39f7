"""Threads that send: a few for each channel, and of these at most a quarter for one receiver."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

Job = Callable[[], None]


class Lanes:
    """The queue of each receiver of one channel, worked off by the channel's threads in the order of arrival.

    A receiver that hangs holds its own share of the threads; the others' messages pass it by.
    """

    def __init__(self, name: str, concurrency: int) -> None:
        self._share = max(1, concurrency // 4)
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix=f"send-{name}")
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Job]] = {}
        self._busy: dict[str, int] = {}

    def submit(self, receiver: str, jobs: Sequence[Job]) -> None:
        """Have `jobs` run after the receiver's earlier ones; several of one receiver may run at once."""
        with self._lock:
            self._waiting.setdefault(receiver, deque()).extend(jobs)
            busy = self._busy.get(receiver, 0)
            more = min(self._share - busy, len(jobs))
            self._busy[receiver] = busy + more
        for _ in range(more):
            self._pool.submit(self._work, receiver)

    def _work(self, receiver: str) -> None:
        while True:
            with self._lock:
                queue = self._waiting.get(receiver)
                if not queue:
                    self._left(receiver)
                    return
                job = queue.popleft()
            job()

    def _left(self, receiver: str) -> None:
        busy = self._busy[receiver] - 1
        if busy:
            self._busy[receiver] = busy
            return
        del self._busy[receiver]
        self._waiting.pop(receiver, None)

    def close(self) -> None:
        """Take nothing more, and forget what waits. A job at hand runs on."""
        with self._lock:
            self._waiting.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)
