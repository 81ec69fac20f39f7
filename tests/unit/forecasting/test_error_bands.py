from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.error_bands import fit_band

RNG = np.random.default_rng(3)
STATE = RNG.normal(size=(4000, 2))
ERRORS = RNG.normal(size=4000) * np.exp(STATE[:, 0]) * 0.05
BAND = fit_band(ERRORS, STATE)


def test_the_band_widens_with_the_state_that_errors_depend_on() -> None:
    calm, wild = BAND.at(np.array([[-1.0, 0.0], [1.5, 0.0]]))
    assert (wild[-1] - wild[0]) > 5 * (calm[-1] - calm[0])


def test_four_fifths_of_new_errors_lie_inside_in_calm_and_in_wild_states() -> None:
    rng = np.random.default_rng(9)
    state = rng.normal(size=(4000, 2))
    errors = rng.normal(size=4000) * np.exp(state[:, 0]) * 0.05
    bands = BAND.at(state)
    inside = (errors >= bands[:, 1]) & (errors <= bands[:, -2])
    for part in (state[:, 0] < -0.5, state[:, 0] > 1.0):
        assert 0.74 < inside[part].mean() < 0.86


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2), st.floats(0.1, 10))
@settings(max_examples=200, deadline=None)
def test_quantiles_never_cross_whatever_the_state(state: list[float], widen: float) -> None:
    assert (np.diff(BAND.at(np.array([state]), widen)[0]) >= 0).all()


def test_one_error_and_equal_errors_still_give_a_band() -> None:
    for errors in (np.array([0.1]), np.zeros(50)):
        band = fit_band(errors, np.zeros((len(errors), 2)))
        assert np.isfinite(band.at(np.zeros((1, 2)))).all()


def test_calm_is_one_in_usual_states_and_zero_in_the_rarest() -> None:
    usual, rare = BAND.calm(np.array([[-1.0, 0.0], [3.0, 0.0]]))
    assert usual == 1.0
    assert rare == 0.0
