"""The file channel: one text file a message, complete or not there at all."""

from __future__ import annotations

import os
import re
from pathlib import Path

from alerts.channels.message import Channel, Message, Outcome, Retry, Sent


def file_channel(folder: Path) -> Channel:
    """A channel that writes `folder`/<recipient>/<identifier>.<version>.txt, UTF-8.

    The file appears under its name only when all of it is on disk, whatever is killed when; a message that is delivered twice
    is written over itself, so that at-least-once delivery makes one file.
    """

    def send(message: Message) -> Outcome:
        place = folder / _plain(message.recipient)
        try:
            place.mkdir(parents=True, exist_ok=True)
            _write(place / f"{_plain(message.identifier)}.{message.version:03d}.txt", _text(message))
        except OSError as error:
            return Retry(f"{place}: {error.strerror or error}")
        return Sent()

    return send


def _text(message: Message) -> str:
    return f"{message.headline}\n\n{message.body}\n"


def _plain(name: str) -> str:
    """A file name that cannot leave its folder."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".") or "_"


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name is on disk too
    finally:
        os.close(folder)
