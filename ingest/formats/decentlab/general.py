"""Models for any sensor: analogue and digital inputs, thermometers, scales, plants."""

from __future__ import annotations

import math

from ingest.formats.decentlab.table import (
    BATTERY,
    Convert,
    Model,
    Parameters,
    Sensor,
    Value,
    Words,
    double,
    plain,
    ratio,
    sensor_then_battery,
    signed,
    volts,
)


def _bridge(x: Words) -> float:
    """A resistance in Ω against the 2000 Ω of the device."""
    return ratio(x) * 2000 / (1 - ratio(x))


def _pt100(x: Words, p: Parameters) -> float:
    ohm = ratio(x) / 2 * p["R"] / (1 - ratio(x) / 2)
    return -244.83 + 2.3419 * ohm + 0.0010664 * ohm**2


def _thermistor(x: Words) -> float:
    return 1000 / (ratio(x) / 2) - 41000


def _steinhart_hart(x: Words, _: Parameters) -> float:
    log = math.log(_thermistor(x))
    return 1 / (0.0008271111 + 0.000208802 * log + 0.000000080592 * log**3) - 273.15


def _hertz(x: Words) -> float:
    return x[0] / x[1] * 32768


def _strained(x: Words, p: Parameters) -> float:
    """The weight on a vibrating wire, g."""
    return float((_hertz(x) ** 2 - p["f0"] ** 2) * p["k"] / 1000000)


def _elongated(x: Words, p: Parameters) -> float:
    return _strained(x, p) * -1.5 / 1000 * 9.8067


def _thermometer(channel: int) -> Sensor:
    return Sensor(2, (Value(f"CH{channel}: Temperature", signed(0, 16), "°C"), Value(f"CH{channel}: ID", plain(1))))


def _pulses(channel: int) -> Sensor:
    return Sensor(
        4,
        (
            Value(f"CH{channel}: Pulse count", plain(0)),
            Value(f"CH{channel}: Pulse interval", plain(1), "s"),
            Value(f"CH{channel}: Cumulative pulse count", double(2)),
        ),
    )


def _sap(at: int) -> Convert:
    return lambda x, _: (x[at] * 16 - 50000) / 1000


def _share(at: int) -> Convert:
    return lambda x, _: (x[at] * 32 - 1000000) / 100000


GENERAL: dict[str, Model] = {
    "DL-DLR2-003": sensor_then_battery(1, Value("Input", plain(0))),
    "DL-DLR2-004": sensor_then_battery(1, Value("Current", lambda x, p: volts(x[0]) / 2 / p["R"] * 1000, "mA"), R=10.0),
    "DL-DLR2-005": sensor_then_battery(2, Value("Voltage", lambda x, _: 3 * ratio(x), "V")),
    "DL-DLR2-006": sensor_then_battery(2, Value("Potentiometer position", lambda x, _: ratio(x))),
    "DL-DLR2-008": sensor_then_battery(2, Value("Temperature", _pt100, "°C"), R=2000),
    "DL-DLR2-009": sensor_then_battery(
        2,
        Value("Thermistor resistance", lambda x, _: _bridge(x), "Ω"),
        Value("Temperature", lambda x, _: -245.18 + 0.23469 * _bridge(x) + 0.0000104876 * _bridge(x) ** 2, "°C"),
    ),
    "DL-DLR2-010": Model((_pulses(0), _pulses(1), BATTERY)),
    "DL-DLR2-011": Model(
        (Sensor(1, (Value("CH0: Input", plain(0)),)), Sensor(1, (Value("CH1: Input", plain(0)),)), BATTERY)
    ),
    "DL-DLR2-012": sensor_then_battery(
        2, Value("Strain gauge", lambda x, _: ratio(x) / 64 * 4 / 2.02 * 1000000, "µm⋅m⁻¹")
    ),
    "DL-DS18": sensor_then_battery(1, Value("Temperature", signed(0, 16), "°C")),
    "DL-DS182": Model((_thermometer(0), _thermometer(1), BATTERY)),
    "DL-BLG": sensor_then_battery(
        2,
        Value("Voltage ratio", lambda x, _: ratio(x) / 2),
        Value("Thermistor resistance", lambda x, _: _thermistor(x), "Ω"),
        Value("Temperature", _steinhart_hart, "°C"),
    ),
    "DL-DWS": sensor_then_battery(
        3,
        Value("Frequency", lambda x, _: _hertz(x), "Hz"),
        Value("Weight", lambda x, p: (_hertz(x) ** 2 - p["f02"]) * p["s"] + p["m0"], "g"),
        f02=232263168,
        s=0.000302459,
        m0=1370,
    ),
    "DL-KL66": sensor_then_battery(
        3,
        Value("Counter reading", plain(0)),
        Value("Measurement interval", plain(1, 32768)),
        Value("Frequency", lambda x, _: _hertz(x), "Hz"),
        Value("Weight", _strained, "g"),
        Value("Elongation", _elongated, "µm"),
        Value("Strain", lambda x, p: _elongated(x, p) / 0.066, "µm⋅m⁻¹"),
        f0=15383.72,
        k=46.4859,
    ),
    "DL-LPW": sensor_then_battery(2, Value("Potentiometer position", lambda x, _: ratio(x) * 100, "%")),
    "DL-ZN1": sensor_then_battery(2, Value("Dendrometer position", lambda x, _: ratio(x) * 20000, "µm")),
    "DL-ZN2": sensor_then_battery(
        4,
        Value("Dendrometer A Position", lambda x, _: ratio(x) * 20000, "µm"),
        Value("Dendrometer B Position", lambda x, _: (ratio(x) - ratio(x, 2)) * 20000, "µm"),
    ),
    "DL-IFD": sensor_then_battery(1, Value("Fruit size", plain(0, 100), "mm")),
    "DL-ISD": sensor_then_battery(1, Value("Stem size", plain(0, 1000), "mm")),
    "DL-ISF": sensor_then_battery(
        16,
        Value("Sap flow", _sap(0), "l⋅h⁻¹"),
        Value("Heat velocity (outer)", _sap(1), "cm⋅h⁻¹"),
        Value("Heat velocity (inner)", _sap(2), "cm⋅h⁻¹"),
        Value("Alpha (outer)", _share(3)),
        Value("Alpha (inner)", _share(4)),
        Value("Beta (outer)", _share(5)),
        Value("Beta (inner)", _share(6)),
        Value("Tmax (outer)", plain(7, 500), "s"),
        Value("Tmax (inner)", plain(8, 500), "s"),
        Value("Temperature (outer)", signed(9, 100), "°C"),
        Value("Max voltage", signed(10, 1000), "V"),
        Value("Min voltage", signed(11, 1000), "V"),
        Value("Diagnostic", double(12)),
        Value("Upstream Tmax (outer)", plain(14, 500), "s"),
        Value("Upstream Tmax (inner)", plain(15, 500), "s"),
    ),
}
