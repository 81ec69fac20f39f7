"""HTTP/1.1 to one receiver: a request leaves in one piece, llhttp reads the answer.

The standard library's client takes most of a processor for two thousand posts a second, half of it in reading headers that
nobody looks at. The parser is llhttp, node's own, by httptools; what is here is the socket around it.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping

import httptools

#: Of an answer so much is read; what is longer costs its connection.
_LONGEST_ANSWER = 131_072
_PIECE = 65_536
#: What must not stand in a request line or a header: it would end it.
_BREAKS = re.compile(r"[\x00-\x20\x7f]")
_LINE_BREAKS = re.compile(r"[\x00\r\n]")


class HungUpError(ConnectionError):
    """The receiver closed the connection without a word."""


class Line:
    """A connection. `socket` is None until `open`; one thread at a time."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None, timeout_s: float) -> None:
        self._host, self._port, self._tls, self._timeout_s = host, port, tls, timeout_s
        self.socket: socket.socket | None = None

    def open(self) -> None:
        """Connect. Raises OSError, ssl errors among them."""
        plain = socket.create_connection((self._host, self._port), self._timeout_s)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = plain
        if self._tls is not None:
            self.socket = self._tls.wrap_socket(plain, server_hostname=self._host)
        # From here on the clock of the whole exchange cuts it (Deadlines): a timeout of the socket's own asks the system twice.
        self.socket.settimeout(None)

    def close(self) -> None:
        """Leave."""
        if self.socket is not None:
            self.socket.close()

    def exchange(self, request: bytes) -> Answer:
        """Send `request`, read its answer. Raises OSError; ValueError for what is no HTTP."""
        assert self.socket is not None
        self.socket.sendall(request)
        answer, read = Answer(), 0
        while not answer.whole and read < _LONGEST_ANSWER:
            piece = self.socket.recv(_PIECE)
            if not piece:
                if not read:
                    raise HungUpError("closed without an answer")
                break
            read += len(piece)
            answer.take(piece)
        if not answer.begun:
            raise ValueError("not an answer")
        return answer


class Answer:
    """What came back. `status` is 0 before its line was read; `whole`: to its end; `keeps`: the connection may go on."""

    def __init__(self) -> None:
        self.status, self.begun, self.whole, self.keeps = 0, False, False, False
        self._parser = httptools.HttpResponseParser(self)

    def take(self, piece: bytes) -> None:
        """Read on. Raises ValueError for what is no HTTP."""
        try:
            self._parser.feed_data(piece)
        except httptools.HttpParserError as error:
            if not self.whole:
                raise ValueError(type(error).__name__) from error
            self.keeps = False  # more than one answer to one question

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self.status = self._parser.get_status_code()
        self.begun = self.status >= 200

    def on_message_complete(self) -> None:
        """Called by the parser; also after an interim answer, which another follows."""
        if self.begun:
            self.whole, self.keeps = True, self._parser.should_keep_alive()


def request(method: str, host: str, target: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """The bytes of a request. Raises ValueError for what would break a line."""
    if _BREAKS.search(target) or _BREAKS.search(host):
        raise ValueError("the address holds a space or a control character")
    lines = [
        f"{method} {target} HTTP/1.1",
        f"Host: {host}",
        "Accept-Encoding: identity",
        f"Content-Length: {len(body)}",
    ]
    if _LINE_BREAKS.search("".join(headers.values())):
        name = next(name for name, value in headers.items() if _LINE_BREAKS.search(value))
        raise ValueError(f"the header {name} holds a line break")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join((*lines, "", "")).encode("latin-1") + body
