from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting.candidates import Predicted
from forecasting.inputs import GaugeInputs, align
from forecasting.recent_errors import recent_widths, resolution

N = 800
INDEX = pd.date_range("2025-01-01", periods=N, freq="h", tz="UTC")
EDGES = np.linspace(-0.1125, 0.1125, 19)  # the 10-90 % band reaches from -0.1 to 0.1 m


def width(
    actual_sd: float, calm: float, shift: float = 0.0, *, side: str = "upper", lead: int = 6, **how: bool
) -> np.ndarray:
    level = pd.Series(np.random.default_rng(4).normal(shift, actual_sd, size=N), index=INDEX)
    grid = align(GaugeInputs(station="g", level=level), INDEX[-1].to_pydatetime())
    predicted = Predicted(point=np.zeros(N), errors=np.tile(EDGES, (N, 1)), calm=np.full(N, calm))
    return getattr(recent_widths(predicted, lead, grid, 0.001, **how), side)


def test_a_season_above_its_forecasts_widens_the_upper_half_alone() -> None:
    upper, lower = (width(0.1 / 1.2816, 1.0, shift=0.08, side=side)[-1] for side in ("upper", "lower"))
    assert upper > 1.4
    assert lower < 0.8


def test_the_newest_alone_is_the_last_of_all() -> None:
    every, newest = (width(0.2, 1.0, newest_only=only) for only in (False, True))
    assert newest[-1] == pytest.approx(every[-1], abs=1e-12)
    assert (newest[:-1] == 1.0).all()


def test_a_band_that_was_right_stays() -> None:
    assert width(0.1 / 1.2816, 1.0)[-1] == pytest.approx(1.0, abs=0.1)


def test_a_band_that_was_too_narrow_is_widened_and_one_too_wide_narrowed() -> None:
    assert 1.6 < width(2 * 0.1 / 1.2816, 1.0)[-1] < 2.0
    assert 0.5 <= width(0.3 * 0.1 / 1.2816, 1.0)[-1] < 0.7


def test_forty_outcomes_say_more_of_one_hour_ahead_than_of_six() -> None:
    hour, six = (width(0.2, 1.0, lead=lead)[39 + lead] for lead in (1, 6))
    assert hour > 1.15
    assert 1.0 < six < 1.05


def test_quiet_weeks_say_nothing_about_a_rare_state() -> None:
    np.testing.assert_array_equal(width(0.001, 0.0), np.ones(N))


def test_only_outcomes_that_were_known_count() -> None:
    assert (width(5.0, 1.0)[:6] == 1.0).all()
    assert width(5.0, 1.0)[6] != 1.0
    assert width(5.0, 1.0)[500] > 1.0


def test_a_band_within_the_rounding_is_left_alone() -> None:
    """A still river read in centimetres: nearly all errors are far below half a centimetre, and so is the band."""
    level = pd.Series(np.where(np.arange(N) % 50 == 0, 0.01, 0.0), index=INDEX)
    grid = align(GaugeInputs(station="g", level=level), INDEX[-1].to_pydatetime())
    predicted = Predicted(point=np.full(N, 1e-5), errors=np.tile(EDGES / 300, (N, 1)), calm=np.ones(N))
    assert recent_widths(predicted, 6, grid, 0.01).upper[-1] == pytest.approx(1.0, abs=0.06)
    assert recent_widths(predicted, 6, grid, 0.0).upper[-1] < 0.6


def test_the_resolution_is_what_the_smallest_changes_are() -> None:
    flow = np.random.default_rng(3).normal(size=500).cumsum() / 50
    assert resolution(np.round(flow, 2)) == pytest.approx(0.01)
    assert resolution(np.round(flow / 0.05) * 0.05 + 0.013) == pytest.approx(0.05)
    assert resolution(np.full(5, 2.0)) == 0.01
