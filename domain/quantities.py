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


def _quantity(
    name: str, unit: str, cf: str, span: tuple[float, float], aggregation: Aggregation, gap: GapPolicy, decimals: int
) -> Quantity:
    return Quantity(
        name=name,
        unit=unit,
        cf_standard_name=cf,
        low=span[0],
        high=span[1],
        aggregation=aggregation,
        gap=gap,
        decimals=decimals,
    )


_MEAN, _SUM, _MAX = Aggregation.MEAN, Aggregation.SUM, Aggregation.MAX
_HOLD, _NOTHING = GapPolicy.HOLD, GapPolicy.NOTHING

#: Every quantity by name. Spans: levels cover the tidal gauges (below zero) and the mountain gauges and reservoirs in
#: metres above sea; rain is per reading, world record 305 mm in 42 minutes (WMO); wind ends above the Beaufort table
#: (61.2 m/s); gases cover the VN_AQI table (1459/QĐ-TCMT) with room above it.
QUANTITIES: dict[str, Quantity] = {
    q.name: q
    for q in (
        _quantity("water_level", "m", "water_surface_height_above_reference_datum", (-5.0, 250.0), _MEAN, _HOLD, 2),
        _quantity("rainfall", "mm", "lwe_thickness_of_precipitation_amount", (0.0, 300.0), _SUM, _NOTHING, 1),
        _quantity("discharge", "m3/s", "water_volume_transport_in_river_channel", (0.0, 30000.0), _MEAN, _HOLD, 0),
        _quantity("inflow", "m3/s", "water_volume_transport_in_river_channel", (0.0, 30000.0), _MEAN, _HOLD, 0),
        _quantity("outflow", "m3/s", "water_volume_transport_in_river_channel", (0.0, 30000.0), _MEAN, _HOLD, 0),
        _quantity(
            "pm2_5",
            "ug/m3",
            "mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air",
            (0.0, 1500.0),
            _MEAN,
            _NOTHING,
            1,
        ),
        _quantity(
            "pm10",
            "ug/m3",
            "mass_concentration_of_pm10_ambient_aerosol_particles_in_air",
            (0.0, 3000.0),
            _MEAN,
            _NOTHING,
            1,
        ),
        _quantity("o3", "ug/m3", "mass_concentration_of_ozone_in_air", (0.0, 2000.0), _MEAN, _NOTHING, 1),
        _quantity("no2", "ug/m3", "mass_concentration_of_nitrogen_dioxide_in_air", (0.0, 5000.0), _MEAN, _NOTHING, 1),
        _quantity("so2", "ug/m3", "mass_concentration_of_sulfur_dioxide_in_air", (0.0, 5000.0), _MEAN, _NOTHING, 1),
        _quantity("co", "ug/m3", "mass_concentration_of_carbon_monoxide_in_air", (0.0, 200000.0), _MEAN, _NOTHING, 0),
        _quantity("wind_speed", "m/s", "wind_speed", (0.0, 90.0), _MEAN, _NOTHING, 1),
        _quantity("wind_gust", "m/s", "wind_speed_of_gust", (0.0, 120.0), _MAX, _NOTHING, 1),
        _quantity("wind_direction", "degree", "wind_from_direction", (0.0, 360.0), _MEAN, _NOTHING, 0),
        _quantity("pressure", "hPa", "air_pressure_at_mean_sea_level", (850.0, 1060.0), _MEAN, _HOLD, 1),
        _quantity("temperature", "degC", "air_temperature", (-10.0, 50.0), _MEAN, _HOLD, 1),
        _quantity("humidity", "%", "relative_humidity", (0.0, 100.0), _MEAN, _HOLD, 0),
    )
}
