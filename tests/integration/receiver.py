"""A real HTTP server that misbehaves on purpose: by the first word of the path it answers, hangs, drips, breaks off …"""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Seen:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What it has seen, and how to make hanging requests end."""

    seen: list[Seen] = field(default_factory=list)
    status: int = 200
    release: threading.Event = field(default_factory=threading.Event)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Receiver:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                receiver.seen.append(Seen(self.path, dict(self.headers), body))
                _behave(self, receiver)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A client that breaks off is what the test wants."""

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self.release.set()
        self._server.shutdown()
        self._server.server_close()

    def url(self, behaviour: str = "ok") -> str:
        """An address that behaves so."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}/{behaviour}"


def _behave(handler: BaseHTTPRequestHandler, receiver: Receiver) -> None:
    match handler.path.split("/")[1]:
        case "hang":
            receiver.release.wait(30)
            handler.close_connection = True
        case "reset":
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            handler.connection.close()
            handler.close_connection = True
        case "leaves":
            handler.send_response(200)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            handler.close_connection = True  # without a word about it
        case "drip":
            _drip(handler, receiver)
        case "huge":
            handler.send_response(200)
            handler.send_header("Content-Length", str(50_000_000))
            handler.end_headers()
            _pour(handler)
        case "elsewhere":
            handler.send_response(302)
            handler.send_header("Location", receiver.url("ok"))
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        case "garbage":
            handler.wfile.write(b"\x00\xff no http at all\r\n\r\n")
            handler.close_connection = True
        case _:
            handler.send_response(receiver.status)
            handler.send_header("Content-Length", "0")
            handler.end_headers()


def _drip(handler: BaseHTTPRequestHandler, receiver: Receiver) -> None:
    """A header that never ends, a byte at a time: each byte begins a socket's timeout anew."""
    handler.close_connection = True
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not receiver.release.wait(0.05):
            handler.wfile.write(b"x")
    except OSError:
        return


def _pour(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    try:
        for _ in range(800):
            handler.wfile.write(b"x" * 65_536)
    except OSError:
        return
