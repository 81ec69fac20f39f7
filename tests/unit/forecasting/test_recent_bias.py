from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting.candidates import Predicted
from forecasting.inputs import GaugeInputs, align
from forecasting.recent_bias import recent_bias

N, LEAD = 600, 6
INDEX = pd.date_range("2025-01-01", periods=N, freq="h", tz="UTC")
EDGES = np.linspace(-0.2, 0.2, 19)
NOISE = np.random.default_rng(4).normal(size=N)


def bias(level: np.ndarray, *, resolution_m: float = 0.01, wider: float = 1.0) -> np.ndarray:
    """What is added to a forecast of 0 m with a band of 0.2 m to both sides, the last of all so much wider."""
    grid = align(GaugeInputs(station="g", level=pd.Series(level, index=INDEX).dropna()), INDEX[-1].to_pydatetime())
    errors = np.tile(EDGES, (N, 1))
    errors[-1] *= wider
    predicted = Predicted(point=np.zeros(N), errors=errors, calm=np.ones(N))
    return recent_bias(predicted, LEAD, grid, resolution_m)


def test_water_that_stands_beside_its_forecasts_day_after_day_draws_them_there() -> None:
    assert bias(-0.08 + 0.01 * NOISE)[-1] == pytest.approx(-0.08, abs=0.005)
    assert bias(0.08 + 0.01 * NOISE)[-1] == pytest.approx(0.08, abs=0.005)


def test_what_is_as_often_above_as_below_moves_nothing() -> None:
    assert np.abs(bias(0.05 * NOISE)[200:]).max() < 0.01


def test_a_bias_within_the_rounding_is_none() -> None:
    assert (bias(np.full(N, 0.002)) == 0.0).all()
    assert bias(np.full(N, 0.002), resolution_m=0.001)[-1] > 0.001


def test_quiet_days_say_little_about_a_state_whose_errors_are_far_larger() -> None:
    level = 0.1 + 0.001 * NOISE
    assert bias(level, wider=10.0)[-1] == pytest.approx(0.1 * bias(level)[-1], rel=0.02)


def test_a_flood_that_no_forecast_saw_is_no_bias() -> None:
    level = 0.01 * NOISE
    level[400:412] = 3.0
    assert np.abs(bias(level)[412:]).max() < 0.01


def test_outcomes_count_from_the_moment_they_are_known_and_for_five_days() -> None:
    level = np.zeros(N)
    level[300:] = 0.1
    changed = bias(level)
    np.testing.assert_array_equal(changed[:300], 0.0)
    assert changed[300 + 120] == pytest.approx(0.1, abs=0.01)
    back = level.copy()
    back[450:] = 0.0
    assert bias(back)[450 + 121] == 0.0
    np.testing.assert_array_equal(bias(back)[:450], changed[:450])


def test_hours_without_a_reading_are_left_out() -> None:
    level = np.where(np.arange(N) % 3 == 0, 0.08, np.nan)
    level[-1] = 0.08
    assert bias(level)[-1] == pytest.approx(0.08, abs=0.005)
    assert (bias(np.where(np.arange(N) < 300, 0.08, np.nan))[430:] == 0.0).all()
