"""The network of gauges and wards from stations.toml and geo/wards.geojson, refused where it contradicts itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path

from domain.configuration_file import read_table
from domain.errors import ConfigurationError
from domain.limit_tables import LimitsTable, load_defaults
from domain.network_tables import NetworkTable, RegionTable, SeriesTable, StationTable
from domain.possible import possible_range
from domain.stations import Station, StationKind
from domain.wards import Border, Ward, load_wards


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """The part of the world the network watches, in WGS84 degrees."""

    name_vi: str
    name_en: str
    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """Every configured station by id, and every ward and commune by GSO code."""

    region: Region
    stations: dict[str, Station]
    wards: dict[str, Ward]

    def of_kind(self, kind: StationKind) -> list[Station]:
        """The stations of one kind, in the order of the file."""
        return [station for station in self.stations.values() if station.kind is kind]


def load_network(config_dir: Path) -> Network:
    """The network described in `config_dir`. Raises ConfigurationError with file, key, value and remedy.

    Without geo/wards.geojson there are no wards, and a station that names one is refused. What quality.toml says of a
    quantity holds for every series that says nothing else.
    """
    path = config_dir / "stations.toml"
    ward_path = config_dir / "geo" / "wards.geojson"
    table = read_table(path, NetworkTable)
    wards, borders = load_wards(ward_path) if ward_path.exists() else ({}, {})
    for key, value, remedy in _faults(table, borders):
        raise ConfigurationError(place=str(path), key=key, value=value, remedy=remedy)
    defaults = load_defaults(config_dir)
    stations = {entry.id: _station(entry, table.series_set, defaults) for entry in table.station}
    for key, value, remedy in _unreachable_levels(stations.values()):
        raise ConfigurationError(place=str(path), key=key, value=value, remedy=remedy)
    return Network(region=Region(**table.region.model_dump()), stations=stations, wards=wards)


_Fault = tuple[str, object, str]
#: Of StageThresholds.levels_m, as they are written.
_LEVEL_KEYS = ("bd1_m", "bd2_m", "bd3_m", "record_m")


def _station(
    entry: StationTable, sets: Mapping[str, list[SeriesTable]], defaults: Mapping[str, LimitsTable]
) -> Station:
    own_ward = () if entry.ward is None else (entry.ward,)
    copied = entry.model_dump(
        exclude={"covers", "upstream", "rain_gauges", "series_set", "series", "thresholds"}, exclude_none=True
    )
    return Station(
        **copied,
        covers=own_ward if entry.covers is None else tuple(entry.covers),
        upstream=tuple(upstream.upstream() for upstream in entry.upstream),
        rain_gauges=tuple(entry.rain_gauges),
        series=tuple(series.series(defaults) for series in _series(entry, sets)),
        thresholds=tuple(thresholds.thresholds() for thresholds in entry.thresholds),
    )


def _series(entry: StationTable, sets: Mapping[str, list[SeriesTable]]) -> list[SeriesTable]:
    return entry.series or sets.get(entry.series_set or "", [])


def _faults(table: NetworkTable, borders: Mapping[str, Border]) -> Iterator[_Fault]:
    yield from _repeated("station.id", (entry.id for entry in table.station))
    for name, series_set in table.series_set.items():
        yield from _repeated(f"series_set.{name}.quantity", (series.quantity for series in series_set))
    measured = {entry.id: {series.quantity for series in _series(entry, table.series_set)} for entry in table.station}
    for entry in table.station:
        place = f"station[{entry.id}]"
        for key, value, remedy in _station_faults(entry, table, measured, borders):
            yield f"{place}.{key}", value, remedy
    yield from _circles({entry.id: [upstream.station for upstream in entry.upstream] for entry in table.station})


def _station_faults(
    entry: StationTable, table: NetworkTable, measured: Mapping[str, set[str]], borders: Mapping[str, Border]
) -> Iterator[_Fault]:
    if entry.series_set is not None and entry.series_set not in table.series_set:
        yield "series_set", entry.series_set, f"unknown; known are {', '.join(sorted(table.series_set)) or 'none'}"
    yield from _repeated("series.quantity", (series.quantity for series in entry.series))
    if entry.thresholds and "water_level" not in measured[entry.id]:
        yield "thresholds", len(entry.thresholds), "the station does not measure water_level"
    yield from _position_faults(entry, table.region, borders)
    yield from _reference_faults(entry, measured, borders)


def _position_faults(entry: StationTable, region: RegionTable, borders: Mapping[str, Border]) -> Iterator[_Fault]:
    if not region.south <= entry.lat <= region.north:
        yield "lat", entry.lat, f"lies outside the region ({region.south} to {region.north})"
    if not region.west <= entry.lon <= region.east:
        yield "lon", entry.lon, f"lies outside the region ({region.west} to {region.east})"
    if entry.ward is None:
        return
    if entry.ward not in borders:
        yield "ward", entry.ward, _unknown_ward(borders)
    elif not borders[entry.ward].contains(entry.lat, entry.lon):
        inside = [code for code, border in borders.items() if border.contains(entry.lat, entry.lon)]
        where = f"in {inside[0]}" if inside else "in no ward"
        yield "ward", entry.ward, f"the position {entry.lat}, {entry.lon} lies {where}; correct one of them"


def _reference_faults(
    entry: StationTable, measured: Mapping[str, set[str]], borders: Mapping[str, Border]
) -> Iterator[_Fault]:
    for code in entry.covers or ():
        if code not in borders:
            yield "covers", code, _unknown_ward(borders)
    for upstream in entry.upstream:
        if upstream.station not in measured:
            yield "upstream", upstream.station, "no station has this id"
    for gauge in entry.rain_gauges:
        if "rainfall" not in measured.get(gauge, set()):
            yield "rain_gauges", gauge, "no station of this id measures rainfall"
    yield from _repeated("covers", entry.covers or ())
    yield from _repeated("upstream", (upstream.station for upstream in entry.upstream))
    yield from _repeated("rain_gauges", entry.rain_gauges)


def _unreachable_levels(stations: Iterable[Station]) -> Iterator[_Fault]:
    """Alarm levels that no reading could show, because quality control fails it: the flood would come unwarned."""
    for station in stations:
        series = station.series_of("water_level")
        low, high = (-inf, inf) if series is None else possible_range(series)
        for number, dated in enumerate(station.thresholds):
            for key, level in zip(_LEVEL_KEYS, dated.levels_m, strict=True):
                if level is not None and not low <= level < high:
                    remedy = (
                        f"readings outside {low} to {high} fail; correct it, or fail_low and fail_high of water_level"
                    )
                    yield f"station[{station.id}].thresholds[{number}].{key}", level, remedy


def _unknown_ward(borders: Mapping[str, Border]) -> str:
    return (
        "unknown ward; see code in geo/wards.geojson" if borders else "there is no geo/wards.geojson beside this file"
    )


def _repeated(key: str, names: Iterable[str]) -> Iterator[_Fault]:
    for name, count in Counter(names).items():
        if count > 1:
            yield key, name, f"stands {count} times; it must be unique"


def _circles(upstream: Mapping[str, list[str]]) -> Iterator[_Fault]:
    """Stations whose water would arrive back at themselves: what is left after taking away those that nothing feeds."""
    left = dict(upstream)
    while springs := [station for station, above in left.items() if not any(name in left for name in above)]:
        for station in springs:
            del left[station]
    for station, above in left.items():
        yield f"station[{station}].upstream", above, "water cannot flow in a circle; take one of them out"
