"""Planned and actual releases of reservoirs, as people keep them in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from domain.errors import ConfigurationError
from domain.times import HUE_TIME
from storage.releases import Release

_NEEDED = ("reservoir", "start", "end", "planned_m3s")
_KNOWN = (*_NEEDED, "actual_m3s")


def read_releases(path: Path) -> list[Release]:
    """Rows of a CSV file with a header; times without an offset are Huế's. ConfigurationError names the line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _refuse(path, 1, "file", str(path), f"cannot be read as text ({error}); check the path") from error
    rows = csv.DictReader(text.splitlines())
    names = [name.strip() for name in rows.fieldnames or ()]
    if missing := [name for name in _NEEDED if name not in names]:
        raise _refuse(path, 1, "columns", names, f"{', '.join(missing)} missing; the columns are {', '.join(_KNOWN)}")
    return [_release(path, number, row) for number, row in enumerate(rows, start=2)]


def _release(path: Path, line: int, row: Mapping[str, str | None]) -> Release:
    cells = {str(name).strip(): (value or "").strip() for name, value in row.items() if isinstance(value, str | None)}
    start, end = (_moment(path, line, name, cells[name]) for name in ("start", "end"))
    if end <= start:
        raise _refuse(path, line, "end", cells["end"], "must lie after start")
    actual = cells.get("actual_m3s", "")
    return Release(
        reservoir=cells["reservoir"],
        starts_at=start,
        ends_at=end,
        planned_m3s=_flow(path, line, "planned_m3s", cells["planned_m3s"]),
        actual_m3s=_flow(path, line, "actual_m3s", actual) if actual else None,
    )


def _moment(path: Path, line: int, key: str, text: str) -> datetime:
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise _refuse(path, line, key, text, "write 2025-10-26T15:10 (Huế time)") from error
    return given if given.tzinfo else given.replace(tzinfo=HUE_TIME)


def _flow(path: Path, line: int, key: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise _refuse(path, line, key, text, "write m³/s as a number, 1800") from error
    if not 0 <= value <= 100_000:
        raise _refuse(path, line, key, text, "lies outside 0-100000 m³/s")
    return value


def refuse_unknown(releases: Sequence[Release], stations: Container[str]) -> None:
    """ConfigurationError when a reservoir is no station."""
    for release in releases:
        if release.reservoir not in stations:
            remedy = "no such station; `ews stations` lists them"
            raise ConfigurationError(place="releases", key="reservoir", value=release.reservoir, remedy=remedy)


def _refuse(path: Path, line: int, key: str, value: object, remedy: str) -> ConfigurationError:
    return ConfigurationError(place=f"{path}, line {line}", key=key, value=value, remedy=remedy)
