"""The words of the model tables: what one value of a sensor is made of.

A sensor sends a fixed number of 16-bit words. A value is a function of those words and of the parameters of the device.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

Words = Sequence[int]
Parameters = Mapping[str, float]
Convert = Callable[[Words, Parameters], float]


class Value(NamedTuple):
    """One value of a sensor by its name in the vendor's documents."""

    name: str
    convert: Convert
    unit: str | None = None


class Sensor(NamedTuple):
    """Words that come together, or not at all."""

    words: int
    values: tuple[Value, ...]


class Model(NamedTuple):
    """A device: its sensors in the order of the flag bits, and the parameters that calibrate it with usual values."""

    sensors: tuple[Sensor, ...]
    parameters: Parameters = MappingProxyType({})


def plain(at: int, over: float = 1) -> Convert:
    """An unsigned word, divided."""
    return lambda words, _: words[at] / over


def signed(at: int, over: float = 1) -> Convert:
    """A word whose zero is 32768, divided."""
    return lambda words, _: (words[at] - 32768) / over


def double(at: int, over: float = 1) -> Convert:
    """Two words, the low one first, divided."""
    return lambda words, _: (words[at] + words[at + 1] * 65536) / over


def ratio(words: Words, at: int = 0) -> float:
    """The reading of a 24-bit bipolar converter as a share of its range: -1 to 1."""
    return (words[at] + words[at + 1] * 65536) / 8388608 - 1


def volts(word: int) -> float:
    """The reading of a 16-bit bipolar converter with a range of 3 V."""
    return 3 * (word - 32768) / 32768


BATTERY = Sensor(1, (Value("Battery voltage", plain(0, 1000), "V"),))


def sensor_then_battery(words: int, *values: Value, **parameters: float) -> Model:
    """The usual device: one sensor, and the battery."""
    return Model((Sensor(words, values), BATTERY), parameters)


#: Two humidity sensors of Sensirion by their data sheets; air temperature and humidity in two words.
SHT21 = Sensor(
    2,
    (
        Value("Air temperature", lambda x, _: 175.72 * x[0] / 65536 - 46.85, "°C"),
        Value("Air humidity", lambda x, _: 125 * x[1] / 65536 - 6, "%"),
    ),
)
SHT35 = Sensor(
    2,
    (
        Value("Air temperature", lambda x, _: 175 * x[0] / 65535 - 45, "°C"),
        Value("Air humidity", lambda x, _: 100 * x[1] / 65535, "%"),
    ),
)
