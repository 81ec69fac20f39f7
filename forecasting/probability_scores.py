"""Are the chances right: exceedance of an alarm level within some hours, its Brier score and reliability, spread and skill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.forecasts import HEAVIEST, LEAST, MOST, PROBABILITIES, TAIL_FACTOR
from forecasting.inputs import Booleans, Floats

_LOW, _HIGH = PROBABILITIES.index(0.1), PROBABILITIES.index(0.9)
#: Width of the 10-90 % band of a normal distribution, in standard deviations.
_BAND_SD = 2.5631
BINS = 10
#: A slope through fewer forecasts than this, or fewer events, says nothing.
_FEWEST_EVENTS = 10


def exceedance(quantiles: Floats, level_m: float) -> Floats:
    """The chance (n,) of reaching `level_m` by quantiles (n, 19) at PROBABILITIES, as LevelForecast gives it.

    Linear between quantiles, exponential beyond them. NaN where there is no forecast.
    """
    quantiles = np.column_stack([quantiles[:, :-1], _outermost(quantiles)])
    below = (quantiles <= level_m).sum(axis=1)  # how many quantiles lie at or under the level
    rows, last = np.arange(len(quantiles)), quantiles.shape[1] - 1
    left, right = np.clip(below - 1, 0, last), np.clip(below, 0, last)
    low, high = quantiles[rows, left], quantiles[rows, right]
    p = np.array(PROBABILITIES)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(high > low, (level_m - low) / (high - low), 0.0)
    chance = 1.0 - (p[left] + part * (p[right] - p[left]))
    above = _tail(level_m - quantiles[:, -1], quantiles[:, -1] - quantiles[:, -3])
    under = np.minimum(1.0 - _tail(quantiles[:, 0] - level_m, quantiles[:, 2] - quantiles[:, 0]), MOST)
    chance = np.where(level_m < quantiles[:, 0], under, np.where(level_m > quantiles[:, -1], above, chance))
    return np.where(np.isfinite(quantiles[:, 0]), chance, np.nan)


def _outermost(quantiles: Floats) -> Floats:
    """`domain.forecasts.outermost` of n forecasts."""
    at_85, at_90, at_95 = quantiles[:, -3:].T
    return np.asarray(np.where(at_90 > at_85, np.minimum(at_95, at_90 + HEAVIEST * (at_90 - at_85)), at_95))


def _tail(distance: Floats, spread: Floats) -> Floats:
    """`domain.forecasts.tail_chance` of n distances beyond the outermost quantile (negative: not beyond it)."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
        chance = PROBABILITIES[0] * TAIL_FACTOR ** (-np.maximum(distance, 0.0) / spread)
    return np.where(spread > 0, np.maximum(chance, LEAST), LEAST)


def reached_within(level: Floats, steps: int, level_m: float) -> Floats:
    """1.0 where a reading (n,) of the next `steps` steps is at or above `level_m`, 0.0 where none is; NaN where nobody knows.

    Nobody knows when the level was not read above it and fewer than half of the steps were read at all.
    """
    n = len(level)
    reached, read = np.zeros(n), np.zeros(n)
    for ahead in range(1, steps + 1):
        later = np.full(n, np.nan)
        later[: n - ahead] = level[ahead:]
        reached = np.maximum(reached, later >= level_m)
        read += np.isfinite(later)
    return np.where((reached > 0) | (2 * read >= steps), reached, np.nan)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reliability:
    """Chances against what came of them, over all forecasts of one event."""

    n: int
    events: int
    brier: float | None
    brier_skill: float | None  # against always giving the event its share
    slope: float | None  # of what came on what was said; 1 is right, below 1 is too sure
    bins: tuple[tuple[float, float, int], ...]  # mean chance, share of events, forecasts: of each tenth that was used

    def as_json(self, level_m: float) -> dict[str, object]:
        """As a report writes it."""
        return {
            "level": level_m,
            "n": self.n,
            "events": self.events,
            "brier": self.brier,
            "brier_skill": self.brier_skill,
            "slope": self.slope,
            "bins": [list(each) for each in self.bins],
        }


def reliability(chance: Floats, came: Floats) -> Reliability:
    """Of chances (n,) and outcomes (n,) of 0.0 and 1.0; pairs with a NaN are left out.

    Brier score: mean of (chance - outcome)² (Brier 1950, Mon. Weather Rev. 78). The slope is that of the least-squares line of
    outcomes on chances, that is of the reliability diagram with every forecast its own weight.
    """
    known = np.isfinite(chance) & np.isfinite(came)
    p, o = chance[known], came[known]
    if not len(p):
        return Reliability(n=0, events=0, brier=None, brier_skill=None, slope=None, bins=())
    brier, share = float(np.mean((p - o) ** 2)), float(o.mean())
    usual = share * (1 - share)
    enough = min(o.sum(), len(o) - o.sum()) >= _FEWEST_EVENTS and p.std() > 0
    number = np.minimum((p * BINS).astype(int), BINS - 1)
    bins = tuple(_bin(p[number == k], o[number == k]) for k in range(BINS) if (number == k).any())
    return Reliability(
        n=len(p),
        events=int(o.sum()),
        brier=brier,
        brier_skill=1 - brier / usual if usual > 0 else None,
        slope=float(np.cov(p, o, bias=True)[0, 1] / p.var()) if enough else None,
        bins=bins,
    )


def _bin(p: Floats, o: Floats) -> tuple[float, float, int]:
    return float(p.mean()), float(o.mean()), len(p)


def spread_skill(point: Floats, quantiles: Floats, observed: Floats, classes: int = 10) -> list[list[float]]:
    """Mean spread (m, from the 10-90 % band) and root mean square error (m) of each class of spread, smallest first.

    Where both are equal the band knows how sure it may be (Fortin et al. 2014, J. Hydrometeorol. 15).
    """
    spread = (quantiles[:, _HIGH] - quantiles[:, _LOW]) / _BAND_SD
    parts = np.array_split(np.argsort(spread, kind="stable"), min(classes, max(1, len(spread) // 10)))
    error = (point - observed) ** 2
    return [[float(np.sqrt(np.mean(spread[k] ** 2))), float(np.sqrt(error[k].mean()))] for k in parts if len(k)]


def is_below(level: Floats, level_m: float) -> Booleans:
    """Where a level (n,) was read below `level_m`: what it will do is still a question there."""
    return np.asarray(level < level_m)
