"""What a field device sends: topics, payloads, counters and battery, after docs/message_contract.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import numpy as np

from domain.quantities import QUANTITIES
from domain.times import HUE_TIME
from simulators.noise import Integers, key_of, normal, uniform
from simulators.terrain import Floats

TOPIC_ROOT = "ews/v1"
#: Readings in one packed message: about 20 KiB, far below the 256 KiB of the contract.
PACK = 144
_STATUS_NORMAL = "00"  # Thông tư 10/2021/TT-BTNMT


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One value that a device has measured."""

    station: str
    quantity: str
    at_s: float  # seconds since 1970
    value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One MQTT publication of one or several samples of one series."""

    topic: str
    payload: bytes
    readings: int
    newest_s: float  # time of its newest sample


class Counters:
    """`seq` of every station and quantity: 1, 2, 3 … in the order of sending."""

    def __init__(self, last: Mapping[str, int] | None = None) -> None:
        self.last: dict[str, int] = dict(last or {})

    def take(self, station: str, quantity: str) -> int:
        """The next number of a series."""
        key = f"{station}/{quantity}"
        self.last[key] = self.last.get(key, 0) + 1
        return self.last[key]


def topic_of(station: str, quantity: str) -> str:
    """The topic of one quantity of one station."""
    return f"{TOPIC_ROOT}/{station}/{quantity}"


def status_topic(station: str) -> str:
    """The retained topic that says online or offline."""
    return f"{TOPIC_ROOT}/{station}/status"


def message(samples: Sequence[Sample], counters: Counters, *, battery_seed: int | None) -> Message:
    """One sample as an object, several as a packed array, oldest first. All must be of one series.

    `battery_seed` None leaves the battery voltage out, as for a recording that has none.
    """
    first, newest = samples[0], samples[-1]
    objects = [_reading(sample, counters, battery_seed) for sample in samples]
    content: object = objects[0] if len(objects) == 1 else objects
    return Message(
        topic=topic_of(first.station, first.quantity),
        payload=msgspec.json.encode(content),
        readings=len(samples),
        newest_s=newest.at_s,
    )


def packed(samples: Sequence[Sample], size: int = PACK) -> Iterable[Sequence[Sample]]:
    """The samples of one series in store-and-forward portions."""
    return (samples[start : start + size] for start in range(0, len(samples), size))


def _reading(sample: Sample, counters: Counters, battery_seed: int | None) -> dict[str, object]:
    reading: dict[str, object] = {
        "observed_at": datetime.fromtimestamp(sample.at_s, HUE_TIME).isoformat(),
        "value": sample.value,
        "unit": QUANTITIES[sample.quantity].unit,
        "seq": counters.take(sample.station, sample.quantity),
        "status": _STATUS_NORMAL,
    }
    if battery_seed is not None:
        reading["battery_v"] = battery_v(battery_seed, sample.station, sample.at_s)
    return reading


def battery_v(seed: int, station: str, at_s: float) -> float:
    """The voltage of `solar_v` at one time."""
    return float(solar_v(seed, station, np.array([round(at_s)], dtype=np.int64))[0])


def solar_v(seed: int, station: str, at_s: Integers) -> Floats:
    """A lithium cell with a solar panel: 3.6-4.1 V, lowest before sunrise; each station has its own age."""
    key = key_of(seed, station, "battery")
    age = uniform(key, np.zeros(1, dtype=np.int64))
    hour = (at_s / 3600 + 7) % 24
    sun = np.where((hour >= 7) & (hour < 19), np.maximum(np.sin(np.pi * (hour - 7) / 12), 0.0), 0.0)
    volts: Floats = np.round(3.95 - 0.2 * age + 0.15 * sun + 0.01 * normal(key, at_s), 2)
    return volts


def delay_s(seed: int, station: str, at_s: float) -> float:
    """How long after measuring the device sends, 3-90 s of its own time: radio slots are shared, so no two are alike."""
    key = key_of(seed, station, "delay")
    return 3.0 + 87.0 * float(uniform(key, np.array([round(at_s)], dtype=np.int64))[0])
