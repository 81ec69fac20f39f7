"""Past floods at gauges, as dated facts with their sources (past_floods.toml)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from domain.configuration_file import Table, Text, read_table


class PastFlood(Table):
    """What the water reached at one gauge; `on`: the day of the peak in Huế."""

    station: Text
    on: date
    peak_m: float
    source: Text
    verified: bool


class _File(Table):
    flood: Annotated[tuple[PastFlood, ...], Field(strict=False)] = ()


def load_past_floods(config_dir: Path) -> dict[str, tuple[PastFlood, ...]]:
    """Floods by gauge, oldest first; none when there is no such file. Raises ConfigurationError."""
    path = config_dir / "past_floods.toml"
    if not path.exists():
        return {}
    found: dict[str, tuple[PastFlood, ...]] = {}
    for flood in sorted(read_table(path, _File).flood, key=lambda f: f.on):
        found[flood.station] = (*found.get(flood.station, ()), flood)
    return found
