"""A process that is asked to stop by SIGINT or SIGTERM, or whose work fails."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def stop_on_signals() -> threading.Event:
    """An event that SIGINT and SIGTERM set. A second signal ends the process the hard way, as it would by default."""
    stop = threading.Event()

    def asked(number: int, frame: FrameType | None) -> None:
        del frame
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, asked)
    return stop
