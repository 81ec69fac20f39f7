"""A small table in CSV, read so that every refusal names file, line, column, value and remedy."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import ConfigurationError

#: The line of a file's first row under its header.
_FIRST_LINE = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table in CSV, read column by column; every refusal names the file and the line."""

    place: str
    cells: dict[str, str]

    def text(self, column: str) -> str:
        """A cell, stripped. Raises ConfigurationError when the file has no such column."""
        if column not in self.cells:
            raise self.refuse(column, None, f"no such column; the file has {', '.join(self.cells)}")
        return self.cells[column].strip()

    def number(self, column: str) -> float:
        """A finite number."""
        text = self.text(column)
        try:
            value = float(text)
        except ValueError as error:
            raise self.refuse(column, text, "write a number with a decimal point") from error
        if not math.isfinite(value):
            raise self.refuse(column, text, "write a number with a decimal point")
        return value

    def time(self, column: str) -> datetime:
        """A time with its offset, in UTC."""
        text = self.text(column)
        try:
            value = datetime.fromisoformat(text)
        except ValueError as error:
            raise self.refuse(column, text, "write the time as 2025-10-27T06:00:00+07:00") from error
        if value.tzinfo is None:
            raise self.refuse(column, text, f"has no UTC offset; write it as {text}+07:00")
        return value.astimezone(UTC)

    def refuse(self, column: str, value: object, remedy: str) -> ConfigurationError:
        """The error that names this line."""
        return ConfigurationError(place=self.place, key=column, value=value, remedy=remedy)


def rows(path: Path) -> Sequence[Row]:
    """The lines of a table in CSV. Raises ConfigurationError when there is none or a line has too few or too many cells."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            table = list(csv.reader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    header, *lines = table or [[]]
    found = []
    for number, line in enumerate(lines, _FIRST_LINE):
        place = f"{path}, line {number}"
        if len(line) != len(header):
            remedy = f"has {len(line)} cells, the header {len(header)}; put texts with commas in quotes"
            raise ConfigurationError(place=place, key="the line", value=",".join(line), remedy=remedy)
        found.append(Row(place, dict(zip(header, line, strict=True))))
    return found


def _unreadable(path: Path, error: Exception) -> ConfigurationError:
    why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
    return ConfigurationError(place=str(path), key="the file", value=path.name, remedy=f"cannot be read ({why})")
