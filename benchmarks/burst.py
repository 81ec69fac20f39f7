"""Publishes as fast as the broker acknowledges, or at a steady rate: MQTT 5, QoS 1, packets written before the clock starts."""

from __future__ import annotations

import contextlib
import math
import socket
import struct
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

START = datetime(2025, 10, 26, tzinfo=UTC)
#: What devices really send when something is wrong with them; none of it can be stored.
_BAD = (
    b"{",
    b'{"observed_at":"2025-10-26T00:00:00","value":1.0}',
    b'{"observed_at":"2025-10-26T00:00:00Z","value":"n/a"}',
    b"\xff\xfe\x00\x01",
    b'{"value":3.1,"seq":7}',
)
_UNDER_WAY = 20_000


def station_name(number: int) -> str:
    """The id of a station of the load."""
    return f"bench-{number:05d}"


def _text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("!H", len(raw)) + raw


def _length(size: int) -> bytes:
    out = bytearray()
    while True:
        size, digit = divmod(size, 128)
        out.append(digit | 0x80 if size else digit)
        if not size:
            return bytes(out)


def _level(station: int, seq: int) -> float:
    """A slow tide with its noise in centimetres, and once in a thousand readings something no gauge should say."""
    if (seq * 7919 + station * 104729) % 1000 == 0:
        return 40.0
    return 2.0 + math.sin(station + seq / 60) + (seq * 7 + station) % 5 / 100


def payloads(count: int, *, stations: int = 2000, packed: int = 1, bad: float = 0.0) -> list[tuple[str, bytes]]:
    """(topic, payload) of `count` messages, a reading a minute; of these the share `bad` cannot be read."""
    made: list[tuple[str, bytes]] = []
    seq = [0] * stations
    for i in range(count):
        topic = f"ews/v1/{station_name(i % stations)}/water_level"
        if bad and (i + 1) % round(1 / bad) == 0:
            made.append((topic, _BAD[len(made) % len(_BAD)]))
            continue
        readings = []
        for _ in range(packed):
            number = seq[i % stations]
            at = START + timedelta(minutes=number)
            value = _level(i % stations, number)
            readings.append(f'{{"observed_at":"{at:%Y-%m-%dT%H:%M:%SZ}","value":{value:.2f},"seq":{number}}}')
            seq[i % stations] += 1
        made.append((topic, (readings[0] if packed == 1 else "[" + ",".join(readings) + "]").encode()))
    return made


def _packets(messages: Sequence[tuple[str, bytes]]) -> list[bytes]:
    out = []
    for i, (topic, payload) in enumerate(messages):
        body = _text(topic) + struct.pack("!HB", i % 65535 + 1, 0) + payload
        out.append(b"\x32" + _length(len(body)) + body)
    return out


@dataclass
class Burst:
    """One publisher. `began` and `sent_at` are of time.perf_counter; `acknowledged` counts what the broker has."""

    port: int
    messages: Sequence[tuple[str, bytes]]
    rate: float = 0.0  # messages a second; 0: as fast as acknowledged
    acknowledged: int = 0
    began: float = 0.0
    sent_at: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._wire = _packets(self.messages)
        self._done = threading.Event()
        self._connection = socket.create_connection(("127.0.0.1", self.port))
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        hello = _text("MQTT") + bytes([5, 2]) + struct.pack("!HB", 3600, 0) + _text(f"burst-{time.time_ns()}")
        self._connection.sendall(b"\x10" + _length(len(hello)) + hello)
        self._answers = b""
        if self._connection.recv(1)[0] != 0x20 or self._connection.recv(self._connection.recv(1)[0])[1]:
            raise ConnectionError("the broker refuses the publisher")

    def start(self) -> None:
        """Begin, in two threads."""
        self.began = time.perf_counter()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._count, self._send)]
        for thread in self._threads:
            thread.start()

    def _count(self) -> None:
        while self.acknowledged < len(self._wire):
            try:
                chunk = self._connection.recv(1 << 16)
            except OSError:
                chunk = b""
            if not chunk:
                break
            self.acknowledged += self._acknowledgements(chunk)
        self._done.set()

    def _acknowledgements(self, chunk: bytes) -> int:
        """Whole PUBACK packets; one says that nobody subscribes with a byte or two more."""
        data, at, found = self._answers + chunk, 0, 0
        while at + 2 <= len(data) and at + 2 + data[at + 1] <= len(data):
            found += data[at] == 0x40
            at += 2 + data[at + 1]
        self._answers = data[at:]
        return found

    def _send(self) -> None:
        group = max(1, int(self.rate / 200)) if self.rate else 200
        for first in range(0, len(self._wire), group):
            if self.rate:
                time.sleep(max(0.0, self.began + first / self.rate - time.perf_counter()))
            while first + group - self.acknowledged > _UNDER_WAY and not self._done.is_set():
                time.sleep(0.001)
            part = self._wire[first : first + group]
            self.sent_at += [time.perf_counter()] * len(part)
            try:
                self._connection.sendall(b"".join(part))
            except OSError:  # the broker is gone: `acknowledged` says how far it came
                return

    def wait(self, timeout_s: float = 300.0) -> None:
        """Until the broker has all of it."""
        if not self._done.wait(timeout_s) or self.acknowledged < len(self._wire):
            raise TimeoutError(f"the broker acknowledged {self.acknowledged} of {len(self._wire)}")

    def cut_off(self, timeout_s: float = 30.0) -> int:
        """How many the broker acknowledged until it died, once every acknowledgement on its way is read."""
        if not self._done.wait(timeout_s):
            raise TimeoutError("the broker still answers")
        return self.acknowledged

    def close(self) -> None:
        """Leave."""
        with contextlib.suppress(OSError):
            self._connection.sendall(b"\xe0\x00")
            self._connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._connection.close()
