"""The stations and series that readings are accepted for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from domain.stations import Series, Station, StationKind
from storage.database import Connection
from storage.stations import load_stations, series_ids

#: Until somebody configures an adopted station, one reading an hour is expected of it.
_ADOPTED_CADENCE = timedelta(hours=1)
#: Where an adopted station stands until somebody says: the centre of Huế.
_ADOPTED_AT = (16.4637, 107.5909)
_KINDS: Mapping[str, StationKind] = {
    "water_level": StationKind.RIVER,
    "discharge": StationKind.RIVER,
    "rainfall": StationKind.RAIN,
    "inflow": StationKind.RESERVOIR,
    "outflow": StationKind.RESERVOIR,
    "pm2_5": StationKind.AIR,
    "pm10": StationKind.AIR,
    "o3": StationKind.AIR,
    "no2": StationKind.AIR,
    "so2": StationKind.AIR,
    "co": StationKind.AIR,
}


@dataclass(frozen=True, slots=True)
class Network:
    """What is known at one moment; loaded again when the network changes."""

    stations: Mapping[str, Station]
    series: Mapping[tuple[str, str], Series]
    numbers: Mapping[tuple[str, str], int]

    def adoptable(self, station: str) -> bool:
        """Whether a new series of this station may be registered on first sight: nobody has configured it."""
        known = self.stations.get(station)
        return known is None or known.adopted


def load_network(connection: Connection) -> Network:
    """The network as the database has it now."""
    stations = load_stations(connection)
    series = {(station.id, one.quantity): one for station in stations.values() for one in station.series}
    # A series that was taken out of the configuration keeps its readings and its number, but takes no more.
    numbers = {name: number for name, number in series_ids(connection).items() if name in series}
    return Network(stations, series, numbers)


def adopted(station: str, quantities: list[str]) -> Station:
    """A station as it is registered on first sight: no thresholds, no limits, unverified, position unknown."""
    return Station(
        id=station,
        name_vi=station,
        name_en=station,
        kind=_KINDS.get(quantities[0], StationKind.WIND),
        lat=_ADOPTED_AT[0],
        lon=_ADOPTED_AT[1],
        series=tuple(Series(quantity=quantity, cadence=_ADOPTED_CADENCE) for quantity in quantities),
        simulated=False,
        verified=False,
        adopted=True,
        source="registered on first sight; position, datum and thresholds are not known",
    )
