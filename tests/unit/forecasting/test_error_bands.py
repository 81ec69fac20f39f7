from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.error_bands import fit_band

RNG = np.random.default_rng(3)
STATE = RNG.normal(size=(4000, 2))
ERRORS = RNG.normal(size=4000) * np.exp(STATE[:, 0]) * 0.05
BAND = fit_band(ERRORS, STATE, 0.001, 1)


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


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2))
@settings(max_examples=200, deadline=None)
def test_no_quantile_lies_farther_than_twice_what_the_past_saw(state: list[float]) -> None:
    band = BAND.at(np.array([state]))[0]
    assert band[0] >= 2 * (ERRORS.min() - 0.001)
    assert band[-1] <= 2 * (ERRORS.max() + 0.001)


def test_a_flood_larger_than_all_others_does_not_multiply_what_was_far_for_small_errors() -> None:
    """One gauge gave 43 m for a river at 7 m: a rise that nobody saw was sixty times its expected error of a few centimetres."""
    chance = np.random.default_rng(8)
    state = np.column_stack([chance.normal(size=20_000), np.zeros((20_000, 2))])
    errors = chance.normal(size=20_000) * 0.02 * np.exp(state[:, 0])
    errors[state[:, 0] > np.quantile(state[:, 0], 0.99)] += 0.1 * (chance.random(200) < 0.3)
    errors[np.argsort(state[:, 0])[-400]] = 1.5
    wildest = fit_band(errors, state, 0.001, 1, apart=24).at(np.array([[8.0, 0.0, 0.0]]))[0]
    assert 1.5 < wildest[-1] <= 3.002


def test_one_error_and_equal_errors_still_give_a_band() -> None:
    for errors in (np.array([0.1]), np.zeros(50)):
        band = fit_band(errors, np.zeros((len(errors), 2)), 0.001, 1)
        assert np.isfinite(band.at(np.zeros((1, 2)))).all()


def test_calm_is_one_in_usual_states_and_zero_in_the_rarest() -> None:
    usual, rare = BAND.at_and_calm(np.array([[-1.0, 0.0], [3.0, 0.0]]))[1]
    assert usual == 1.0
    assert rare == 0.0


def test_a_band_from_few_independent_outcomes_is_wider() -> None:
    errors, state = RNG.normal(size=240), np.zeros((240, 2))
    alone, overlapping = (fit_band(errors, state, 0.001, lead).at(state[:1])[0] for lead in (1, 24))
    assert overlapping[-2] - overlapping[1] > 1.05 * (alone[-2] - alone[1])


def test_the_lump_of_a_still_river_lies_inside_its_band_when_the_forecast_moves_by_a_hair() -> None:
    """Two thirds of the outcomes are no change at all, and readings are centimetres; the point is off by a millimetre."""
    chance = np.random.default_rng(6)
    change = np.where(chance.random(3000) < 0.67, 0.0, np.round(chance.normal(-0.01, 0.03, 3000), 2))
    band = fit_band(change + 0.0005, np.zeros((3000, 2)), 0.01, 1).at(np.zeros((1, 2)))[0]
    assert band[1] + 0.001 < 0.0005 < band[-2] - 0.001


def test_the_rarest_states_have_errors_of_their_own() -> None:
    """In the widest half percent the errors are three times what the law of their size says."""
    chance = np.random.default_rng(8)
    state = np.column_stack([chance.normal(size=20_000), np.zeros((20_000, 2))])
    rare = state[:, 0] > np.quantile(state[:, 0], 0.995)
    errors = chance.normal(size=20_000) * np.exp(state[:, 0]) * np.where(rare, 0.15, 0.05)
    bands = fit_band(errors, state, 0.001, 1).at(state)
    inside = (errors >= bands[:, 1]) & (errors <= bands[:, -2])
    assert 0.7 < inside[rare].mean() < 0.95
    assert 0.75 < inside[~rare].mean() < 0.85


def test_errors_above_a_rise_and_below_a_fall_are_kept_apart() -> None:
    """The state ends in the predicted rise and fall; here more comes than was said of either."""
    chance = np.random.default_rng(4)
    way = chance.random(8000) < 0.5
    state = np.column_stack([way, ~way]).astype(float)
    errors = np.where(way, 1.0, -1.0) * chance.gamma(2.0, 0.05, 8000)
    rise, fall = fit_band(errors, state, 0.001, 1).at(np.eye(2))
    assert rise[0] > 0 > fall[-1]


def test_a_river_lower_than_ever_is_not_taken_for_a_wilder_one() -> None:
    lowest = STATE.min(axis=0)
    assert BAND.size(np.array([lowest - 3.0])) == BAND.size(np.array([lowest]))


def test_in_a_flood_the_outermost_quantile_holds_what_one_flood_in_five_did_for_an_hour() -> None:
    chance = np.random.default_rng(5)
    state, errors = np.zeros((20_000, 3)), chance.normal(size=20_000)
    for number in range(40):  # floods of five hours
        hours = slice(500 * number, 500 * number + 5)
        state[hours, 0], errors[hours] = 1.0, 10 * errors[hours]
        errors[hours.start + 2] = 400.0 if number % 5 == 0 else 10.0
    band = fit_band(errors, state, 0.001, 1, apart=24)
    usual, flood = band.at(np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]))
    assert flood[-1] > 250.0 > 5 * flood[-2]
    assert usual[-1] < 2.5


def test_hours_of_one_flood_are_one_outcome() -> None:
    chance = np.random.default_rng(6)
    state, errors = np.zeros((20_000, 3)), chance.normal(size=20_000)
    state[::100, 0] = 1.0
    errors[::100] *= 50
    alone, one_flood = (
        fit_band(errors, state, 0.001, 1, apart=steps).at(np.array([[1.0, 0.0, 0.0]]))[0, -1] for steps in (24, 1000)
    )
    assert one_flood > 1.5 * alone
