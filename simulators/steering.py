"""Bring a modelled stage through reported readings: the rises of the model, changed as little and as smoothly as they must be.

The unknowns are hourly rises. They are found by bounded least squares: near the model's, their change smooth in time, their
sums through every reading; from one reading to a higher one the water only rises, to a lower one it only falls, and never
faster than the bounds. So nothing wiggles between two readings that was not told. All of it is SYNTHETIC but the readings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import lsq_linear
from threadpoolctl import threadpool_limits

from simulators.terrain import Floats

#: How sure each wish is, m: a reading is met to the millimetre, an hour's rise is near the model's and changes smoothly, and
#: far from all readings the level itself comes back to the model's.
_READING_M, _RISE_M, _BEND_M, _LEVEL_M = 0.002, 0.10, 0.02, 2.0
#: Fastest rise and fall of the lowland gauges, m/h: 0.18 m/h up (3 November 2025) and 0.17 m/h down (30 October 2025) were
#: reported as means over hours, so that single hours are somewhat faster.
FASTEST_RISE_M, FASTEST_FALL_M = 0.30, 0.25
#: Between two readings the water moves at no hour slower than this share of its mean rate, so that a peak stands where it was read.
_LEAST_SHARE = 0.1
#: The first reading of a flood tells of a crossing: so long before it the water rises, so many m/h at least.
RISING_H, RISING_M = 12.0, 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A reported level, hours on the model's clock; whole hours, as bulletins tell them."""

    at_h: float
    level_m: float
    turn_h: float | None = None  # before the next reading the water falls until then and rises after


def steered(model_m: Floats, hours: Floats, readings: Sequence[Reading]) -> Floats:
    """The model's stage on its grid `hours`, led through the readings; the same grid, m.

    Raises ValueError when readings are out of order or ask for more than the fastest rise or fall.
    """
    knots: Floats = np.arange(np.ceil(hours[0]), np.floor(hours[-1]) + 0.5)
    wanted = np.diff(np.interp(knots, hours, model_m))
    low, high = _bounds(knots, readings)
    start = float(np.interp(knots[0], hours, model_m))
    rises = _rises(wanted, low, high, _sums(knots, readings), np.array([r.level_m for r in readings]) - start)
    curve = PchipInterpolator(knots, start + np.concatenate([[0.0], np.cumsum(rises)]), extrapolate=True)
    level: Floats = curve(np.clip(hours, knots[0], knots[-1]))
    return level


def _bounds(knots: Floats, readings: Sequence[Reading]) -> tuple[Floats, Floats]:
    """The least and the greatest rise of every hour."""
    low, high = np.full(len(knots) - 1, -FASTEST_FALL_M), np.full(len(knots) - 1, FASTEST_RISE_M)
    hours = knots[:-1]
    for before, after in pairwise(readings):
        _bound_between(hours, before, after, low, high)
    if readings:
        low[(hours >= readings[0].at_h - RISING_H) & (hours < readings[0].at_h)] = RISING_M
    if readings and readings[-1].level_m >= max(r.level_m for r in readings):
        high[hours >= readings[-1].at_h] = 0.0  # the highest that was reported: nothing after it was higher
    still = high - low < 1e-6  # least squares want room between bounds
    high[still] += 1e-6
    return low, high


def _bound_between(hours: Floats, before: Reading, after: Reading, low: Floats, high: Floats) -> None:
    """Set the bounds of the hours from one reading to the next."""
    span_h, rise_m = after.at_h - before.at_h, after.level_m - before.level_m
    if span_h <= 0 or not -FASTEST_FALL_M <= rise_m / span_h <= FASTEST_RISE_M:
        told = f"a reading of {after.level_m} m {span_h:g} h after one of {before.level_m} m"
        raise ValueError(f"{told} cannot be reached")
    within = (hours >= before.at_h) & (hours < after.at_h)
    if before.turn_h is None:
        (low if rise_m >= 0 else high)[within] = _LEAST_SHARE * rise_m / span_h
    else:
        high[within & (hours < before.turn_h)] = 0.0
        low[within & (hours >= before.turn_h)] = 0.0


def _sums(knots: Floats, readings: Sequence[Reading]) -> Floats:
    """Which hours' rises add up to every reading, shape (readings, hours)."""
    until = np.array([r.at_h for r in readings])
    sums: Floats = (knots[None, 1:] <= until[:, None] + 1e-9).astype(float)
    return sums


def _rises(wanted: Floats, low: Floats, high: Floats, sums: Floats, told: Floats) -> Floats:
    """The hourly rises, m."""
    many = len(wanted)
    bend, level = np.diff(np.eye(many), axis=0), np.tri(many)
    matrix = np.vstack([np.eye(many) / _RISE_M, bend / _BEND_M, level / _LEVEL_M, sums / _READING_M])
    target = np.concatenate([wanted / _RISE_M, bend @ wanted / _BEND_M, level @ wanted / _LEVEL_M, told / _READING_M])
    with threadpool_limits(1):  # many threads take thirty times as long over matrices of this size
        found: Floats = lsq_linear(matrix, target, (low, high), tol=1e-10).x
    return found
