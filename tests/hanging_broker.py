"""A broker that takes MQTT 5 connections and subscriptions, and can be told to hang: it holds every connection and says nothing."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Hanging:
    """`hang`: while set, nothing is answered; what came meanwhile is answered when it is cleared."""

    def __init__(self) -> None:
        self.hang = threading.Event()
        self._ended = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"mqtt://127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self) -> Hanging:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                line, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            while head := line.recv(2, socket.MSG_WAITALL):
                rest = line.recv(head[1], socket.MSG_WAITALL) if head[1] else b""  # none of its packets has 128 bytes
                while self.hang.is_set() and not self._ended.wait(0.01):
                    pass
                line.sendall(self.answer(head[0] >> 4, rest))

    def answer(self, kind: int, rest: bytes) -> bytes:
        """What is said to a packet of this kind; a broker that takes messages says more."""
        match kind:
            case 1:
                return b"\x20\x03\x00\x00\x00"  # CONNACK: success, no properties
            case 8:
                return b"\x90\x04" + rest[:2] + b"\x00\x01"  # SUBACK: granted QoS 1
            case 12:
                return b"\xd0\x00"  # PINGRESP
            case _:
                return b""
