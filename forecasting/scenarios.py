"""What is supposed about rain that has not fallen yet, and what difference it makes to the stage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np
import pandas as pd

from forecasting.inputs import Floats, StepGrid, instant
from forecasting.rainfall_runoff import Catchment, RainToCome, areal_rain, recent_rain


class RainAssumption(StrEnum):
    """Rain after the issue time."""

    AVERAGE = "as on average"  # what usually follows such rain: the statistics of the past, nothing foreseen
    NONE = "none"
    PERSISTENCE = "persistence"  # it rains on as over the last 3 h
    GIVEN = "given"  # a quantitative forecast


@dataclass(frozen=True, kw_only=True, slots=True)
class RainScenario:
    """An assumption, and the series that belongs to `GIVEN`: mm since the time before, at aware times, of the catchment's mean."""

    assumption: RainAssumption = RainAssumption.AVERAGE
    rain_mm: pd.Series[float] | None = None
    source: str = ""  # who made the series, as people read it

    def __post_init__(self) -> None:
        if (self.assumption is RainAssumption.GIVEN) != (self.rain_mm is not None):
            raise ValueError("a series of rain belongs to the assumption 'given', and only to it")
        if self.rain_mm is not None and pd.DatetimeIndex(self.rain_mm.index).tz is None:
            raise ValueError("the times of the given rain have no time zone")

    def in_words(self, covered_h: float) -> str:
        """The assumption as a forecast states it; a given series is said to reach `covered_h` hours."""
        if self.assumption is RainAssumption.GIVEN:
            return f"rain to come: {self.source or 'given series'}, {covered_h:g} h"
        return f"rain to come: {self.assumption.value}"

    def steps(self, grid: StepGrid, count: int) -> tuple[Floats, int]:
        """Rain in mm of each of the `count` steps after the last of `grid`, and how many of them the scenario covers.

        A given series that ends early is followed by no rain: nothing is made up for it.
        """
        if self.rain_mm is None:
            recent = float(recent_rain(areal_rain(grid), grid)[-1])
            goes_on = self.assumption is RainAssumption.PERSISTENCE
            return np.full(count, recent if goes_on else 0.0), count
        last = instant(int(grid.times_ns[-1]))
        row = _steps_after(pd.DatetimeIndex(self.rain_mm.index), last, grid.step)
        value = self.rain_mm.to_numpy(dtype=np.float64)
        inside = (row >= 0) & (row < count) & np.isfinite(value) & (value >= 0)
        covered = int(row[inside].max()) + 1 if inside.any() else 0
        total = np.bincount(row[inside], weights=value[inside], minlength=count)
        return np.asarray(total, dtype=np.float64), covered


def stage_differences(catchment: Catchment, grid: StepGrid, scenario_mm: Floats, leads: tuple[int, ...]) -> Floats:
    """By how much (m) the stage after each of `leads` steps is higher under the scenario than under average rain."""
    areal, last = areal_rain(grid), np.array([len(grid.level) - 1])
    average = catchment.expected_rain(recent_rain(areal, grid)[last], leads[-1])
    under = [
        catchment.ahead(grid, areal, RainToCome(rows=last, leads=leads, rain_mm=rain))[0]
        for rain in (scenario_mm[None, :], average)
    ]
    return np.asarray(under[0] - under[1])


def _steps_after(
    times: pd.DatetimeIndex, last: datetime, step: timedelta
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The step (0: the first) after `last` in whose interval (begin, end] each time lies."""
    since = (times - pd.Timestamp(last)) / pd.Timedelta(step)
    return np.asarray(np.ceil(since.to_numpy(dtype=np.float64) - 1e-9) - 1, dtype=np.int64)
