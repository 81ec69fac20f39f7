"""Which agency sees which stations of the open data, and under which licence: agencies.toml."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

from pydantic import Field

from domain.configuration_file import Table, Text, read_table
from domain.errors import ConfigurationError

EVERY_STATION = "*"
_Stations = Annotated[tuple[str, ...], Field(strict=False)]


class Terms(Table):
    """Under which licence the data are given, and whom to name."""

    licence: Text
    licence_url: Annotated[str, Field(pattern=r"^https?://[!-~]+$", max_length=500)]
    attribution: Annotated[str, Field(pattern=r"^[ -~]+$", max_length=300)]  # it stands in a header: ASCII


class Agency(Table):
    """An agency, under the name of its account or token, and the stations shared with it (`*`: all)."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$")]
    stations: _Stations


class Everybody(Table):
    """What whoever may ask at all sees."""

    stations: _Stations = (EVERY_STATION,)


class Agencies(Table):
    """The whole file."""

    terms: Terms
    everybody: Everybody = Everybody()
    agency: Annotated[tuple[Agency, ...], Field(strict=False)] = ()

    def seen_by(self, name: str) -> frozenset[str] | None:
        """The stations that an account or token sees; None: all."""
        shares = next((a.stations for a in self.agency if a.name == name), self.everybody.stations)
        return None if EVERY_STATION in shares else frozenset(shares)


def load_agencies(path: Path, *, known: Collection[str] | None = None) -> Agencies:
    """Read agencies.toml; `known`: the ids of all stations. Raises ConfigurationError."""
    table = read_table(path, Agencies)
    names = [agency.name for agency in table.agency]
    for name in names:
        if names.count(name) > 1:
            remedy = "stands there twice; write all its stations in one table"
            raise ConfigurationError(place=str(path), key=f"agency[{name}].name", value=name, remedy=remedy)
    shares = [("everybody", table.everybody.stations), *((f"agency[{a.name}]", a.stations) for a in table.agency)]
    for key, stations in shares:
        for station in stations:
            if known is not None and station != EVERY_STATION and station not in known:
                remedy = "no station of stations.toml has this id"
                raise ConfigurationError(place=str(path), key=f"{key}.stations", value=station, remedy=remedy)
    return table
