"""The bounded queue between the network thread and the batches."""

from __future__ import annotations

import queue
import time
from threading import Event

from ingest.intake import Envelope

#: A batch is at most so many messages, or so many bytes, or what came within so long.
LARGEST_BATCH = 2000
_LARGEST_BATCH_BYTES = 4 * 1024 * 1024
_LONGEST_GATHERING_S = 0.05
#: How long to wait for one more message before concluding that the broker has nothing more to send.
_LINGER_S = 0.005
#: A broker with a small in-flight window (Mosquitto: 20) sends nothing more until it is acknowledged: once it has fallen
#: silent after n messages, it is not waited for after the next n. Larger bursts are not a window.
_LARGEST_WINDOW = 100
_ROOM_WAIT_S = 0.05


class Inbox:
    """One producer, one consumer. The broker's window bounds QoS 1; `capacity` bounds the rest.

    A full inbox drops QoS 0 messages, which promise nothing, and holds up the producer for QoS 1 messages until there is
    room or the inbox is closed. Holding up the network thread is safe: acknowledgements only wait in its send queue, and
    should the broker close the connection meanwhile, it delivers again what was not acknowledged.
    """

    def __init__(self, capacity: int) -> None:
        self._queue: queue.SimpleQueue[Envelope] = queue.SimpleQueue()
        self._capacity = capacity
        self._closed = Event()
        self._window = 0
        self.dropped = 0

    def put(self, envelope: Envelope) -> None:
        """Hand over a message; called by the network thread alone."""
        while self._queue.qsize() >= self._capacity:
            if envelope.qos == 0:
                self.dropped += 1
                return
            if self._closed.wait(_ROOM_WAIT_S):
                return
        self._queue.put(envelope)

    def __len__(self) -> int:
        return self._queue.qsize()

    def close(self) -> None:
        """Nothing will be taken any more: a producer that is held up goes on."""
        self._closed.set()

    def take(self, timeout_s: float) -> list[Envelope]:
        """The next batch; empty when nothing came within `timeout_s`. It gathers while messages keep coming."""
        try:
            batch = [self._queue.get(timeout=timeout_s)]
        except queue.Empty:
            return []
        size, until = len(batch[0].payload), time.monotonic() + _LONGEST_GATHERING_S
        while len(batch) < LARGEST_BATCH and size < _LARGEST_BATCH_BYTES:
            envelope = self._next(len(batch), until)
            if envelope is None:
                break
            batch.append(envelope)
            size += len(envelope.payload)
        return batch

    def _next(self, gathered: int, until: float) -> Envelope | None:
        try:
            return self._queue.get_nowait()
        except queue.Empty:
            pass
        if gathered == self._window or time.monotonic() >= until:
            return None
        try:
            return self._queue.get(timeout=_LINGER_S)
        except queue.Empty:
            self._window = min(gathered, _LARGEST_WINDOW)
            return None
