"""The fast half of the MQTT connection: what was published is read off the socket in large pieces, paho gets the rest.

paho reads a packet in three calls to the system, decodes properties that nobody asks for and matches every topic with its
filters: about 60 µs a message, which no other part of ingest comes near. Here a socket stands in for paho's own. It takes
PUBLISH packets out of the stream and hands them over by the hundred; to paho it looks like a socket on which only the other
packets came. Connecting, TLS, keepalive, subscriptions and all that is sent stay with paho.

Packets as in MQTT 5.0 (OASIS, 2019), sections 2.1 (fixed header) and 3.3 (PUBLISH).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from socket import socket

import msgspec

_PUBLISH = 0x30
_CHUNK_BYTES = 256 * 1024
#: A remaining length has at most four bytes.
_LONGEST_HEADER = 5
_MOST_TOPICS = 20_000


class Published(msgspec.Struct, frozen=True, gc=False):
    """One PUBLISH packet. `topic` is None when its bytes are no UTF-8."""

    topic: str | None
    payload: bytes
    mid: int
    qos: int
    retained: bool


class MalformedStreamError(ConnectionError):
    """The broker sent what is no MQTT packet; the connection is of no use any more."""


class PublishStream:
    """Takes a stream of MQTT 5 packets apart, however it is cut into pieces."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._needed = 2
        self._topics: dict[bytes, str | None] = {}

    def feed(self, data: bytes) -> tuple[list[Published], bytes]:
        """(what was published, all other packets) that `data` completes. Raises MalformedStreamError."""
        if self._rest or len(data) < self._needed:
            self._rest += data
            if len(self._rest) < self._needed:
                return [], b""
            data = bytes(self._rest)
            self._rest.clear()
        published: list[Published] = []
        others = bytearray()
        at = 0
        while (found := _frame(data, at)) is not None:
            body, end = found
            if data[at] & 0xF0 == _PUBLISH:
                published.append(self._published(data, at, body, end))
            else:
                others += data[at:end]
            at = end
        self._keep(data, at)
        return published, bytes(others)

    def _keep(self, data: bytes, at: int) -> None:
        self._rest += data[at:]
        size = _length(data, at)
        self._needed = len(self._rest) + 1 if size is None else size[0] - at + size[1]

    def _published(self, data: bytes, at: int, body: int, end: int) -> Published:
        qos = data[at] >> 1 & 3
        topic_end = body + 2 + (data[body] << 8 | data[body + 1] if body + 2 <= end else end)
        after = topic_end + (2 if qos else 0)
        if qos == 3 or after >= end:  # the length of the properties follows
            raise MalformedStreamError("a PUBLISH packet whose parts do not fit into it")
        raw = data[body + 2 : topic_end]
        topic = self._topics[raw] if raw in self._topics else self._topic(raw)
        mid = data[topic_end] << 8 | data[topic_end + 1] if qos else 0
        if data[after] == 0:  # no properties: the usual case
            payload = after + 1
        else:
            size = _number(data, after, end)
            if size is None or size[0] + size[1] > end:
                raise MalformedStreamError("a PUBLISH packet whose properties do not fit into it")
            payload = size[0] + size[1]
        return Published(topic, data[payload:end], mid, qos, bool(data[at] & 1))

    def _topic(self, raw: bytes) -> str | None:
        if len(self._topics) >= _MOST_TOPICS:
            self._topics.clear()
        try:
            topic: str | None = raw.decode()
        except UnicodeDecodeError:
            topic = None
        self._topics[raw] = topic
        return topic


def _frame(data: bytes, at: int) -> tuple[int, int] | None:
    """(where the body of the packet at `at` begins, where it ends); None when it is not whole."""
    if at + 2 > len(data):
        return None
    size = data[at + 1]
    if size < 0x80:  # the usual packet
        end = at + 2 + size
        return (at + 2, end) if end <= len(data) else None
    found = _length(data, at)
    if found is None or found[0] + found[1] > len(data):
        return None
    return found[0], found[0] + found[1]


def _length(data: bytes, at: int) -> tuple[int, int] | None:
    """(where the body begins, its length) of the packet at `at`; None when that is not there yet."""
    return _number(data, at + 1, len(data))


def _number(data: bytes, at: int, end: int) -> tuple[int, int] | None:
    """(where it ends, its value) of a variable byte integer (section 1.5.5); None when it goes on after `end`."""
    value = 0
    for place in range(4):
        if at + place >= end:
            return None
        byte = data[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return at + place + 1, value
    raise MalformedStreamError("a length of more than four bytes")


class PublishSocket:
    """What paho gets for a socket. `deliver` is called in its network thread, with each piece and when it was read."""

    def __init__(self, inner: socket, deliver: Callable[[list[Published], datetime], None]) -> None:
        self._inner, self._deliver = inner, deliver
        self._stream, self._others = PublishStream(), bytearray()
        self.send, self.fileno = inner.send, inner.fileno
        self.setblocking, self.close = inner.setblocking, inner.close

    def recv(self, size: int) -> bytes:
        """Bytes of packets that are not PUBLISH. Raises BlockingIOError when there are none, as a socket does."""
        if not self._others:
            data = self._inner.recv(_CHUNK_BYTES)
            if not data:
                return b""
            published, others = self._stream.feed(data)
            self._others += others
            if published:
                self._deliver(published, datetime.now(UTC))
        if not self._others:
            raise BlockingIOError
        taken = bytes(self._others[:size])
        del self._others[:size]
        return taken

    def pending(self) -> int:
        """Bytes that are at hand without asking the network, so that nobody waits for it."""
        return len(self._others) + (self._inner.pending() if isinstance(self._inner, ssl.SSLSocket) else 0)
