"""What goes wrong inside a sensor: faults put into good values, with the truth about where they are.

Kinds after the faults that are reported of field sensors: spikes, flat lines, drifts, shifts and noise (Leigh et al. 2019,
doi 10.1016/j.scitotenv.2019.02.085), and mistakes of people: a wrong unit, a gauge set to another zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from simulators.terrain import Floats


class SensorFault(StrEnum):
    """What the sensor does."""

    SPIKE = "spike"  # one reading far off
    FLAT = "flat"  # repeats the value at which it froze
    SHIFT = "shift"  # all readings too high, or too low, by the same
    DRIFT = "drift"  # more and more so
    NOISE = "noise"  # readings scatter
    UNIT = "unit"  # centimetres instead of metres, hundredths instead of millimetres
    ZERO = "zero"  # nothing but zero


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How large faults of one kind are (in the quantity's unit) and how many hours they last; drawn evenly between."""

    least: float
    most: float
    least_h: float
    most_h: float


#: Of a water level, in m. Smaller ones hide in waves and tide, and do no harm.
LEVEL_FAULTS: Mapping[SensorFault, Size] = {
    SensorFault.SPIKE: Size(least=0.5, most=5.0, least_h=0.0, most_h=0.0),
    SensorFault.FLAT: Size(least=0.0, most=0.0, least_h=18.0, most_h=48.0),
    SensorFault.SHIFT: Size(least=0.3, most=3.0, least_h=12.0, most_h=48.0),
    SensorFault.DRIFT: Size(least=0.5, most=2.0, least_h=24.0, most_h=72.0),
    SensorFault.NOISE: Size(least=0.2, most=1.0, least_h=3.0, most_h=24.0),
    SensorFault.UNIT: Size(least=100.0, most=100.0, least_h=1.0, most_h=12.0),
    SensorFault.ZERO: Size(least=0.0, most=0.0, least_h=3.0, most_h=48.0),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Injected:
    """One fault: the places of its first and last reading, both included."""

    kind: SensorFault
    first: int
    last: int


def inject(
    values: Floats, kind: SensorFault, size: Size, cadence_h: float, chance: np.random.Generator
) -> tuple[Floats, Injected]:
    """A copy of `values` with one fault in its middle three quarters, and where it is. Values to the centimetre."""
    length = max(1, round(chance.uniform(size.least_h, size.most_h) / cadence_h))
    edge = len(values) // 8
    first = int(chance.integers(edge, max(edge + 1, len(values) - edge - length)))
    last = min(first + length - 1, len(values) - 1)
    amount = float(chance.uniform(size.least, size.most)) * (1 if chance.random() < 0.5 else -1)
    faulty = values.copy()
    good = values[first : last + 1]
    bell = chance.standard_normal(len(good)) if kind is SensorFault.NOISE else np.zeros_like(good)
    progress = np.linspace(0.0, 1.0, len(good))
    faulty[first : last + 1] = np.round(
        misread(good, kind, amount, progress=progress, frozen=float(good[0]), bell=bell), 2
    )
    return faulty, Injected(kind=kind, first=first, last=last)


def misread(good: Floats, kind: SensorFault, amount: float, *, progress: Floats, frozen: float, bell: Floats) -> Floats:
    """What the sensor says instead of good values.

    `progress`: 0 at the beginning of the fault, 1 at its end; `frozen`: the good value at its beginning; `bell`: standard
    normal numbers, for noise.
    """
    if kind in (SensorFault.SPIKE, SensorFault.SHIFT):
        return good + amount
    if kind is SensorFault.FLAT:
        return np.full_like(good, frozen)
    if kind is SensorFault.DRIFT:
        return good + amount * progress
    if kind is SensorFault.NOISE:
        return good + abs(amount) * bell
    return good * abs(amount)  # a unit, or zero
