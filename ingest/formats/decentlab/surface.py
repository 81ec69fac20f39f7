"""Models that measure radiation and the surfaces of roads, leaves and soil."""

from __future__ import annotations

from ingest.formats.decentlab.table import (
    BATTERY,
    SHT35,
    Model,
    Sensor,
    Value,
    plain,
    ratio,
    sensor_then_battery,
    signed,
    volts,
)

_PAR = "Photosynthetically active radiation"
_PAR_UNIT = "µmol⋅m⁻²⋅s⁻¹"
_FIELD_PAR = sensor_then_battery(1, Value(_PAR, lambda x, _: volts(x[0]) / 64 * 1000 * 100, _PAR_UNIT))
_ROAD = Sensor(
    6,
    (
        Value("Surface temperature", signed(0, 100), "°C"),
        Value("Air temperature", signed(1, 100), "°C"),
        Value("Air humidity", signed(2, 100), "%"),
        Value("Dew point", signed(3, 100), "°C"),
        Value("Angle", signed(4), "°"),
        Value("Sensor temperature", signed(5, 100), "°C"),
    ),
)
_WATER_CONTENT = "Volumetric water content"
_CONDUCTIVITY = "Electrical conductivity"
_SOIL_TEMPERATURE = Value("Soil temperature", signed(1, 10), "°C")


def _permittivity(counts: float) -> float:
    """TEROS 11 and 12 (Meter Group): apparent dielectric permittivity of mineral soil from calibrated counts."""
    return float((2.887e-9 * counts**3 - 2.08e-5 * counts**2 + 5.276e-2 * counts - 43.39) ** 2)


_TEROS = (
    Value("Dielectric permittivity", lambda x, _: _permittivity(x[0] / 10)),
    Value(_WATER_CONTENT, lambda x, _: x[0] / 10 * 0.0003879 - 0.6956, "m³⋅m⁻³"),
    _SOIL_TEMPERATURE,
)
#: The equation of Topp (1980): water content of mineral soil from its permittivity.
_TOPP = Value(
    _WATER_CONTENT,
    lambda x, _: 4.3e-6 * (x[0] / 50) ** 3 - 5.5e-4 * (x[0] / 50) ** 2 + 2.92e-2 * (x[0] / 50) - 5.3e-2,
    "m³⋅m⁻³",
)
_DECAGON = (
    Value("Dielectric permittivity", plain(0, 50)),
    _TOPP,
    Value("Soil temperature", lambda x, _: (x[1] - 400) / 10, "°C"),
)


def _heads(at: int, target: str, head: str) -> Sensor:
    return Sensor(
        2,
        (
            Value(target, lambda x, _: (x[at] - 1000) / 10, "°C"),
            Value(head, lambda x, _: (x[at + 1] - 1000) / 10, "°C"),
        ),
    )


def _levels(first: int) -> Sensor:
    levels = range(first, first + 6)
    return Sensor(
        18,
        (
            *(Value(f"Moisture at level {level}", signed(at, 100), "%") for at, level in enumerate(levels)),
            *(Value(f"Temperature at level {level}", signed(at, 100), "°C") for at, level in enumerate(levels, 6)),
            *(_salinity(at, level) for at, level in enumerate(levels, 12)),
        ),
    )


def _salinity(at: int, level: int) -> Value:
    return Value(f"Salinity at level {level}", lambda x, _: x[at] - 100)


def _profile(depth: int) -> tuple[Value, Value]:
    at = 2 * depth
    return (
        Value(f"Soil moisture at depth {depth}", lambda x, _: (x[at] - 2500) / 500),
        Value(f"Soil temperature at depth {depth}", signed(at + 1, 100), "°C"),
    )


SURFACE: dict[str, Model] = {
    "DL-PYR": sensor_then_battery(1, Value("Total solar radiation", lambda x, _: volts(x[0]) * 5000, "W⋅m⁻²")),
    "DL-PAR": sensor_then_battery(1, Value(_PAR, lambda x, _: volts(x[0]) * 5000, _PAR_UNIT)),
    "DL-EPAR": _FIELD_PAR,
    "DL-FSPAR": _FIELD_PAR,
    "DL-ALB": sensor_then_battery(
        2,
        Value("Incoming radiation", signed(0, 10), "W⋅m⁻²"),
        Value("Reflected radiation", signed(1, 10), "W⋅m⁻²"),
        Value("albedo", lambda x, _: (x[1] - 32768) / (x[0] - 32768) if min(x[0], x[1]) > 32768 else 0.0),
    ),
    "DL-CWS": Model((_ROAD, BATTERY)),
    "DL-CWS2": Model(
        (
            Sensor(2, tuple(value._replace(name=f"{value.name} (radiation shield)") for value in SHT35.values)),
            _ROAD,
            BATTERY,
        )
    ),
    "DL-WRM": Model((SHT35, _heads(0, "Surface temperature", "Head temperature"), BATTERY)),
    "DL-ITST": Model((_heads(0, "Temperature target", "Temperature head"), BATTERY)),
    "DL-ILT": sensor_then_battery(1, Value("Leaf temperature", signed(0, 100), "°C")),
    "DL-LWS": sensor_then_battery(2, Value("Leaf wetness index", lambda x, _: ratio(x))),
    "DL-10HS": sensor_then_battery(
        1,
        Value("Raw sensor reading", lambda x, _: volts(x[0]) * 1000, "mV"),
        Value(
            _WATER_CONTENT,
            lambda x, _: (
                2.97e-9 * (volts(x[0]) * 1000) ** 3
                - 7.37e-6 * (volts(x[0]) * 1000) ** 2
                + 6.69e-3 * (volts(x[0]) * 1000)
                - 1.92
            ),
            "m³⋅m⁻³",
        ),
    ),
    "DL-5TM": sensor_then_battery(2, *_DECAGON),
    "DL-5TE": sensor_then_battery(3, *_DECAGON, Value(_CONDUCTIVITY, lambda x, _: x[2] * 10, "µS⋅cm⁻¹")),
    "DL-GS3": sensor_then_battery(
        3,
        Value("Dielectric permittivity", plain(0, 100)),
        Value(
            _WATER_CONTENT,
            lambda x, _: 5.89e-6 * (x[0] / 100) ** 3 - 7.62e-4 * (x[0] / 100) ** 2 + 3.67e-2 * (x[0] / 100) - 7.53e-2,
            "m³⋅m⁻³",
        ),
        _SOIL_TEMPERATURE,
        Value(_CONDUCTIVITY, plain(2), "µS⋅cm⁻¹"),
    ),
    "DL-TRS11": sensor_then_battery(2, *_TEROS),
    "DL-TRS12": sensor_then_battery(3, *_TEROS, Value(_CONDUCTIVITY, plain(2), "µS⋅cm⁻¹")),
    "DL-TRS21": sensor_then_battery(2, Value("Water potential", lambda x, _: -x[0] / 10, "kPa"), _SOIL_TEMPERATURE),
    "DL-SMTP": sensor_then_battery(16, *(value for depth in range(8) for value in _profile(depth))),
    "DL-SDD": Model((_levels(0), _levels(6), BATTERY)),
    "DL-TP": sensor_then_battery(
        16, *(Value(f"Temperature at level {level}", signed(level, 100), "°C") for level in range(16))
    ),
}
