"""HTTP POST with kept connections, a deadline for the whole exchange, and no trust in whoever answers.

On the standard library's client: on the machine it was measured on it posts several times as fast as the general clients do,
and a storm is a thousand posts to one receiver. A socket's own timeout begins anew with each byte, so a receiver that drips
would hold a thread for hours: a clock cuts the connection when the time of the whole exchange is up.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
import weakref
from collections import defaultdict, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from alerts.channels.message import GiveUp, Outcome, Retry, Sent

#: Of an answer so much is read; what is longer costs its connection.
_LONGEST_ANSWER = 65_536
_KEPT_FOR_S = 30.0
#: Answers that pass: too early, too many, the server's own trouble. Everything else of 4xx stays wrong.
_PASSING = frozenset({408, 409, 423, 425, 429})


#: The receiver hung up without a word.
_HUNG_UP = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)
_STALE = Retry("sending: hung up without an answer", may_have_arrived=True)


@dataclass(frozen=True, slots=True)
class _Request:
    where: tuple[str, str]  # scheme, and host with port
    method: str
    target: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(slots=True)
class _Kept:
    connection: http.client.HTTPConnection
    since: float


class _Gathered(http.client.HTTPConnection):
    """Headers and body leave in one piece: written apart they are two system calls and two packets a message."""

    _parts: bytes = b""

    def send(self, data: Any) -> None:
        """Keep it until the answer is asked for."""
        self._parts += data

    def getresponse(self) -> http.client.HTTPResponse:
        """Send what was kept, and read the beginning of the answer."""
        whole, self._parts = self._parts, b""
        assert self.sock is not None
        self.sock.sendall(whole)
        return super().getresponse()


class _GatheredTls(_Gathered, http.client.HTTPSConnection):
    """The same over TLS."""


class Deadlines:
    """One thread that closes the sockets of exchanges that take too long."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._running: dict[int, tuple[float, http.client.HTTPConnection]] = {}
        self._cut: set[int] = set()
        self._number = 0
        self._thread: threading.Thread | None = None

    def begin(self, connection: http.client.HTTPConnection, seconds: float) -> int:
        """Watch over `connection` for so long; the number to end it with."""
        with self._lock:
            self._number += 1
            self._running[self._number] = (time.monotonic() + seconds, connection)
            if self._thread is None:
                self._thread = threading.Thread(target=self._live, name="ews-deadlines", daemon=True)
                self._thread.start()
            return self._number

    def end(self, number: int) -> bool:
        """No longer watch; whether it was cut."""
        with self._lock:
            self._running.pop(number, None)
            cut = number in self._cut
            self._cut.discard(number)
            return cut

    def _live(self) -> None:
        while True:
            time.sleep(0.1)
            now = time.monotonic()
            with self._lock:
                late = [(number, c) for number, (until, c) in self._running.items() if until <= now]
                for number, connection in late:
                    del self._running[number]
                    self._cut.add(number)
                    _shut(connection)


def _shut(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


class Poster:
    """Posts over kept connections, by receiver. One for a channel; any number of threads."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._tls = ssl.create_default_context()
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2  # whatever this machine's OpenSSL thinks enough
        self._kept: dict[tuple[str, str], deque[_Kept]] = defaultdict(deque)
        self._deadlines = Deadlines()
        weakref.finalize(self, _close_all, self._kept)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, method: str = "POST") -> Outcome:
        """Sent for 2xx. What is wrong is said without the address, which is secret."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return GiveUp("the address is not an http:// or https:// one; correct it with `ews contact set`")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        request = _Request((parts.scheme, parts.netloc), method, target, body, headers)
        kept = self._take(request.where)
        if kept is not None:
            # A kept connection may have been closed meanwhile; nothing was answered, and the key absorbs a repeat.
            outcome = self._exchange(kept, request)
            if outcome != _STALE:
                return outcome
        try:
            fresh = self._connection(parts.scheme, parts.hostname, parts.port)
        except ValueError as error:
            return GiveUp(f"the address has a wrong port: {error}")
        return self._exchange(fresh, request)

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "https":
            return _GatheredTls(host, port, timeout=self._timeout_s, context=self._tls)
        return _Gathered(host, port, timeout=self._timeout_s)

    def _take(self, where: tuple[str, str]) -> http.client.HTTPConnection | None:
        while True:
            try:
                kept = self._kept[where].pop()
            except IndexError:
                return None
            if time.monotonic() - kept.since < _KEPT_FOR_S:
                return kept.connection
            kept.connection.close()

    def _exchange(self, connection: http.client.HTTPConnection, request: _Request) -> Outcome:
        began, stage = time.monotonic(), "connecting"
        number = self._deadlines.begin(connection, self._timeout_s)
        try:
            if connection.sock is None:
                connection.connect()
                assert connection.sock is not None
                connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stage = "sending"
            connection.request(request.method, request.target, request.body, dict(request.headers))
            answer = connection.getresponse()
            answer.read(_LONGEST_ANSWER)
            whole = answer.isclosed()
        except (OSError, http.client.HTTPException, ValueError) as error:
            return self._broken(connection, error, stage, time.monotonic() - began)
        finally:
            cut = self._deadlines.end(number)
        if whole and not cut and not answer.will_close:
            self._kept[request.where].append(_Kept(connection, time.monotonic()))
        else:
            connection.close()
        return Retry(self._too_slow, may_have_arrived=True) if cut else _said(answer.status)

    @property
    def _too_slow(self) -> str:
        return f"no whole answer within {self._timeout_s:g} s"

    def _broken(self, connection: http.client.HTTPConnection, error: Exception, stage: str, seconds: float) -> Outcome:
        connection.close()
        if stage == "sending" and isinstance(error, _HUNG_UP):
            return _STALE
        what = type(error).__name__ if not isinstance(error, OSError) else error.strerror or type(error).__name__
        if isinstance(error, (TimeoutError, OSError)) and seconds >= self._timeout_s:
            what = self._too_slow
        return Retry(f"{stage}: {what}", may_have_arrived=stage == "sending")


def _close_all(kept: dict[tuple[str, str], deque[_Kept]]) -> None:
    for connections in kept.values():
        while connections:
            connections.pop().connection.close()


def _said(status: int) -> Outcome:
    """What a status means for the message."""
    if 200 <= status < 300:
        return Sent()
    if 300 <= status < 400:
        return GiveUp(f"answered {status}: moved elsewhere; a warning is not carried to an address nobody entered")
    if status >= 500 or status in _PASSING:
        return Retry(f"answered {status}")
    return GiveUp(f"answered {status}")
