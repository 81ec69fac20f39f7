"""Level forecasts: issue time, valid time and quantiles belong together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Chance = TypeVar("Chance", float, npt.NDArray[np.float64])

#: The probabilities of every forecast's quantiles: 0.05, 0.10 … 0.95.
PROBABILITIES: tuple[float, ...] = tuple(round(0.05 * k, 2) for k in range(1, 20))
#: No chance lies outside these. Of calm there are years to know it by, of water far above a level hours.
LEAST, MOST = 0.001, 0.99
#: From the quantile at 0.85 to that at 0.95 the chance of more falls to a third; beyond, by the same factor over the same way.
TAIL_FACTOR = 3.0
#: In a flood the outermost upper quantile says how far one flood in twenty goes, not one hour in twenty. For chances it lies at most so
#: many times as far above the quantile at 0.9 as that lies above the one at 0.85: as in a Pareto tail of shape 1.
HEAVIEST = 3.0
#: Where the chance of reaching a level at any time lies between its bounds, which are the largest of the chances at single times
#: (they are one event) and one less the product of their complements (they have nothing to do with each other).
_APART = 0.7


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
        """The chance of reaching `level_m` at the valid time, 0.0-1.0, linear between quantiles; beyond them see `tail_chance`."""
        low, high = self.quantiles_m[0], outermost(*self.quantiles_m[-3:])
        if level_m <= low:
            return min(MOST, 1.0 - tail_chance(low - level_m, self.quantiles_m[2] - low))
        if level_m > high:
            return tail_chance(level_m - high, high - self.quantiles_m[-3])
        return float(1.0 - np.interp(level_m, (*self.quantiles_m[:-1], high), PROBABILITIES))


def outermost(at_85: float, at_90: float, at_95: float) -> float:
    """The quantile at 0.95 as chances count it, from the three highest. Unbounded where those below it are equal."""
    return min(at_95, at_90 + HEAVIEST * (at_90 - at_85)) if at_90 > at_85 else at_95


def tail_chance(distance_m: float, spread_m: float) -> float:
    """The chance of lying farther out than `distance_m` beyond an outermost quantile, 0.05 at the quantile itself.

    Exponential (the generalised Pareto tail of shape 0: Pickands 1975, Ann. Stat. 3), at the rate at which it fell over `spread_m`,
    the way there from the quantile at 0.85 (or 0.15). Never below LEAST.
    """
    if distance_m <= 0:
        return PROBABILITIES[0]
    return max(LEAST, PROBABILITIES[0] * TAIL_FACTOR ** (-distance_m / spread_m)) if spread_m > 0 else LEAST


def chance_within(chances: Iterable[float]) -> float:
    """The chance of reaching a level at any time up to the last of several, from the `chances` of reaching it at each.

    It grows with every lead that is added, and with each chance. 0.0 without any.
    """
    largest, none = 0.0, 1.0
    for chance in chances:
        largest, none = max(largest, chance), none * (1.0 - chance)
    return at_any_time(largest, none)


def at_any_time(largest: Chance, none: Chance) -> Chance:
    """`chance_within` from the largest of the chances and the product of their complements; numbers or arrays of them."""
    return largest + _APART * (1.0 - none - largest)
