from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting.candidates import Predicted
from forecasting.inputs import GaugeInputs, align
from forecasting.recent_errors import recent_width

N = 800
INDEX = pd.date_range("2025-01-01", periods=N, freq="h", tz="UTC")
EDGES = np.linspace(-0.1125, 0.1125, 19)  # the 10-90 % band reaches from -0.1 to 0.1 m


def width(actual_sd: float, calm: float) -> np.ndarray:
    level = pd.Series(np.random.default_rng(4).normal(size=N) * actual_sd, index=INDEX)
    grid = align(GaugeInputs(station="g", level=level), INDEX[-1].to_pydatetime())
    predicted = Predicted(point=np.zeros(N), errors=np.tile(EDGES, (N, 1)), calm=np.full(N, calm))
    return recent_width(predicted, 6, grid)


def test_a_band_that_was_right_stays() -> None:
    assert width(0.1 / 1.2816, 1.0)[-1] == pytest.approx(1.0, abs=0.1)


def test_a_band_that_was_too_narrow_is_widened_and_one_too_wide_narrowed() -> None:
    assert 1.6 < width(2 * 0.1 / 1.2816, 1.0)[-1] < 2.0
    assert 0.5 <= width(0.3 * 0.1 / 1.2816, 1.0)[-1] < 0.7


def test_quiet_weeks_say_nothing_about_a_rare_state() -> None:
    np.testing.assert_array_equal(width(0.001, 0.0), np.ones(N))


def test_only_outcomes_that_were_known_count() -> None:
    assert (width(5.0, 1.0)[:6] == 1.0).all()
    assert width(5.0, 1.0)[6] > 1.0
