"""One table of everything that is measured: unit, CF standard name, plausible span, how it aggregates, what a gap means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Aggregation(StrEnum):
    """How several values of one quantity become one for a longer interval."""

    MEAN = "mean"
    SUM = "sum"
    MAX = "max"
    LAST = "last"


class GapPolicy(StrEnum):
    """What may be assumed between two readings."""

    HOLD = "hold"  # a level stays known for a while
    NOTHING = "nothing"  # no reading means not known; rain that was not measured is not zero


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """A measured quantity. `low` and `high` bound what a working sensor in central Vietnam could ever report, in `unit`."""

    name: str
    unit: str
    cf_standard_name: str  # CF conventions, standard name table v90
    low: float
    high: float
    aggregation: Aggregation
    gap: GapPolicy
    decimals: int  # how many are shown to people


#: Ways in which quantities behave over time: how they aggregate and what a gap means.
_STATE = (Aggregation.MEAN, GapPolicy.HOLD)
_SAMPLE = (Aggregation.MEAN, GapPolicy.NOTHING)
_AMOUNT = (Aggregation.SUM, GapPolicy.NOTHING)
_PEAK = (Aggregation.MAX, GapPolicy.NOTHING)
_Behaviour = tuple[Aggregation, GapPolicy]
#: name, unit, CF standard name, (low, high), behaviour, decimals
_Row = tuple[str, str, str, tuple[float, float], _Behaviour, int]

#: Spans: levels cover the tidal gauges (below zero) and the mountain gauges and reservoirs in metres above sea; rain is per
#: reading, world record 305 mm in 42 minutes (WMO); wind ends above the Beaufort table (61.2 m/s); gases cover the VN_AQI
#: table (1459/QĐ-TCMT) with room above it.
_TABLE: tuple[_Row, ...] = (
    ("water_level", "m", "water_surface_height_above_reference_datum", (-5.0, 250.0), _STATE, 2),
    ("rainfall", "mm", "lwe_thickness_of_precipitation_amount", (0.0, 300.0), _AMOUNT, 1),
    ("discharge", "m3/s", "water_volume_transport_in_river_channel", (0.0, 30000.0), _STATE, 0),
    ("inflow", "m3/s", "water_volume_transport_in_river_channel", (0.0, 30000.0), _STATE, 0),
    ("outflow", "m3/s", "water_volume_transport_in_river_channel", (0.0, 30000.0), _STATE, 0),
    ("pm2_5", "ug/m3", "mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air", (0.0, 1500.0), _SAMPLE, 1),
    ("pm10", "ug/m3", "mass_concentration_of_pm10_ambient_aerosol_particles_in_air", (0.0, 3000.0), _SAMPLE, 1),
    ("o3", "ug/m3", "mass_concentration_of_ozone_in_air", (0.0, 2000.0), _SAMPLE, 1),
    ("no2", "ug/m3", "mass_concentration_of_nitrogen_dioxide_in_air", (0.0, 5000.0), _SAMPLE, 1),
    ("so2", "ug/m3", "mass_concentration_of_sulfur_dioxide_in_air", (0.0, 5000.0), _SAMPLE, 1),
    ("co", "ug/m3", "mass_concentration_of_carbon_monoxide_in_air", (0.0, 200000.0), _SAMPLE, 0),
    ("wind_speed", "m/s", "wind_speed", (0.0, 90.0), _SAMPLE, 1),
    ("wind_gust", "m/s", "wind_speed_of_gust", (0.0, 120.0), _PEAK, 1),
    ("wind_direction", "degree", "wind_from_direction", (0.0, 360.0), _SAMPLE, 0),
    ("pressure", "hPa", "air_pressure_at_mean_sea_level", (850.0, 1060.0), _STATE, 1),
    ("temperature", "degC", "air_temperature", (-10.0, 50.0), _STATE, 1),
    ("humidity", "%", "relative_humidity", (0.0, 100.0), _STATE, 0),
)

#: Every quantity by name.
QUANTITIES: dict[str, Quantity] = {
    name: Quantity(
        name=name,
        unit=unit,
        cf_standard_name=cf,
        low=low,
        high=high,
        aggregation=behaviour[0],
        gap=behaviour[1],
        decimals=decimals,
    )
    for name, unit, cf, (low, high), behaviour, decimals in _TABLE
}
