"""Loopback ports for the servers that tests start, from below where outgoing connections get theirs.

A port that the system hands out and takes back may be another process's before the server binds it, seconds later. Here each
worker of a run counts through a block of its own.
"""

from __future__ import annotations

import itertools
import os
import socket

_FIRST, _EACH, _BLOCKS = 20_000, 1_000, 12
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
#: Another run on the same machine hardly begins at the same place.
_count = itertools.count(os.getpid())


def free_port() -> int:
    """A loopback port that nobody uses and that no other test of this run gets."""
    while True:
        port = _FIRST + _EACH * (_worker % _BLOCKS) + next(_count) % _EACH
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
