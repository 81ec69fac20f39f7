"""A line between a client and a server that can be cut, or fall silent without anybody being told."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from types import TracebackType


@dataclass
class Line:
    """Forwards a loopback port to `port`. `silent`: connections stay open and nothing passes, as behind a dead modem."""

    port: int
    connections: int = 0
    silent: bool = False
    _open: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Line:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    @property
    def url(self) -> str:
        """As a broker's address."""
        return f"mqtt://127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.port))
            self._open += [near, far]
            self.connections += 1
            # Those that were open when the line fell silent stay so for good; new ones pass.
            state = threading.Event()
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._forward, args=(one, other, state), daemon=True).start()

    def _forward(self, one: socket.socket, other: socket.socket, dead: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                if self.silent or dead.is_set():
                    dead.set()
                    continue  # taken, and never heard of again
                other.sendall(data)
            if not dead.is_set():
                other.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """Both ends of every connection see it break."""
        taken, self._open = self._open, []
        for one in taken:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A blocked accept() keeps the listening socket open until it is shut down.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(5)
        self.cut()
