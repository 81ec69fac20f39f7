"""Faults of field devices: what goes wrong, where and when, by schedule or drawn from a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from domain.exercise import Fault as Scheduled
from domain.exercise import FaultKind
from domain.stations import Station, StationKind
from simulators.sensor_faults import LEVEL_FAULTS, SensorFault, Size

#: How a fault of the sensor is put into its values; a kind that is not here touches the device and not the value.
SENSOR_FAULTS: Mapping[FaultKind, SensorFault] = {
    FaultKind.SPIKE: SensorFault.SPIKE,
    FaultKind.DRIFT: SensorFault.DRIFT,
    FaultKind.FLAT: SensorFault.FLAT,
    FaultKind.BIAS: SensorFault.SHIFT,
    FaultKind.SHIFT: SensorFault.SHIFT,
    FaultKind.ZERO: SensorFault.ZERO,
    FaultKind.NOISE: SensorFault.NOISE,
    FaultKind.UNIT: SensorFault.UNIT,
}
#: Kinds during which nothing is said.
QUIET = (FaultKind.SILENT, FaultKind.FLOODED_OUT)
#: Kinds that can be drawn: a link that is down is the network's (`simulators.field.network`).
DRAWN = tuple(kind for kind in FaultKind if kind is not FaultKind.DELAYED)
_CENTIMETRES = 100.0
#: Maintenance before a bias: the technician switches the gauge off for so long.
MAINTENANCE = timedelta(hours=1)
#: Sizes and durations of drawn faults. Sizes of sensors: `simulators.sensor_faults`; of a clock: seconds.
_SIZES: Mapping[FaultKind, Size] = {
    **{kind: LEVEL_FAULTS[fault] for kind, fault in SENSOR_FAULTS.items()},
    FaultKind.CLOCK_SKEW: Size(least=2000.0, most=7000.0, least_h=24.0, most_h=48.0),
    FaultKind.SILENT: Size(least=0.0, most=0.0, least_h=6.0, most_h=24.0),
    FaultKind.FLOODED_OUT: Size(least=0.0, most=0.0, least_h=12.0, most_h=48.0),
    FaultKind.MALFORMED: Size(least=0.0, most=0.0, least_h=1.0, most_h=6.0),
    FaultKind.WRONG_STATION: Size(least=0.0, most=0.0, least_h=1.0, most_h=6.0),
}
#: Between two drawn faults at one station, and how often a place and time are drawn before a fault is given up.
_CALM = timedelta(hours=12)
_TRIES = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One fault from `starts` until `ends` (aware, end not included). `quantity` None: the whole device.

    `size`: of values in the quantity's unit, of a unit mix-up the factor, of a clock seconds (ahead above zero); below
    zero is the other direction.
    """

    id: str
    station: str
    kind: FaultKind
    starts: datetime
    ends: datetime
    quantity: str | None = None
    size: float = 0.0

    @property
    def span_s(self) -> tuple[float, float]:
        """Its beginning and end, seconds since 1970."""
        return self.starts.timestamp(), self.ends.timestamp()


def scheduled(tables: Sequence[Scheduled], stations: Sequence[Station]) -> list[Fault]:
    """The faults of an exercise's file; one of a sensor without a quantity is about the first that its station measures."""
    first = {station.id: station.series[0].quantity for station in stations}
    return [
        Fault(
            id=f"{number:02d}",
            station=table.station,
            kind=table.kind,
            starts=table.begins,
            ends=table.ends,
            quantity=table.quantity or (first[table.station] if table.kind in SENSOR_FAULTS else None),
            size=_CENTIMETRES if table.kind is FaultKind.UNIT else table.amount or 0.0,
        )
        for number, table in enumerate(tables, 1)
    ]


def draw_faults(
    stations: Sequence[Station],
    starts: datetime,
    ends: datetime,
    seed: int,
    *,
    kinds: Sequence[FaultKind] = DRAWN,
    each: int = 1,
) -> list[Fault]:
    """`each` faults of each kind: those of sensors and drowning at river gauges, the others anywhere.

    Nothing in the first quarter of the time, and at one station half a day of calm between two faults; fewer where no
    station is free for one, or where the time is too short for it.
    """
    chance = np.random.default_rng([seed, 11])
    gauges = sorted(s.id for s in stations if s.kind is StationKind.RIVER and s.series_of("water_level") is not None)
    everybody = sorted(s.id for s in stations)
    found: list[Fault] = []
    for number, kind in enumerate((kind for _ in range(each) for kind in kinds), 1):
        places = gauges if kind in SENSOR_FAULTS or kind is FaultKind.FLOODED_OUT else everybody
        drawn = (_drawn(number, kind, places, (starts, ends), chance) for _ in range(_TRIES) if places)
        free = next((one for one in drawn if one is not None and _is_calm(one, found)), None)
        found += [] if free is None else [free]
    return found


def _drawn(
    number: int, kind: FaultKind, places: Sequence[str], span: tuple[datetime, datetime], chance: np.random.Generator
) -> Fault | None:
    """One fault in the last three quarters of the time; None when it is too long for it."""
    starts, ends = span
    size, lead = _SIZES[kind], (ends - starts) / 4
    room_h = (ends - starts - lead) / timedelta(hours=1)
    station = places[int(chance.integers(len(places)))]
    lasts_h = max(float(chance.uniform(size.least_h, size.most_h)), 1 / 60)
    begins = starts + lead + timedelta(hours=float(chance.uniform(0.0, max(room_h - lasts_h, 0.0))))
    amount = float(chance.uniform(size.least, size.most)) * (1 if chance.random() < 0.5 else -1)
    if lasts_h > room_h:
        return None
    return Fault(
        id=f"{number:03d}-{kind}-{station}",
        station=station,
        kind=kind,
        starts=begins,
        ends=begins + timedelta(hours=lasts_h),
        quantity="water_level" if kind in SENSOR_FAULTS else None,
        size=round(abs(amount) if kind in (FaultKind.UNIT, FaultKind.NOISE) else amount, 3),
    )


def _is_calm(fault: Fault, others: Sequence[Fault]) -> bool:
    """Whether no other fault is at the same station at the time, or shortly before or after."""
    return all(
        fault.station != other.station or fault.starts >= other.ends + _CALM or fault.ends + _CALM <= other.starts
        for other in others
    )
