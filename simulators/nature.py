"""Natures: what every station would read if nothing were broken, by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from domain.stations import Station
from simulators.columns import logged, station_columns
from simulators.episode import Episode
from simulators.flood_2025 import flood_2025
from simulators.hazards import HAZARDS, hazard_episode
from simulators.noise import Integers
from simulators.record import Record
from simulators.terrain import Floats

_SHIPPED_CONFIG = Path(__file__).resolve().parent.parent / "config"


class Nature(Protocol):
    """What stations read, a pure function of time."""

    def values(self, station: str, quantity: str, at_s: Integers) -> Floats:
        """What the station reads at these times (seconds since 1970), rounded as its logger would."""


class EpisodeNature:
    """Readings of a network through one episode. Everything is SYNTHETIC but what `is_reported`."""

    def __init__(
        self,
        stations: Sequence[Station],
        seed: int,
        episode: Episode,
        reported: frozenset[tuple[str, datetime]] = frozenset(),
        record: Record | None = None,
    ) -> None:
        self._stations = {station.id: station for station in stations}
        self._seed, self.episode, self._reported, self._record = seed, episode, reported, record
        self._columns: dict[str, dict[str, Floats]] = {}

    @property
    def begins(self) -> datetime:
        """The first time for which there are values."""
        return self.episode.begins_at

    @property
    def ends(self) -> datetime:
        """The last time for which there are values."""
        return self.episode.ends_at

    def is_reported(self, station: str, at: datetime) -> bool:
        """Whether the water level of that time was published by somebody; every other value is SYNTHETIC."""
        return (station, at) in self._reported

    def values(self, station: str, quantity: str, at_s: Integers) -> Floats:
        """What the station reads at these times (seconds since 1970). Raises ValueError for times outside the span."""
        first, last = self.begins.timestamp(), self.ends.timestamp()
        if len(at_s) and not first <= at_s.min() <= at_s.max() <= last:
            raise ValueError(
                f"{station}: there are values from {self.begins.isoformat()} to {self.ends.isoformat()} only"
            )
        if station not in self._columns:
            self._columns[station] = self._columns_of(self._stations[station])
        return logged(
            self._stations[station],
            quantity,
            at_s,
            grid=self.episode.hours,
            column=self._columns[station][quantity],
            begins_s=round(first),
            seed=self._seed,
        )

    def _columns_of(self, station: Station) -> dict[str, Floats]:
        columns = station_columns(station, self.episode, self._seed)
        if self._record is not None:
            columns |= self._record.at(station, list(self._stations.values()), self.episode.hours)
        return columns


def _hue_2025(stations: Sequence[Station], seed: int, config_dir: Path) -> EpisodeNature:
    episode, reported = flood_2025(config_dir)
    told = frozenset((r.station, r.observed_at) for r in reported.levels if not r.contradicted)
    return EpisodeNature(stations, seed, episode, told)


#: Every nature that `nature` can make.
NAMES: tuple[str, ...] = ("hue-2025", *HAZARDS)


def nature(name: str, stations: Sequence[Station], seed: int, config_dir: Path = _SHIPPED_CONFIG) -> EpisodeNature:
    """The nature of that name for these stations. Raises ValueError for a name that is none of NAMES."""
    if name not in NAMES:
        raise ValueError(f"there is no nature {name!r}; there are {', '.join(NAMES)}")
    if name == "hue-2025":
        return _hue_2025(stations, seed, config_dir)
    episode, record = hazard_episode(HAZARDS[name], config_dir)
    return EpisodeNature(stations, seed, episode, record=record)
