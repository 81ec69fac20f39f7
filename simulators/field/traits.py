"""What makes one device unlike the next: its clock, its rhythm, its battery, its memory, and how many readings it packs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from domain.exercise import FaultKind
from domain.stations import Station
from simulators.devices import solar_v
from simulators.field.faults import Fault
from simulators.noise import Integers, key_of, uniform
from simulators.terrain import Floats

_DAY_S = 86_400.0
#: A lithium cell that no panel loads: V when it is new, and when the device stops.
_FULL_V, _EMPTY_V = 4.1, 3.1
#: Share of devices on such a cell, days that it lasts, hours until somebody comes and changes it.
_CELLS = 0.1
_LASTS_DAYS = (20.0, 60.0)
_CHANGED_AFTER_H = (6.0, 30.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Traits:
    """One device. Times in seconds. The clock is `offset_s` ahead, and `drift_ppm` more so with time since `set_at_s`."""

    station: str
    offset_s: float = 0.0
    drift_ppm: float = 0.0
    set_at_s: float = 0.0
    jitter_s: float = 0.0  # it stamps up to so much after the mark of its cadence
    buffer: int = 5_000  # readings it keeps while nobody listens; the oldest go first
    pack: int = 1  # readings of each series in an ordinary message, where the dialect can hold several
    cell_days: float | None = None  # how long a cell lasts; None: a solar panel
    cell_began_s: float = 0.0
    changed_after_s: float = 0.0

    def clock_error_s(self, at_s: Floats) -> Floats:
        """How far its clock is ahead at these times, without faults."""
        return self.offset_s + self.drift_ppm * 1e-6 * (at_s - self.set_at_s)

    def volts(self, seed: int, at_s: Integers) -> Floats:
        """The battery's voltage: a daily wave with a panel; without one it falls steadily from one change to the next."""
        if self.cell_days is None:
            return solar_v(seed, self.station, at_s)
        age = np.mod(at_s - self.cell_began_s, self._round_s) / (self.cell_days * _DAY_S)
        volts: Floats = np.round(_FULL_V - (_FULL_V - _EMPTY_V) * np.minimum(age, 1.0), 2)
        return volts

    @property
    def _round_s(self) -> float:
        """From one change of the cell to the next."""
        return (self.cell_days or 0.0) * _DAY_S + self.changed_after_s

    def flat_batteries(self, starts: datetime, ends: datetime) -> list[Fault]:
        """The times in the span when its cell is empty and not yet changed."""
        if self.cell_days is None:
            return []
        first = int((starts.timestamp() - self.cell_began_s) // self._round_s)
        last = int((ends.timestamp() - self.cell_began_s) // self._round_s)
        died = [self.cell_began_s + n * self._round_s + self.cell_days * _DAY_S for n in range(first, last + 1)]
        spans = [(at_s, at_s + self.changed_after_s) for at_s in died]
        return [
            Fault(
                id=f"battery-{self.station}-{number}",
                station=self.station,
                kind=FaultKind.SILENT,
                starts=datetime.fromtimestamp(begins_s, UTC),
                ends=datetime.fromtimestamp(ends_s, UTC),
            )
            for number, (begins_s, ends_s) in enumerate(spans, 1)
            if ends_s > starts.timestamp() and begins_s < ends.timestamp()
        ]


def draw_traits(stations: Sequence[Station], seed: int, starts: datetime, *, cells: float = _CELLS) -> list[Traits]:
    """One device a station. Clocks are within seconds (they are set over the network), one device in five packs three."""
    return [_drawn(station.id, seed, starts.timestamp(), cells) for station in stations]


def _drawn(station: str, seed: int, starts_s: float, cells: float) -> Traits:
    dice = uniform(key_of(seed, station, "traits"), np.arange(8, dtype=np.int64)).tolist()
    lasts = _LASTS_DAYS[0] + dice[5] * (_LASTS_DAYS[1] - _LASTS_DAYS[0])
    changed = timedelta(hours=_CHANGED_AFTER_H[0] + dice[6] * (_CHANGED_AFTER_H[1] - _CHANGED_AFTER_H[0]))
    return Traits(
        station=station,
        offset_s=round(4.0 * dice[0] - 2.0, 1),
        drift_ppm=round(40.0 * dice[1] - 20.0, 1),
        set_at_s=starts_s,
        jitter_s=round(8.0 * dice[2], 1),
        pack=3 if dice[3] < 0.2 else 1,
        cell_days=round(lasts, 2) if dice[4] < cells else None,
        cell_began_s=starts_s - dice[7] * lasts * _DAY_S,
        changed_after_s=changed.total_seconds(),
    )
