"""Level forecasts: issue time, valid time and quantiles belong together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

#: The probabilities of every forecast's quantiles: 0.05, 0.10 … 0.95.
PROBABILITIES: tuple[float, ...] = tuple(round(0.05 * k, 2) for k in range(1, 20))


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelForecast:
    """The forecast level of one gauge at one time, in m above its datum, as 19 quantiles that never cross."""

    station: str
    issued_at: datetime  # event time of the newest reading that was used
    valid_at: datetime
    quantiles_m: tuple[float, ...]  # one for each of PROBABILITIES, ascending
    model: str
    version: str
    inputs: str  # what it rested on, in words: "own level, 2 of 3 upstream gauges, rain of 5 of 6 gauges"
    expected_m: float | None = None  # mean of what may come; above the median in a rising flood. None in old records
    beyond_experience: bool = False  # higher than anything the model was calibrated on
    assumption: str = ""  # what is supposed about rain that has not fallen yet; empty in old records

    def __post_init__(self) -> None:
        if len(self.quantiles_m) != len(PROBABILITIES):
            raise ValueError(f"{len(self.quantiles_m)} quantiles; {len(PROBABILITIES)} are needed")
        if any(low > high for low, high in zip(self.quantiles_m, self.quantiles_m[1:], strict=False)):
            raise ValueError(f"quantiles cross: {self.quantiles_m}")

    @property
    def lead_time(self) -> timedelta:
        """From issue to validity."""
        return self.valid_at - self.issued_at

    @property
    def median_m(self) -> float:
        """The level that is as likely to be exceeded as not."""
        return self.quantiles_m[len(self.quantiles_m) // 2]

    @property
    def point_m(self) -> float:
        """The expected level by which forecasts are scored; in records without one, the mean of the quantiles."""
        return float(np.mean(self.quantiles_m)) if self.expected_m is None else self.expected_m

    def probability_at_or_above(self, level_m: float) -> float:
        """The chance of reaching `level_m`, 0.0-1.0, linear between quantiles; beyond them 0.025 or 0.975, never certain."""
        if level_m <= self.quantiles_m[0]:
            return 0.975 if level_m < self.quantiles_m[0] else 1 - PROBABILITIES[0]
        if level_m > self.quantiles_m[-1]:
            return 0.025
        return float(1.0 - np.interp(level_m, self.quantiles_m, PROBABILITIES))
