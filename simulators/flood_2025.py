"""The floods of October and November 2025: rain and orders as reported, the basin between, its gauges steered to the readings.

Every value but the reported ones is SYNTHETIC. Kim Long and Phú Ốc are led through their readings; the gauges beside them
(Dã Viên, Tứ Phú) carry their share of that discharge; mountains, reservoirs and rain are the model's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from domain.csv_table import rows
from domain.reported import ReportedFlood, load_reported
from domain.times import HUE_TIME
from simulators.basin import STEP_H, BasinRun, discharge_m3s, simulate_basin, stages_m, tide_m
from simulators.catchments import NODES
from simulators.episode import CLEAN_AIR, Episode, cut, grid_h
from simulators.gauged_rain import load_gauged_rain, load_places
from simulators.reservoirs import ReleaseOrder
from simulators.steering import Reading, steered
from simulators.terrain import Floats

#: Folders of the configuration: all exercises, and this one.
EXERCISES = Path("exercises")
FOLDER = EXERCISES / "hue-2025"
BEGINS_AT = datetime(2025, 10, 25, tzinfo=HUE_TIME)
ENDS_AT = datetime(2025, 11, 6, tzinfo=HUE_TIME)
#: The basin runs so long before the flood begins, so that soil, lakes and rivers are as six days of rain leave them.
SPIN_UP = timedelta(days=4)
#: The gauges that are led through readings, each with the neighbour whose water takes the same way.
_LED = {"kim_long": "da_vien", "phu_oc": "tu_phu"}


def flood_2025(config_dir: Path) -> tuple[Episode, ReportedFlood]:
    """The steered episode and what was reported of it. Raises ConfigurationError for the files of its folder."""
    reported = load_reported(config_dir / FOLDER)
    rain = load_gauged_rain(load_places(config_dir / EXERCISES), config_dir / FOLDER / "rain.csv", BEGINS_AT)
    hours = grid_h(SPIN_UP, ENDS_AT - BEGINS_AT)
    tide = tide_m(hours + BEGINS_AT.timestamp() / 3600)
    run = simulate_basin(rain.areal_mm(hours), hours, tide, release_orders(config_dir / FOLDER, BEGINS_AT))
    for gauge, neighbour in _LED.items():
        run = _led(run, tide, gauge, neighbour, readings(reported, gauge))
    episode = Episode(begins_at=BEGINS_AT, ends_at=ENDS_AT, run=cut(run), rain=rain, dust=CLEAN_AIR)
    return episode, reported


def readings(reported: ReportedFlood, gauge: str) -> list[Reading]:
    """What a gauge is led through. Among readings that contradict each other, which are left out, the water turns."""
    odd = [_hour(level.observed_at) for level in reported.contradicted if level.station == gauge]
    told = [(_hour(level.observed_at), level.level_m) for level in reported.readings_of(gauge)]
    until = [at_h for at_h, _ in told[1:]] + [np.inf]
    return [
        Reading(at_h=at_h, level_m=level_m, turn_h=_middle([hour for hour in odd if at_h < hour < next_h]))
        for (at_h, level_m), next_h in zip(told, until, strict=True)
    ]


def _middle(hours: list[float]) -> float | None:
    return (hours[0] + hours[-1]) / 2 if hours else None


def release_orders(folder: Path, begins_at: datetime) -> tuple[ReleaseOrder, ...]:
    """The orders of orders.csv, hours since `begins_at`. Raises ConfigurationError."""
    return tuple(
        ReleaseOrder(
            dam=row.text("dam"),
            from_h=(row.time("from") - begins_at) / timedelta(hours=1),
            until_h=(row.time("until") - begins_at) / timedelta(hours=1),
            release_m3s=row.number("release_m3s"),
        )
        for row in rows(folder / "orders.csv")
    )


def _hour(at: datetime) -> float:
    return (at - BEGINS_AT) / timedelta(hours=1)


def _led(run: BasinRun, tide: Floats, gauge: str, neighbour: str, through: list[Reading]) -> BasinRun:
    """The run with one gauge led through its readings, and its neighbour given its usual share of that discharge."""
    names = [node.name for node in NODES]
    here, beside = names.index(gauge), names.index(neighbour)
    stage, flow = run.node_stage_m.copy(), run.node_discharge_m3s.copy()
    stage[:, here] = steered(stage[:, here], run.hours, through)
    flow[:, here] = discharge_m3s(stage[:, here], tide, here)
    share = run.node_discharge_m3s[:, beside] / np.maximum(run.node_discharge_m3s[:, here], 1.0)
    flow[:, beside] = flow[:, here] * _over_a_day(share)
    stage[:, beside] = stages_m(flow[:, beside], tide, beside)
    return replace(run, node_stage_m=stage, node_discharge_m3s=flow)


def _over_a_day(values: Floats) -> Floats:
    """The running mean over 24 h, so that what two gauges share changes slowly."""
    window = np.ones(round(24 / STEP_H))
    return np.convolve(values, window, "same") / np.convolve(np.ones(len(values)), window, "same")
