"""Faults of field devices: what goes wrong, where and when, by schedule or drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import numpy as np
from pydantic import AwareDatetime, Field

from domain.configuration_file import Table, Text
from domain.errors import ConfigurationError
from domain.stations import Station, StationKind
from simulators.sensor_faults import LEVEL_FAULTS, SensorFault, Size


class FaultKind(StrEnum):
    """What the device does wrong."""

    SPIKE = "spike"  # one reading far off
    DRIFT = "drift"  # more and more too high, or too low
    FLAT = "flat"  # repeats the value at which it froze
    BIAS = "bias"  # silent for an hour of maintenance, and too high, or too low, by the same afterwards
    SHIFT = "shift"  # set to another zero: too high, or too low, by the same from one reading to the next
    ZERO = "zero"  # nothing but zero
    NOISE = "noise"  # readings scatter
    UNIT = "unit"  # centimetres instead of metres, hundredths instead of millimetres
    CLOCK_SKEW = "clock_skew"  # its clock is wrong by `size` seconds
    SILENT = "silent"  # measures and sends nothing
    FLOODED_OUT = "flooded_out"  # drowned: its last word is the highest level of the first half of the fault
    MALFORMED = "malformed"  # messages are cut off on their way
    WRONG_STATION = "wrong_station"  # speaks under a name that nobody knows


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


class FaultTable(Table):
    """One [[fault]] of an exercise's file."""

    station: Text
    kind: Text
    starts: AwareDatetime
    ends: AwareDatetime
    quantity: Text | None = None
    size: float | None = Field(default=None, strict=False)
    id: Text | None = None


def faults_of(tables: Sequence[FaultTable], stations: Mapping[str, Station], place: Path) -> list[Fault]:
    """The faults of a file. Raises ConfigurationError naming `place`, key, value and remedy."""
    for number, table in enumerate(tables, 1):
        for key, value, remedy in _objections(table, stations.get(table.station)):
            raise ConfigurationError(place=str(place), key=f"fault[{number}].{key}", value=value, remedy=remedy)
    return [_fault(number, table, stations[table.station]) for number, table in enumerate(tables, 1)]


def _objections(table: FaultTable, station: Station | None) -> Iterator[tuple[str, object, str]]:
    if table.kind not in list(FaultKind):
        yield "kind", table.kind, f"unknown; known are {', '.join(FaultKind)}"
    if station is None:
        yield "station", table.station, "is no station of stations.toml"
    elif table.quantity is not None and station.series_of(table.quantity) is None:
        yield "quantity", table.quantity, f"{station.id} does not measure it"
    if table.ends <= table.starts:
        yield "ends", table.ends.isoformat(), "must lie after `starts`"


def _fault(number: int, table: FaultTable, station: Station) -> Fault:
    kind = FaultKind(table.kind)
    quantity = table.quantity if table.quantity is not None or kind not in SENSOR_FAULTS else station.series[0].quantity
    middle = (_SIZES[kind].least + _SIZES[kind].most) / 2
    return Fault(
        id=table.id or f"{number:03d}-{kind}-{station.id}",
        station=station.id,
        kind=kind,
        starts=table.starts,
        ends=table.ends,
        quantity=quantity,
        size=middle if table.size is None else table.size,
    )


def draw_faults(
    stations: Sequence[Station],
    starts: datetime,
    ends: datetime,
    seed: int,
    *,
    kinds: Sequence[FaultKind] = tuple(FaultKind),
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
