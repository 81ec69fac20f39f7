"""The TXT files of Thông tư 10/2021/TT-BTNMT (article 39, annex 15): a line a parameter.

    parameter <tab> value <tab> unit <tab> YYYYMMDDhhmmss <tab> status

Loggers separate the columns by tabs, semicolons or blanks; times are Vietnam's where the source does not say otherwise;
status is 00 normal, 01 calibrating, 02 error. Which station a file belongs to is in its name.
"""

from __future__ import annotations

import re
from datetime import datetime, tzinfo

from domain.errors import UnreadableMessageError
from domain.times import HUE_TIME
from ingest.formats.uplink import Message, Refusal, Uplink
from ingest.instants import instant
from ingest.source import Source

_COMMA = re.compile(r"(-?\d+),(\d+)")
#: By length, because the parser would read minutes and seconds out of too few digits.
_FORMS = {14: "%Y%m%d%H%M%S", 12: "%Y%m%d%H%M"}
_ENCODINGS = ("utf-8-sig", "cp1258")


def decode(message: Message, source: Source) -> list[Uplink | Refusal]:
    """A line each; one that cannot be read is refused alone. Lines that repeat a header are left out."""
    device = message.names.get("device")
    if device is None:
        raise UnreadableMessageError("missing_field", "the file names of this source have no {device}")
    found: list[Uplink | Refusal] = []
    for line in _text(message.payload).splitlines():
        if not line.strip("\ufeff\x00\t ;|"):
            continue
        try:
            found.append(_uplink(device, line, source.offset or HUE_TIME))
        except UnreadableMessageError as error:
            found.append(Refusal(error.reason, error.detail, line.encode()))
    if not found:
        raise UnreadableMessageError("empty", "a file without lines")
    return found


def _text(payload: bytes) -> str:
    """Loggers write UTF-8 or the Windows code page of Vietnam; the names of parameters are ASCII in both."""
    for encoding in _ENCODINGS:
        try:
            return payload.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableMessageError("not_utf8", "neither UTF-8 nor Windows-1258")


def _uplink(device: str, line: str, offset: tzinfo) -> Uplink:
    cells = [cell.strip() for cell in _cells(line)]
    if len(cells) not in (4, 5):
        raise UnreadableMessageError(
            "wrong_shape", f"{len(cells)} columns in {line[:80]!r}; name value unit time status"
        )
    name, value, unit, time = cells[:4]
    return Uplink(
        devices=(device,),
        values={name: _COMMA.sub(r"\1.\2", value) if _COMMA.fullmatch(value) else value},
        units={name: unit} if unit and unit != "-" else {},
        device_at=_time(time, offset),
        status=cells[4].zfill(2) if len(cells) == 5 and cells[4] else None,
        raw=line.encode(),
    )


def _cells(line: str) -> list[str]:
    for separator in ("\t", ";", "|"):
        if separator in line:
            return line.strip("\r\n").split(separator)
    return line.split()


def _time(text: str, offset: tzinfo) -> datetime:
    form = _FORMS.get(len(text))
    try:
        return instant(datetime.strptime(text, form or "").replace(tzinfo=offset))
    except ValueError as error:
        raise UnreadableMessageError("bad_time", f"{text[:40]!r} is not YYYYMMDDhhmmss") from error
