"""Models that measure water: distance, depth, pressure, rain, and its quality."""

from __future__ import annotations

from ingest.formats.decentlab.table import Model, Value, double, plain, sensor_then_battery, signed

_DISTANCES = tuple(
    Value(f"Distance: {what}", plain(at), "mm")
    for at, what in enumerate(
        (
            "average",
            "minimum",
            "maximum",
            "median",
            "10th percentile",
            "25th percentile",
            "75th percentile",
            "90th percentile",
            "most frequent value",
        )
    )
)
_KELLER_TEMPERATURE = Value("Temperature", lambda x, _: (x[1] - 384) * 0.003125 - 50, "°C")
_KELLER_PRESSURE = Value("Pressure", lambda x, p: (x[0] - 16384) / 32768 * (p["Pmax"] - p["Pmin"]) + p["Pmin"], "bar")
_FINE_PRESSURE = Value("Pressure", lambda x, p: (x[0] - 32768) / p["kp"], "bar")


def _depth(conductivity: float) -> Model:
    return sensor_then_battery(
        4,
        Value("Water depth", signed(0), "mm"),
        Value("Temperature", signed(1, 10), "°C"),
        Value("Electrical conductivity", lambda x, _: x[2] * conductivity, "µS⋅cm⁻¹"),
        Value("Freezing flag", plain(3)),
    )


WATER: dict[str, Model] = {
    "DL-MBX": sensor_then_battery(2, Value("Distance", plain(0), "mm"), Value("Number of valid samples", plain(1))),
    "DL-LID": sensor_then_battery(
        11, *_DISTANCES, Value("Number of samples", plain(9)), Value("Total acquisition time", plain(10, 1.024), "ms")
    ),
    "DL-LID2": sensor_then_battery(
        12,
        *_DISTANCES,
        Value("Number of valid samples", plain(9)),
        Value("Total acquisition time", plain(10, 1.024), "ms"),
        Value("Number of total samples", plain(11)),
    ),
    "DL-RAD": sensor_then_battery(
        4,
        Value("Distance", plain(0), "mm"),
        Value("Temperature", signed(1, 100), "°C"),
        Value("Reliability", signed(2, 100), "dB"),
        Value("Status", plain(3)),
    ),
    "DL-PR21": sensor_then_battery(2, _KELLER_PRESSURE, _KELLER_TEMPERATURE, Pmin=-1.0, Pmax=10.0),
    "DL-PR26": sensor_then_battery(2, _KELLER_PRESSURE, _KELLER_TEMPERATURE, Pmin=0.0, Pmax=1.0),
    "DL-PR36": sensor_then_battery(2, _FINE_PRESSURE, Value("Temperature", signed(1, 256), "°C"), kp=8192),
    "DL-PR36CTD": sensor_then_battery(
        4,
        _FINE_PRESSURE,
        Value("Temperature (electronics)", signed(1, 256), "°C"),
        Value("Temperature (PT1000)", signed(2, 256), "°C"),
        Value("Electrical conductivity", lambda x, p: (x[3] - 32768) / p["kec"], "mS⋅cm⁻¹"),
        kp=8192,
        kec=1024,
    ),
    "DL-CTD10": _depth(1),
    "DL-CTD10B": _depth(2),
    "DL-TBRG": sensor_then_battery(
        4,
        Value("Precipitation", lambda x, p: x[0] * p["resolution"], "mm"),
        Value("Precipitation interval", plain(1), "s"),
        Value("Cumulative precipitation", lambda x, p: (x[2] + x[3] * 65536) * p["resolution"], "mm"),
        resolution=0.1,
    ),
    "DL-NTU": sensor_then_battery(
        5,
        Value("Status", plain(0)),
        Value("Temperature", signed(1, 100), "°C"),
        Value("Turbidity in NTU", plain(2, 10), "NTU"),
        Value("Turbidity in FNU", plain(3, 10), "FNU"),
        Value("Turbidity in mg/L", plain(4, 10), "mg⋅L⁻¹"),
    ),
    "DL-OPTOD": sensor_then_battery(
        5,
        Value("Status", plain(0)),
        Value("Temperature", signed(1, 100), "°C"),
        Value("Oxygen saturation", signed(2, 100), "%"),
        Value("Oxygen concentration", signed(3, 100), "mg⋅L⁻¹"),
        Value("Oxygen concentration (alt)", signed(4, 100), "ppm"),
    ),
    "DL-PHEHT": sensor_then_battery(
        5,
        Value("Status", plain(0)),
        Value("Temperature", signed(1, 100), "°C"),
        Value("pH", signed(2, 100)),
        Value("Redox", signed(3, 10), "mV"),
        Value("pH-mV", signed(4, 10), "mV"),
    ),
    "DL-DLR2-002": sensor_then_battery(
        4,
        Value("Pulse count", plain(0)),
        Value("Pulse interval", plain(1), "s"),
        Value("Cumulative pulse count", double(2)),
    ),
}
