"""The bounded queue between the network thread and the batches."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from threading import Condition

from ingest.intake import Envelope

#: A batch is at most so many messages, or so many bytes, or what came within so long.
LARGEST_BATCH = 4000
_LARGEST_BATCH_BYTES = 4 * 1024 * 1024
_LONGEST_GATHERING_S = 0.02
#: How long to wait for one more message before concluding that the broker has nothing more to send.
_LINGER_S = 0.005
#: A broker with a small in-flight window (MQTT 3.1.1 at Mosquitto: 20) sends nothing more until it is acknowledged: once it
#: has fallen silent after n messages, it is not waited for after the next n. Larger bursts are not a window.
_LARGEST_WINDOW = 100


class Inbox:
    """One producer, one consumer. The broker's window bounds QoS 1; `capacity` bounds the rest.

    A full inbox drops QoS 0 messages, which promise nothing, and holds up the producer for QoS 1 messages until there is
    room or the inbox is closed. Holding up the network thread is safe: acknowledgements only wait in its send queue, and
    should the broker close the connection meanwhile, it delivers again what was not acknowledged.

    `window`: how many QoS 1 messages the broker may have under way. Once as many are in one batch nothing more can come
    before they are acknowledged, and nothing is waited for.
    """

    def __init__(self, capacity: int, window: int = LARGEST_BATCH) -> None:
        self._waiting: deque[Envelope] = deque()
        self._changed = Condition()
        self._capacity = capacity
        self._largest = min(window, LARGEST_BATCH)
        self._closed = False
        self._learnt_window = 0
        self.dropped = 0

    def put(self, envelopes: Sequence[Envelope]) -> None:
        """Hand over messages; called by the network thread alone."""
        with self._changed:
            if len(self._waiting) + len(envelopes) <= self._capacity:
                self._waiting.extend(envelopes)
            else:
                for envelope in envelopes:
                    self._put_when_there_is_room(envelope)
            self._changed.notify()

    def _put_when_there_is_room(self, envelope: Envelope) -> None:
        if len(self._waiting) >= self._capacity and envelope.qos == 0:
            self.dropped += 1
            return
        while len(self._waiting) >= self._capacity and not self._closed:
            self._changed.notify()
            self._changed.wait()
        if len(self._waiting) < self._capacity:
            self._waiting.append(envelope)

    def __len__(self) -> int:
        return len(self._waiting)

    def topics(self) -> list[str]:
        """The topics of what waits, in the order it came."""
        with self._changed:
            waiting = list(self._waiting)
        return [envelope.topic for envelope in waiting]

    def close(self) -> None:
        """Nothing will be taken any more: a producer that is held up goes on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def take(self, timeout_s: float) -> list[Envelope]:
        """The next batch; empty when nothing came within `timeout_s`. It gathers while messages keep coming."""
        with self._changed:
            if not self._waiting:
                self._changed.wait_for(lambda: self._waiting or self._closed, timeout_s)
            batch: list[Envelope] = []
            room, until = self._move(batch, _LARGEST_BATCH_BYTES), time.monotonic() + _LONGEST_GATHERING_S
            while batch and room > 0 and len(batch) < self._largest and self._more(len(batch), until):
                room = self._move(batch, room)
            if batch:
                self._changed.notify()
        return batch

    def _move(self, batch: list[Envelope], room: int) -> int:
        """Move what fits into the batch; the bytes that are left, not above zero when it is full."""
        while self._waiting and room > 0 and len(batch) < self._largest:
            envelope = self._waiting.popleft()
            batch.append(envelope)
            room -= len(envelope.payload)
        return room

    def _more(self, gathered: int, until: float) -> bool:
        """Whether another message is there, or comes soon."""
        if self._waiting:
            return True
        if gathered == self._learnt_window or time.monotonic() >= until or self._closed:
            return False
        if self._changed.wait_for(lambda: bool(self._waiting), _LINGER_S):
            return True
        self._learnt_window = min(gathered, _LARGEST_WINDOW)
        return False
