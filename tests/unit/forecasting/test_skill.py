from __future__ import annotations

import math

import numpy as np
import pytest

from domain.forecasts import PROBABILITIES
from forecasting import skill


def test_persistence_scores_zero_against_itself_and_truth_scores_one() -> None:
    now, observed = np.array([1.0, 2.0, 3.0]), np.array([1.5, 2.0, 2.0])
    assert skill.persistence_index(now, observed, now) == 0.0
    assert skill.persistence_index(observed, observed, now) == 1.0
    assert math.isnan(skill.persistence_index(now, now, now))


def test_crps_of_a_forecast_without_spread_is_its_absolute_error() -> None:
    quantiles = np.full((2, 19), 1.0)
    assert skill.crps(quantiles, np.array([1.3, 0.9])) == pytest.approx((0.3 + 0.1) / 2)


def test_crps_of_a_uniform_forecast_comes_near_its_integral() -> None:
    quantiles = np.array([PROBABILITIES])
    exact = sum((p - (p >= 0.5)) ** 2 for p in np.linspace(0, 1, 10001)) / 10001  # ∫ (F - 1)² for U(0, 1), observed 0.5
    assert skill.crps(quantiles, np.array([0.5])) == pytest.approx(exact, rel=0.06)


def test_cover80_counts_the_bounds_as_inside() -> None:
    quantiles = np.tile(np.array(PROBABILITIES), (4, 1))
    assert skill.cover80(quantiles, np.array([0.1, 0.9, 0.05, 0.95])) == 0.5


def test_crossings_of_a_level_of_exactly_zero() -> None:
    now = np.array([-0.1, -0.1, -0.1, 0.0, -0.1])
    observed = np.array([0.0, 0.2, -0.2, 0.5, -0.2])
    point = np.array([0.0, -0.1, 0.0, 0.5, -0.2])
    assert skill.crossings(point, observed, now, 0.0) == skill.Crossings(0.0, hit=1, miss=1, false=1)


def test_a_first_threshold_of_zero_is_used_for_the_floods() -> None:
    rng = np.random.default_rng(1)
    now = rng.normal(size=200)
    observed = now + 0.1
    quantiles = np.tile(now[:, None], (1, 19))
    scored = skill.score(now, observed, observed, quantiles, [0.0, 1.0])
    assert scored["pi_high"] == 1.0
    assert scored["crossing_1"]["level"] == 0.0
    assert scored["bias_top"] == 0.0
    assert skill.score(now, observed, observed, quantiles, [])["pi_high"] is None
