"""Invented and borrowed days over Huế: storms like those of 1999 and 2023, typhoons, bad air, a night of releases, a dry month.

All SYNTHETIC, but the two that carry a real record here. The days are those of a drill, not of the events they are like.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from domain.stations import StationKind
from domain.times import HUE_TIME
from simulators.basin import simulate_basin, tide_m
from simulators.episode import CLEAN_AIR, Episode, cut, grid_h, no_cyclone
from simulators.gauged_rain import Pulse, load_places, pulsed_rain
from simulators.record import Record, load_record
from simulators.reservoirs import ReleaseOrder
from simulators.weather import Passage, passing

_SPIN_UP = timedelta(days=3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hazard:
    """One nature: when it begins, how long it lasts, and what happens in it. Hours count from its beginning."""

    begins_at: datetime
    days: int
    pulses: tuple[tuple[float, float, float, float], ...]  # centre h, spread h, mm on the Hương, mm on the Bồ
    orders: tuple[ReleaseOrder, ...] = ()
    way: Passage | None = None
    dust: float = CLEAN_AIR
    record: tuple[str, tuple[StationKind, ...]] | None = None  # file among the exercises, and who reads it


#: The Hữu Trạch, between the two, gets this share of the rain of the Hương's eastern mountains in an invented storm.
WEST_SHARE = 0.75

HAZARDS: dict[str, Hazard] = {
    # Three waves of rain in two days over wet ground, as on 1-3 November 1999: Kim Long reaches about 5.81 m.
    "storm-1999": Hazard(
        begins_at=datetime(2026, 10, 31, tzinfo=HUE_TIME),
        days=7,
        pulses=((-30, 10, 40, 40), (8, 6, 100, 100), (30, 7, 213, 188), (46, 6, 190, 166), (62, 5, 68, 66)),
    ),
    # One long wave in the night to 15 November 2023: Kim Long reaches about 4.2 m, Phú Ốc about 5.0 m.
    "storm-2023": Hazard(
        begins_at=datetime(2026, 11, 12, tzinfo=HUE_TIME),
        days=7,
        pulses=((-20, 8, 30, 30), (34, 8, 102, 118), (77, 8, 255, 318)),
    ),
    # A typhoon of 60 hPa that lands a little south of Huế before dawn, with the rain of its bands.
    "typhoon": Hazard(
        begins_at=datetime(2026, 9, 17, tzinfo=HUE_TIME),
        days=4,
        pulses=((20, 4, 20, 20), (38, 5, 110, 100), (46, 4, 60, 60)),
        way=Passage(passage_h=40, east_km=10, north_km=-45, east_km_h=-18, north_km_h=6, deficit_hpa=60, radius_km=35),
    ),
    # Typhoon Atsani south of Taiwan, 5-7 November 2020, as four stations there read it.
    "typhoon-record": Hazard(
        begins_at=datetime(2026, 11, 5, tzinfo=HUE_TIME),
        days=3,
        pulses=((36, 8, 0, 0),),
        record=("typhoon-record/weather.csv", (StationKind.WIND, StationKind.RAIN)),
    ),
    # Six days of winter smog at Beijing, 1-7 February 2017, as three stations there read it.
    "bad-air": Hazard(
        begins_at=datetime(2026, 2, 1, tzinfo=HUE_TIME),
        days=6,
        pulses=((36, 8, 0, 0),),
        record=("bad-air/air.csv", (StationKind.AIR,)),
    ),
    # Three dams let out water from 21h to 3h of a dry night.
    "dam-release": Hazard(
        begins_at=datetime(2025, 12, 5, tzinfo=HUE_TIME),
        days=4,
        pulses=((-40, 6, 10, 10),),
        orders=(
            ReleaseOrder(dam="ta_trach", from_h=21, until_h=27, release_m3s=1500),
            ReleaseOrder(dam="binh_dien", from_h=21, until_h=27, release_m3s=1200),
            ReleaseOrder(dam="huong_dien", from_h=22, until_h=28, release_m3s=1500),
        ),
    ),
    # Thirty days of April with three light rains and clean air.
    "dry-month": Hazard(
        begins_at=datetime(2026, 4, 1, tzinfo=HUE_TIME),
        days=30,
        pulses=((130, 2, 3, 3), (400, 3, 5, 4), (590, 1.5, 2, 3)),
    ),
}


def storm_pulses(hazard: Hazard) -> list[Pulse]:
    """Its waves of rain."""
    return [
        Pulse(centre_h=centre, spread_h=spread, mm={"huong": huong, "west": huong * WEST_SHARE, "bo": bo})
        for centre, spread, huong, bo in hazard.pulses
    ]


def hazard_episode(hazard: Hazard, config_dir: Path) -> tuple[Episode, Record | None]:
    """The basin and the weather of a hazard, and the record that its stations read. Raises ConfigurationError."""
    exercises = config_dir / "exercises"
    hours = grid_h(_SPIN_UP, timedelta(days=hazard.days))
    rain = pulsed_rain(load_places(exercises), storm_pulses(hazard))
    tide = tide_m(hours + hazard.begins_at.timestamp() / 3600)
    run = simulate_basin(rain.areal_mm(hours), hours, tide, hazard.orders)
    episode = Episode(
        begins_at=hazard.begins_at,
        ends_at=hazard.begins_at + timedelta(days=hazard.days),
        run=cut(run),
        rain=rain,
        dust=hazard.dust,
        cyclone=no_cyclone if hazard.way is None else partial(passing, hazard.way),
    )
    return episode, None if hazard.record is None else load_record(exercises / hazard.record[0], hazard.record[1])
