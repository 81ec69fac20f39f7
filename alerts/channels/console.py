"""The console channel: a readable block on the standard output of the scheduler."""

from __future__ import annotations

import sys
from typing import TextIO

from alerts.channels.message import Channel, Message, Outcome, Retry, Sent


def console_channel(stream: TextIO | None = None) -> Channel:
    """A channel that writes to `stream`, by default to whatever is the standard output when a message is sent."""

    def send(message: Message) -> Outcome:
        target = sys.stdout if stream is None else stream
        try:
            target.write(_block(message))
            target.flush()
        except OSError as error:
            return Retry(f"the console cannot be written: {error}")
        return Sent()

    return send


def _block(message: Message) -> str:
    lines = "\n".join(f"  {line}" for line in message.body.splitlines())
    return f"⚠ {message.headline}\n  → {message.recipient}\n{lines}\n"
