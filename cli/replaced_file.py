"""Replacing a file in one step: a reader sees the old one or the new one, and a full disk costs neither."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from domain.errors import EwsError


def replace_file(path: Path, content: str | bytes, *, mode: int) -> None:
    """Write `content`, text as UTF-8. A file that was there keeps its owner and its mode; a new one gets `mode`. Raises EwsError."""
    target = path.resolve()  # a link stays one
    try:
        number, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with open(number, "wb") as file:  # noqa: PTH123 - of a number, not of a path
                _take_over(number, target, mode)
                file.write(content.encode("utf-8") if isinstance(content, str) else content)
                file.flush()
                os.fsync(number)
            os.replace(name, target)  # noqa: PTH105
        finally:
            with suppress(OSError):  # after the replacement there is none of that name any more
                os.unlink(name)  # noqa: PTH108
    except OSError as error:
        raise EwsError(f"{path} cannot be written: {error.strerror}; name a file in a folder of yours") from error


def check_replaceable(path: Path) -> None:
    """Raise EwsError when `path` cannot be written: for those who are asked before something that takes long."""
    target = path.resolve()
    if target.is_dir():
        raise EwsError(f"{path} is a folder; name a file in it")
    try:
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except OSError as error:
        raise EwsError(f"{path} cannot be written: {error.strerror}; name a file in a folder of yours") from error


def _take_over(number: int, target: Path, mode: int) -> None:
    try:
        old = target.stat()
    except FileNotFoundError:
        os.fchmod(number, mode)
        return
    if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(number, old.st_uid, old.st_gid)
    os.fchmod(number, old.st_mode & 0o7777)
