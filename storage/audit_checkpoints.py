"""Notes of where the audit's chain stood, kept outside the database: one JSON object a line."""

from __future__ import annotations

import fcntl
import json
import os
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import structlog

from domain.audit_chain import Verdict
from domain.errors import ConfigurationError, EwsError
from domain.times import local

FILE_NAME = "audit_checkpoints.jsonl"
_NO_CHECKPOINT = (ValueError, TypeError, LookupError, RecursionError)

_log = structlog.get_logger(__name__)


def read_checkpoints(path: Path) -> dict[int, bytes]:
    """Hashes by row number. Raises ConfigurationError for a line that is no checkpoint, or two that contradict each other.

    A line that was cut off at the end, by a power cut or a full disk, is left out: its writing was never reported as done.
    """
    found: dict[int, bytes] = {}
    try:
        data = path.read_bytes()
        lines = data[: _whole(data)].decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EwsError(f"{path} cannot be read: {error}") from error
    if cut_off := data[_whole(data) :].strip(b"\0"):
        _log.warning("checkpoint_cut_off", file=str(path), line=cut_off[:100].decode(errors="replace"))
    for place, line in enumerate(lines, start=1):
        number, digest = _checkpoint(path, place, line)
        if found.setdefault(number, digest) != digest:
            raise _refusal(path, place, line, f"contradicts an earlier line on row {number}; keep the one you trust")
    return found


def note_checkpoint(path: Path, verdict: Verdict, now: datetime) -> str:
    """Add a line for the newest row; the line. Raises EwsError when the file cannot be written."""
    line = json.dumps(
        {"number": verdict.rows, "hash": verdict.head.hex(), "at": local(now).isoformat(timespec="seconds")}
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # what another process is writing now is not cut off
            _mend(file)
            file.write(f"{line}\n".encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise EwsError(f"{path} cannot be written: {error.strerror}") from error
    return line


def _whole(data: bytes) -> int:
    """How many of these bytes are whole lines. A last one without its end is whole when it is a checkpoint (hand-made files)."""
    written = data.rstrip(b"\0")  # what a power cut leaves of a file that had grown
    begun = written.rfind(b"\n") + 1
    try:
        _parsed(written[begun:])
    except _NO_CHECKPOINT:
        return begun
    return len(written)


def _mend(file: BinaryIO) -> None:
    """Take away a line that was cut off, so that the next one does not go on from it."""
    file.seek(0)
    data = file.read()
    whole = _whole(data)
    if whole < len(data):
        file.truncate(whole)
    if whole and data[whole - 1 : whole] != b"\n":
        file.write(b"\n")


def _parsed(line: bytes | str) -> tuple[int, bytes]:
    """Raises one of _NO_CHECKPOINT."""
    entry = json.loads(line)
    number, digest = int(entry["number"]), bytes.fromhex(entry["hash"])
    if number < 0 or len(digest) != 32:
        raise ValueError(line)
    return number, digest


def _checkpoint(path: Path, place: int, line: str) -> tuple[int, bytes]:
    try:
        return _parsed(line)
    except _NO_CHECKPOINT as error:
        raise _refusal(path, place, line, "is no checkpoint; remove the line, or restore the file") from error


def _refusal(path: Path, place: int, line: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(place=str(path), key=f"line {place}", value=line[:100], remedy=remedy)
