"""Stations, and the newest reading of each series, as GeoJSON (RFC 7946)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dash_app.open_data.answers import Body, json_body, spoken
from dash_app.open_data.asker import Asker
from dash_app.open_data.holdings import Network
from domain.agencies import Terms
from domain.quantities import QUANTITIES
from domain.stations import StageThresholds, Station
from domain.times import local
from storage.database import Connection
from storage.history import LatestReading, latest

GEOJSON_TYPE = "application/geo+json"


def stations_body(network: Network, asker: Asker, terms: Terms) -> Body:
    """Every station that the asker sees."""
    return _collection((_feature(s, _facts(s)) for s in asker.shared(network.stations).values()), terms)


def station_body(station: Station, terms: Terms) -> Body:
    """One station."""
    return json_body(_feature(station, _facts(station) | spoken(terms)), GEOJSON_TYPE)


def latest_body(connection: Connection, network: Network, asker: Asker, terms: Terms) -> tuple[Body, int]:
    """The newest readings of every station that the asker sees, and how many readings those are."""
    found: dict[str, dict[str, Any]] = {}
    count = 0
    for reading in latest(connection):
        if reading.quantity in QUANTITIES and asker.sees(reading.station):
            found.setdefault(reading.station, {})[reading.quantity] = _newest(reading)
            count += 1
    shared = asker.shared(network.stations)
    features = (_feature(s, _names(s) | {"readings": found.get(s.id, {})}) for s in shared.values())
    return _collection(features, terms), count


def _collection(features: Iterable[dict[str, Any]], terms: Terms) -> Body:
    return json_body({"type": "FeatureCollection", **spoken(terms), "features": list(features)}, GEOJSON_TYPE)


def _feature(station: Station, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": station.id,
        "geometry": {"type": "Point", "coordinates": [station.lon, station.lat]},
        "properties": properties,
    }


def _names(station: Station) -> dict[str, Any]:
    return {
        "name_vi": station.name_vi,
        "name_en": station.name_en,
        "kind": station.kind.value,
        "simulated": station.simulated,
        "verified": station.verified,
        "clock": station.clock,
    }


def _facts(station: Station) -> dict[str, Any]:
    return _names(station) | {
        "river": station.river,
        "basin": station.basin,
        "ward": station.ward,
        "source": station.source,
        "quantities": [
            {"name": s.quantity, "unit": QUANTITIES[s.quantity].unit, "cadence_s": s.cadence.total_seconds()}
            for s in station.series
            if s.quantity in QUANTITIES
        ],
        "alarm_levels": [_levels(each) for each in station.thresholds],
    }


def _levels(thresholds: StageThresholds) -> dict[str, Any]:
    return {
        "valid_from": thresholds.valid_from.isoformat(),
        "datum": thresholds.datum,
        "bd1_m": thresholds.bd1_m,
        "bd2_m": thresholds.bd2_m,
        "bd3_m": thresholds.bd3_m,
        "source": thresholds.source,
        "verified": thresholds.verified,
    }


def _newest(reading: LatestReading) -> dict[str, Any]:
    return {
        "observed_at": local(reading.observed_at),
        "received_at": local(reading.received_at),
        "value": reading.value,
        "unit": QUANTITIES[reading.quantity].unit,
        "flag": int(reading.flag),
    }
