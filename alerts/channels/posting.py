"""HTTP POST with kept connections, a deadline for the whole exchange, and no trust in whoever answers.

A storm is a thousand posts to one receiver. A socket's own timeout begins anew with each byte, so a receiver that drips would
hold a thread for hours: a clock cuts the connection when the time of the whole exchange is up.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
import weakref
from collections import defaultdict, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from alerts.channels.exchange import HungUpError, Line, request
from alerts.channels.message import GiveUp, Outcome, Retry, Sent

_KEPT_FOR_S = 30.0
_PORTS = {"http": 80, "https": 443}
#: Answers that pass: too early, too many, the server's own trouble. Everything else of 4xx stays wrong.
_PASSING = frozenset({408, 409, 423, 425, 429})


#: The receiver hung up without a word.
_HUNG_UP = (HungUpError, ConnectionResetError, BrokenPipeError)
_STALE = Retry("sending: hung up without an answer", may_have_arrived=True)


@dataclass(slots=True)
class _Kept:
    line: Line
    since: float


class Deadlines:
    """One thread that closes the sockets of exchanges that take too long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[int, tuple[float, Line]] = {}
        self._cut: set[int] = set()
        self._number = 0
        self._thread: threading.Thread | None = None

    def begin(self, line: Line, seconds: float) -> int:
        """Watch over `line` for so long; the number to end it with."""
        with self._lock:
            self._number += 1
            self._running[self._number] = (time.monotonic() + seconds, line)
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
                late = [(number, line) for number, (until, line) in self._running.items() if until <= now]
                for number, line in late:
                    del self._running[number]
                    self._cut.add(number)
                    _shut(line)


def _shut(line: Line) -> None:
    if line.socket is not None:
        with suppress(OSError):
            line.socket.shutdown(socket.SHUT_RDWR)


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
        try:
            place = _place(url)
            if place is None:
                return GiveUp("the address is not an http:// or https:// one; correct it with `ews contact set`")
            whole = request(method, place.header, place.target, body, headers)
        except ValueError as error:
            return GiveUp(f"the address or a header cannot be sent: {error}")
        kept = self._take(place.where)
        if kept is not None:
            # A kept connection may have been closed meanwhile; nothing was answered, and the key absorbs a repeat.
            outcome = self._exchange(kept, place.where, whole)
            if outcome != _STALE:
                return outcome
        fresh = Line(place.name, place.port, self._tls if place.scheme == "https" else None, self._timeout_s)
        return self._exchange(fresh, place.where, whole)

    def _take(self, where: tuple[str, str]) -> Line | None:
        while True:
            try:
                kept = self._kept[where].pop()
            except IndexError:
                return None
            if time.monotonic() - kept.since < _KEPT_FOR_S:
                return kept.line
            kept.line.close()

    def _exchange(self, line: Line, where: tuple[str, str], whole: bytes) -> Outcome:
        began, stage, keeps = time.monotonic(), "connecting", False
        number = self._deadlines.begin(line, self._timeout_s)
        try:
            if line.socket is None:
                line.open()
            stage = "sending"
            answer = line.exchange(whole)
            found, keeps = _said(answer.status), answer.keeps
        except (OSError, ValueError) as error:
            found = self._broken(error, stage, time.monotonic() - began)
        finally:
            cut = self._deadlines.end(number)
        if keeps and not cut:
            self._kept[where].append(_Kept(line, time.monotonic()))
        else:
            line.close()
        # Cut is not hung up: asked anew it would hang as long again, and hear the message twice unmarked.
        return Retry(self._too_slow, may_have_arrived=stage == "sending") if cut else found

    @property
    def _too_slow(self) -> str:
        return f"no whole answer within {self._timeout_s:g} s"

    def _broken(self, error: Exception, stage: str, seconds: float) -> Outcome:
        if stage == "sending" and isinstance(error, _HUNG_UP):
            return _STALE
        what = type(error).__name__ if not isinstance(error, OSError) else error.strerror or type(error).__name__
        if isinstance(error, (TimeoutError, OSError)) and seconds >= self._timeout_s:
            what = self._too_slow
        return Retry(f"{stage}: {what}", may_have_arrived=stage == "sending")


def _close_all(kept: dict[tuple[str, str], deque[_Kept]]) -> None:
    for connections in kept.values():
        while connections:
            connections.pop().line.close()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """An address taken apart. `header`: the Host line; `where`: by which connections are kept."""

    scheme: str
    name: str
    port: int
    header: str
    target: str
    where: tuple[str, str]


@lru_cache(maxsize=1024)
def _place(url: str) -> _Place | None:
    """None unless it is an http:// or https:// address; remembered, for a storm is thousands to one. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return _Place(
        scheme=parts.scheme,
        name=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        header=_host(parts),
        target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        where=(parts.scheme, parts.netloc),
    )


def _host(parts: SplitResult) -> str:
    """As it stands in the header: names in ASCII, numbers of IPv6 in brackets, no port that goes without saying."""
    name = parts.hostname or ""
    name = f"[{name}]" if ":" in name else name.encode("idna").decode("ascii")
    return name if parts.port in {None, _PORTS[parts.scheme]} else f"{name}:{parts.port}"


def _said(status: int) -> Outcome:
    """What a status means for the message."""
    if 200 <= status < 300:
        return Sent()
    if 300 <= status < 400:
        return GiveUp(f"answered {status}: moved elsewhere; a warning is not carried to an address nobody entered")
    if status >= 500 or status in _PASSING:
        return Retry(f"answered {status}")
    return GiveUp(f"answered {status}")
