from __future__ import annotations

from datetime import timedelta

import numpy as np

from forecasting.candidates import Predicted
from forecasting.inputs import StepGrid
from forecasting.recent_gain import nearness, share_of_persistence

N, LEAD = 1200, 3
CHANCE = np.random.default_rng(5)
#: Two days still, one day lively, in turn.
LIVELY = np.where(np.arange(N) % 72 < 48, 0.0, 1.0)
#: What comes in lively hours; in still ones the water stands but for the rounding.
COMES = np.where(LIVELY > 0, CHANCE.normal(0, 0.1, N), 0.0)


def _share(said: np.ndarray, comes: np.ndarray, lively: np.ndarray = LIVELY) -> np.ndarray:
    """The shares where `said` was forecast and `comes` came, each from its own step on, the level read being 1 m plus either."""
    level = np.full(N, 1.0)
    read = np.full(N, 1.0)
    read[LEAD:] += comes[:-LEAD]
    grid = StepGrid(
        times_ns=np.arange(N) * 3_600_000_000_000, step=timedelta(hours=1), level=read, upstream={}, rain={}
    )
    predicted = Predicted(point=level + said, errors=np.zeros((N, 19)), calm=np.ones(N))
    return share_of_persistence(predicted, level, LEAD, grid, nearness(lively))


def test_ghosts_of_still_days_are_taken_off_and_the_skill_of_lively_ones_is_left() -> None:
    said = np.where(LIVELY > 0, COMES, 0.03)
    share = _share(said, COMES)[-72:]
    assert (share[LIVELY[-72:] == 0] > 0.9).all()
    assert (share[LIVELY[-72:] == 1] == 0).all()


def test_a_rise_far_larger_than_those_that_did_not_come_is_left() -> None:
    said = np.full(N, 0.03)
    said[-1] = 0.6
    assert _share(said, np.zeros(N), np.zeros(N))[-1] < 0.15


def test_nothing_is_said_before_there_are_outcomes_enough_or_where_the_forecasts_came_true() -> None:
    said = np.full(N, 0.03)
    share = _share(said, np.zeros(N), np.zeros(N))
    assert (share[: 15 * LEAD] == 0).all()
    assert (_share(COMES, COMES) == 0).all()


def test_what_comes_after_a_step_is_not_looked_at() -> None:
    said = np.where(LIVELY > 0, COMES, 0.03)
    later = COMES.copy()
    later[900 - LEAD + 1 :] = 5.0
    np.testing.assert_array_equal(_share(said, COMES)[:901], _share(said, later)[:901])
