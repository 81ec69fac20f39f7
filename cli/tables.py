"""Tables in plain text: columns as wide as their contents, so that they can be piped and searched."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from domain.times import local


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lines of columns, two spaces apart, under their headings."""
    texts = [[str(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(_width(row[column]) for row in texts) for column in range(len(headings))]
    return "\n".join(_line(row, widths) for row in texts)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Columns on a terminal: a combining mark takes none."""
    return sum(not unicodedata.combining(letter) for letter in text)


def when(moment: datetime | None) -> str:
    """A time for people: on a clock in Huế, to the minute, with its offset."""
    return "" if moment is None else local(moment).isoformat(sep=" ", timespec="minutes")


def measured(value: float | None, decimals: int = 2) -> str:
    """A number, or nothing."""
    return "" if value is None else f"{value:.{decimals}f}"
