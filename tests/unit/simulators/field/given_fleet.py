"""A small fleet over slow waves, and everything that leaves it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from domain.quantities import QUANTITIES
from domain.stations import Series, Station, StationKind
from simulators.field.fleet import FieldFleet, FleetPlan
from simulators.field.network import PERFECT
from simulators.field.reading import Departure
from simulators.field.truth import RunFacts, Truth
from simulators.noise import Integers
from simulators.terrain import Floats

START = datetime(2025, 10, 25, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = 24 * HOUR
QUANTITY_SETS = (("water_level",), ("rainfall",), ("wind_speed", "pressure"), ("pm2_5", "pm10"))


class Waves:
    """A nature of slow waves, another at every station."""

    def values(self, station: str, quantity: str, at_s: Integers) -> Floats:
        phase, unit = len(station) + int(station[1:]), QUANTITIES[quantity]
        middle = {"rainfall": 5.0, "pressure": 1000.0}.get(quantity, 3.0)
        return np.round(middle + np.sin(at_s / 20_000 + phase), unit.decimals)


def network_of(count: int) -> list[Station]:
    return [
        Station(
            id=f"s{number}",
            name_vi="Trạm",
            name_en="Station",
            kind=StationKind.RIVER,
            lat=16.4,
            lon=107.5,
            series=tuple(
                Series(quantity=quantity, cadence=timedelta(minutes=10)) for quantity in QUANTITY_SETS[number % 4]
            ),
            simulated=True,
            verified=False,
            source="test",
        )
        for number in range(count)
    ]


def plan(count: int = 8, **otherwise: object) -> FleetPlan:
    base = FleetPlan(
        stations=network_of(count), nature=Waves(), starts=START, ends=START + DAY, seed=3, network=PERFECT
    )
    return replace(base, **otherwise)  # type: ignore[arg-type]


def played(of: FleetPlan) -> tuple[list[Departure], Truth]:
    fleet = FieldFleet(of)
    found = []
    for departure in fleet.departures():
        fleet.ledger.left(departure)
        found.append(departure)
    facts = RunFacts(seed=of.seed, starts=of.starts, ends=of.ends, devices=len(of.stations))
    return found, fleet.ledger.truth(facts)
