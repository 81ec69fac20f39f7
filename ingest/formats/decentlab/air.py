"""Models that measure weather and air."""

from __future__ import annotations

from ingest.formats.decentlab.table import (
    BATTERY,
    SHT21,
    SHT35,
    Convert,
    Model,
    Sensor,
    Value,
    double,
    plain,
    sensor_then_battery,
    signed,
    volts,
)

_PRESSURE = Sensor(1, (Value("Barometric pressure", lambda x, _: x[0] * 2, "Pa"),))
_CO2 = Value("CO2 concentration", signed(0), "ppm")
_PM_MASSES = ("PM1.0", "PM2.5", "PM4", "PM10")
_PM_COUNTS = ("PM0.5", *_PM_MASSES)


def _wind(at: int) -> tuple[Value, ...]:
    return (
        Value("Wind speed", signed(at, 100), "m⋅s⁻¹"),
        Value("Wind direction", signed(at + 1, 10), "°"),
        Value("Maximum wind speed", signed(at + 2, 100), "m⋅s⁻¹"),
        Value("Air temperature", signed(at + 3, 10), "°C"),
    )


_LIGHTNING = (
    Value("Lightning strike count", signed(2)),
    Value("Lightning average distance", signed(3), "km"),
)


def _gas(channel: int, gas: str) -> Sensor:
    """An electrochemical cell: working and auxiliary electrode, zero and sensitivity from the cell's certificate."""

    def ppb(at: int, *, auxiliary: bool) -> Convert:
        return lambda x, p: (
            (volts(x[at]) * 1000 - p[f"{gas}_WE_0"] + (p[f"{gas}_AUX_0"] if auxiliary else 0)) / p[f"{gas}_S"]
        )

    name = f"CH{channel}: {gas}"
    return Sensor(
        2,
        (
            Value(f"{name} (we)", lambda x, _: volts(x[0]) * 1000, "mV"),
            Value(f"{name} (we-aux)", lambda x, _: volts(x[1]) * 1000, "mV"),
            Value(f"{name} concentration (we)", ppb(0, auxiliary=False), "ppb"),
            Value(f"{name} concentration (we-aux)", ppb(1, auxiliary=True), "ppb"),
        ),
    )


AIR: dict[str, Model] = {
    "DL-ATM41": sensor_then_battery(
        17,
        Value("Solar radiation", signed(0), "W⋅m⁻²"),
        Value("Precipitation", signed(1, 1000), "mm"),
        *_LIGHTNING,
        *_wind(4),
        Value("Vapor pressure", signed(8, 100), "kPa"),
        Value("Atmospheric pressure", signed(9, 100), "kPa"),
        Value("Relative humidity", signed(10, 10), "%"),
        Value("Sensor temperature (internal)", signed(11, 10), "°C"),
        Value("X orientation angle", signed(12, 10), "°"),
        Value("Y orientation angle", signed(13, 10), "°"),
        Value("Compass heading", signed(14), "°"),
        Value("North wind speed", signed(15, 100), "m⋅s⁻¹"),
        Value("East wind speed", signed(16, 100), "m⋅s⁻¹"),
    ),
    "DL-ATM41G2": sensor_then_battery(
        17,
        Value("Solar radiation", signed(0, 10), "W⋅m⁻²"),
        Value("Precipitation", plain(1, 1000), "mm"),
        *_LIGHTNING,
        *_wind(4),
        Value("Vapor pressure", signed(8, 100), "kPa"),
        Value("Barometric pressure", signed(9, 100), "kPa"),
        Value("Relative humidity", signed(10, 10), "%"),
        Value("Internal temperature", signed(11, 10), "°C"),
        Value("Tilt angle, X orientation", signed(12, 10), "°"),
        Value("Tilt angle, Y orientation", signed(13, 10), "°"),
        Value("Precipitation electrical conductivity", signed(14), "µS⋅cm⁻¹"),
        Value("Cumulative precipitation", double(15, 1000), "mm"),
    ),
    "DL-ATM22": sensor_then_battery(
        8,
        *_wind(0),
        Value("X orientation angle", signed(4, 10), "°"),
        Value("Y orientation angle", signed(5, 10), "°"),
        Value("North wind speed", signed(6, 100), "m⋅s⁻¹"),
        Value("East wind speed", signed(7, 100), "m⋅s⁻¹"),
    ),
    "DL-AC": Model(
        (SHT21, _gas(4, "NO2"), _gas(5, "NO"), _gas(6, "Ox"), _gas(7, "CO"), BATTERY),
        {
            "NO2_WE_0": 256,
            "NO2_S": 0.256,
            "NO2_AUX_0": 227,
            "NO_WE_0": 320,
            "NO_S": 0.512,
            "NO_AUX_0": 288,
            "Ox_WE_0": 235,
            "Ox_S": 0.345,
            "Ox_AUX_0": 200,
            "CO_WE_0": 544,
            "CO_S": 0.424,
            "CO_AUX_0": 301,
        },
    ),
    "DL-PM": Model(
        (
            BATTERY,
            Sensor(
                10,
                (
                    *(Value(f"{s} mass concentration", plain(i, 10), "µg⋅m⁻³") for i, s in enumerate(_PM_MASSES)),
                    Value("Typical particle size", plain(4), "nm"),
                    *(Value(f"{s} number concentration", plain(i, 10), "1⋅cm⁻³") for i, s in enumerate(_PM_COUNTS, 5)),
                ),
            ),
            SHT21,
            _PRESSURE,
        )
    ),
    "DL-IAM": Model(
        (
            BATTERY,
            SHT35,
            _PRESSURE,
            Sensor(
                2,
                (
                    Value("Ambient light (visible + infrared)", plain(0)),
                    Value("Ambient light (infrared)", plain(1)),
                    Value(
                        "Illuminance",
                        lambda x, _: max(x[0] - 1.64 * x[1], 0.59 * x[0] - 0.86 * x[1], 0) * 1.5504,
                        "lx",
                    ),
                ),
            ),
            Sensor(3, (_CO2, Value("CO2 sensor status", plain(1)), Value("Raw IR reading", plain(2)))),
            Sensor(1, (Value("Activity counter", plain(0)),)),
            Sensor(1, (Value("Total VOC", plain(0), "ppb"),)),
        )
    ),
    "DL-LP8P": Model(
        (
            SHT21,
            Sensor(
                2,
                (
                    Value("Barometer temperature", lambda x, _: (x[0] - 5000) / 100, "°C"),
                    Value("Barometric pressure", lambda x, _: x[1] * 2, "Pa"),
                ),
            ),
            Sensor(
                8,
                (
                    _CO2,
                    Value("CO2 concentration LPF", signed(1), "ppm"),
                    Value("CO2 sensor temperature", signed(2, 100), "°C"),
                    Value("Capacitor voltage 1", plain(3, 1000), "V"),
                    Value("Capacitor voltage 2", plain(4, 1000), "V"),
                    Value("CO2 sensor status", plain(5)),
                    Value("Raw IR reading", plain(6)),
                    Value("Raw IR reading LPF", plain(7)),
                ),
            ),
            BATTERY,
        )
    ),
    "DL-GMM": sensor_then_battery(
        7,
        Value("Photosynthetically active radiation", signed(0, 10), "µmol⋅m⁻²⋅s⁻¹"),
        Value("Air temperature", signed(1, 100), "°C"),
        Value("Air humidity", signed(2, 10), "%"),
        Value("CO2 concentration", signed(3), "ppm"),
        Value("Atmospheric pressure", signed(4, 100), "kPa"),
        Value("Vapor pressure deficit", signed(5, 100), "kPa"),
        Value("Dew point", signed(6, 100), "°C"),
    ),
    "DL-SHT21": Model((SHT21, BATTERY)),
    "DL-SHT35": Model((SHT35, BATTERY)),
    "DL-RHC": sensor_then_battery(
        4,
        Value("Sensor ID", double(0)),
        Value("Air humidity", plain(2, 100), "%"),
        Value("Air temperature", signed(3, 100), "°C"),
    ),
}
