"""Notes of where the audit's chain stood, kept outside the database: one JSON object a line."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from domain.audit_chain import Verdict
from domain.errors import ConfigurationError, EwsError
from domain.times import local

FILE_NAME = "audit_checkpoints.jsonl"


def read_checkpoints(path: Path) -> dict[int, bytes]:
    """Hashes by row number. Raises ConfigurationError for a line that is no checkpoint, or two that contradict each other."""
    found: dict[int, bytes] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EwsError(f"{path} cannot be read: {error}") from error
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
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise EwsError(f"{path} cannot be written: {error.strerror}") from error
    return line


def _checkpoint(path: Path, place: int, line: str) -> tuple[int, bytes]:
    try:
        entry = json.loads(line)
        number, digest = int(entry["number"]), bytes.fromhex(entry["hash"])
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise _refusal(path, place, line, "is no checkpoint; remove the line, or restore the file") from error
    if number < 0 or len(digest) != 32:
        raise _refusal(path, place, line, "is no checkpoint; remove the line, or restore the file")
    return number, digest


def _refusal(path: Path, place: int, line: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(place=str(path), key=f"line {place}", value=line[:100], remedy=remedy)
