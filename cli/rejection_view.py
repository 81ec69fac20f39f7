"""One rejected message as people look at it, and many as programs take them."""

from __future__ import annotations

import base64
import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TextIO

import msgspec

from cli.tables import when
from storage.rejections import StoredRejection

_FIELDS = ("id", "received_at", "topic", "reason", "detail", "payload_base64", "payload_bytes", "replayed_at")
#: What a spreadsheet would take for a formula.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_BYTES_A_LINE = 16


def rejection_text(one: StoredRejection, *, hexadecimal: bool = False) -> str:
    """Every field on a line of its own, then the payload. Nothing in it can make a terminal do anything."""
    cut = f", cut at {len(one.payload)}" if one.payload_bytes > len(one.payload) else ""
    fields = {
        "id": one.id,
        "received": when(one.received_at),
        "topic": _harmless(one.topic),
        "reason": one.reason,
        "detail": _harmless(one.detail),
        "read again": when(one.replayed_at) or "no",
        "payload": f"{one.payload_bytes} bytes{cut}",
    }
    head = "\n".join(f"{name:<10}  {value}" for name, value in fields.items())
    return f"{head}\n\n{_payload(one.payload, hexadecimal=hexadecimal)}"


def _payload(payload: bytes, *, hexadecimal: bool) -> str:
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        hexadecimal = True
    return "\n".join(_dump(payload)) if hexadecimal else _harmless(text, lines=True)


def _harmless(text: str, *, lines: bool = False) -> str:
    r"""What cannot be printed as its escape: \x1b."""
    return "".join(c if c.isprintable() or (lines and c == "\n") else ascii(c)[1:-1] for c in text)


def _dump(payload: bytes) -> Iterator[str]:
    for start in range(0, len(payload), _BYTES_A_LINE):
        part = payload[start : start + _BYTES_A_LINE]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        yield f"{start:08x}  {part.hex(' '):<47}  {shown}"


def write_rejections(file: TextIO, pages: Iterable[Sequence[StoredRejection]], form: Literal["jsonl", "csv"]) -> int:
    """Write all of them; how many. Times in UTC, the payload in base64.

    In CSV a topic or detail that a spreadsheet would take for a formula begins with an apostrophe; JSON is exact.
    """
    table = csv.writer(file, lineterminator="\n") if form == "csv" else None
    if table is not None:
        table.writerow(_FIELDS)
    count = 0
    for page in pages:
        for one in page:
            fields = _fields(one)
            if table is None:
                file.write(msgspec.json.encode(fields).decode() + "\n")
            else:
                table.writerow([_cell(value) for value in fields.values()])
        count += len(page)
    return count


def _fields(one: StoredRejection) -> dict[str, str | int | None]:
    replayed_at = None if one.replayed_at is None else one.replayed_at.isoformat()
    payload = base64.b64encode(one.payload).decode("ascii")
    values = (one.id, one.received_at.isoformat(), one.topic, one.reason, one.detail, payload, one.payload_bytes, replayed_at)  # fmt: skip
    return dict(zip(_FIELDS, values, strict=True))


def _cell(value: str | int | None) -> str | int | None:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value
