"""Writes synthetic_river.csv: five simulated storms at an invented river, for tests. Run it from the project's root.

.venv/bin/python tests/data/make_synthetic_river.py
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from domain.times import HUE_TIME
from simulators.basin import STEP_H
from simulators.scenario import StormRun
from simulators.storm import PERIOD_H

SEED = 5
STORMS = 5
BEGINS = datetime(2024, 9, 30, 17, tzinfo=UTC)  # midnight of 1 October in Huế
COLUMNS = ("time", "Hạ lưu", "Thượng lưu", "rain_mountain_mm", "rain_plain_mm")


def rows() -> list[list[str]]:
    """One row an hour: local time, two levels in m, rain of the past hour at two gauges in mm."""
    found = []
    for number in range(STORMS):
        begins = BEGINS + number * timedelta(hours=PERIOD_H)
        run = StormRun(SEED, number, round(begins.timestamp()))
        lower = run.node("kim_long", run.run.node_stage_m)
        upper = run.node("thuong_nhat", run.run.node_stage_m)
        rain = [run.rain_so_far_mm(*place) for place in ((16.13, 107.74), (16.46, 107.57))]
        hour = round(1 / STEP_H)
        for step in range(0, len(run.hours) - 1, hour):
            fallen = [total[step] - total[max(step - hour, 0)] for total in rain]
            at = (begins + timedelta(hours=float(run.hours[step]))).astimezone(HUE_TIME)
            values = [f"{lower[step]:.2f}", f"{upper[step]:.2f}", *(f"{mm:.1f}" for mm in np.maximum(fallen, 0.0))]
            found.append([f"{at:%Y-%m-%d %H:%M}", *values])
    return found


def main() -> None:
    """Write the file beside this script."""
    path = Path(__file__).with_name("synthetic_river.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows())


if __name__ == "__main__":
    main()
