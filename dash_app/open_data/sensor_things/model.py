"""The entities of SensorThings, as the network of stations gives them, and how they hang together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dash_app.open_data.answers import spoken
from dash_app.open_data.asker import Asker
from dash_app.open_data.holdings import Network
from domain.agencies import Terms
from domain.quantities import QUANTITIES, Quantity
from domain.stations import Station

_MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
#: Codes of the Unified Code for Units of Measure, where they differ from ours.
_UCUM = {"degC": "Cel", "degree": "deg"}
_UNIT_NAMES = {
    "m": "metre",
    "mm": "millimetre",
    "m3/s": "cubic metre per second",
    "ug/m3": "microgram per cubic metre",
    "m/s": "metre per second",
    "degree": "degree (angle)",
    "hPa": "hectopascal",
    "degC": "degree Celsius",
    "%": "percent",
}


class Kind(StrEnum):
    """The sets of entities there are."""

    THINGS = "Things"
    LOCATIONS = "Locations"
    DATASTREAMS = "Datastreams"
    SENSORS = "Sensors"
    PROPERTIES = "ObservedProperties"
    OBSERVATIONS = "Observations"


@dataclass(frozen=True, slots=True)
class Way:
    """From an entity to others: to one, or to many."""

    target: Kind
    many: bool


WAYS: Mapping[Kind, Mapping[str, Way]] = {
    Kind.THINGS: {"Locations": Way(Kind.LOCATIONS, True), "Datastreams": Way(Kind.DATASTREAMS, True)},
    Kind.LOCATIONS: {"Things": Way(Kind.THINGS, True)},
    Kind.DATASTREAMS: {
        "Thing": Way(Kind.THINGS, False),
        "Sensor": Way(Kind.SENSORS, False),
        "ObservedProperty": Way(Kind.PROPERTIES, False),
        "Observations": Way(Kind.OBSERVATIONS, True),
    },
    Kind.SENSORS: {"Datastreams": Way(Kind.DATASTREAMS, True)},
    Kind.PROPERTIES: {"Datastreams": Way(Kind.DATASTREAMS, True)},
    Kind.OBSERVATIONS: {"Datastream": Way(Kind.DATASTREAMS, False)},
}


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity. `properties`: in the order in which they are given."""

    kind: Kind
    id: str
    properties: dict[str, Any]


def stream_name(station: str, quantity: str) -> str:
    """The id of a Datastream, and of its Sensor: station ids and quantities hold no full stop."""
    return f"{station}.{quantity}"


class Catalogue:
    """All entities but Observations that an asker sees."""

    def __init__(self, network: Network, asker: Asker, terms: Terms) -> None:
        self._stations, self._terms = asker.shared(network.stations), terms
        self.numbers = {
            stream_name(station, quantity): number
            for (station, quantity), number in network.numbers.items()
            if station in self._stations and quantity in QUANTITIES
        }
        self.streams = {number: name for name, number in self.numbers.items()}
        self._of_station: dict[str, list[str]] = {}
        self._of_quantity: dict[str, list[str]] = {}
        for name in sorted(self.numbers):
            station, _, quantity = name.partition(".")
            self._of_station.setdefault(station, []).append(name)
            self._of_quantity.setdefault(quantity, []).append(name)
        self._made: dict[tuple[Kind, str], Entity] = {}
        self._makers: dict[Kind, Callable[[str], Entity]] = {
            Kind.THINGS: self._thing,
            Kind.LOCATIONS: self._location,
            Kind.DATASTREAMS: self._datastream,
            Kind.SENSORS: self._sensor,
            Kind.PROPERTIES: self._property,
        }

    def ids(self, kind: Kind) -> list[str]:
        """The ids of one set in their order."""
        if kind in (Kind.THINGS, Kind.LOCATIONS):
            return sorted(self._stations)
        if kind is Kind.PROPERTIES:
            return sorted(self._of_quantity)
        return sorted(self.numbers)

    def entity(self, kind: Kind, identifier: str) -> Entity:
        """One of them, made once however often a condition looks at it."""
        found = self._made.get((kind, identifier))
        if found is None:
            found = self._made[kind, identifier] = self._makers[kind](identifier)
        return found

    def related(self, kind: Kind, identifier: str, target: Kind) -> list[str]:
        """The ids of the entities of `target` that hang together with one; never of Observations."""
        station, _, quantity = identifier.partition(".")
        if kind in (Kind.THINGS, Kind.LOCATIONS):
            return self._of_station.get(identifier, []) if target is Kind.DATASTREAMS else [identifier]
        if kind is Kind.PROPERTIES:
            return self._of_quantity.get(identifier, [])
        if target is Kind.THINGS:
            return [station]
        return [quantity] if target is Kind.PROPERTIES else [identifier]

    def _thing(self, identifier: str) -> Entity:
        station = self._stations[identifier]
        properties = {
            "kind": station.kind.value,
            "name_vi": station.name_vi,
            "river": station.river,
            "basin": station.basin,
            "simulated": station.simulated,
            "verified": station.verified,
            "clock": station.clock,
            "source": station.source,
            **spoken(self._terms),
        }
        about = f"{station.kind.value} station" + (", simulated" if station.simulated else "")
        named = {"name": station.name_en, "description": about, "properties": properties}
        return Entity(Kind.THINGS, identifier, named)

    def _location(self, identifier: str) -> Entity:
        station = self._stations[identifier]
        verified = "verified" if station.verified else "not verified"
        return Entity(
            Kind.LOCATIONS,
            identifier,
            {
                "name": station.name_en,
                "description": f"Position of the station, {verified}",
                "encodingType": "application/geo+json",
                "location": {"type": "Point", "coordinates": [station.lon, station.lat]},
            },
        )

    def _parts(self, identifier: str) -> tuple[Station, Quantity]:
        station, _, quantity = identifier.partition(".")
        return self._stations[station], QUANTITIES[quantity]

    def _datastream(self, identifier: str) -> Entity:
        station, quantity = self._parts(identifier)
        series = station.series_of(quantity.name)
        return Entity(
            Kind.DATASTREAMS,
            identifier,
            {
                "name": f"{quantity.name} at {station.name_en}",
                "description": f"{quantity.name} in {quantity.unit}; flags: {spoken(self._terms)['flags']}",
                "observationType": _MEASUREMENT,
                "unitOfMeasurement": {
                    "name": _UNIT_NAMES[quantity.unit],
                    "symbol": quantity.unit,
                    "definition": f"ucum:{_UCUM.get(quantity.unit, quantity.unit)}",
                },
                "properties": {"cadence_s": None if series is None else series.cadence.total_seconds()},
            },
        )

    def _sensor(self, identifier: str) -> Entity:
        station, quantity = self._parts(identifier)
        return Entity(
            Kind.SENSORS,
            identifier,
            {
                "name": f"Sensor of {quantity.name} at {station.name_en}",
                "description": "Make and model are not recorded",
                "encodingType": "text/html",
                "metadata": station.source,
            },
        )

    def _property(self, identifier: str) -> Entity:
        quantity = QUANTITIES[identifier]
        return Entity(
            Kind.PROPERTIES,
            identifier,
            {
                "name": quantity.name,
                "definition": f"http://vocab.nerc.ac.uk/standard_name/{quantity.cf_standard_name}/",
                "description": f"CF standard name {quantity.cf_standard_name}, in {quantity.unit}",
            },
        )
