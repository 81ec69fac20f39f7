from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecasting.trees import fit_forest

RNG = np.random.default_rng(4)
X = RNG.normal(size=(1500, 5)).astype(np.float32)
Y = np.where(X[:, 0] > 0.5, 2.0, -1.0) + 0.3 * X[:, 1]
FOREST = fit_forest(X, Y, np.ones(len(X)), 40)


def test_it_learns_a_step_that_no_line_follows() -> None:
    fresh = RNG.normal(size=(500, 5)).astype(np.float32)
    truth = np.where(fresh[:, 0] > 0.5, 2.0, -1.0) + 0.3 * fresh[:, 1]
    assert np.mean((FOREST.predict(fresh) - truth) ** 2) < 0.1 * truth.var()


def test_it_never_says_more_than_it_has_seen() -> None:
    assert FOREST.predict(np.full((1, 5), 1e6, dtype=np.float32))[0] <= Y.max() + 1e-6


def test_many_rows_are_what_each_row_is_alone() -> None:
    many = np.tile(X, (4, 1))
    np.testing.assert_array_equal(FOREST.predict(many)[: len(X)], FOREST.predict(X))
    assert FOREST.predict(X[:1])[0] == FOREST.predict(X)[0]


def test_the_same_data_give_the_same_forest() -> None:
    again = fit_forest(X, Y, np.ones(len(X)), 40)
    np.testing.assert_array_equal(again.threshold, FOREST.threshold)
    np.testing.assert_array_equal(again.leaf, FOREST.leaf)


def test_heavier_pairs_pull_the_prediction() -> None:
    same = np.zeros((200, 1), dtype=np.float32)
    y, weight = np.repeat([0.0, 1.0], 100), np.repeat([1.0, 9.0], 100)
    assert abs(fit_forest(same, y, weight, 10).predict(same[:1])[0] - 0.9) < 0.02


def test_thresholds_are_followed_exactly() -> None:
    moved = replace(FOREST, threshold=np.full_like(FOREST.threshold, -np.inf))
    leftmost = replace(FOREST, threshold=np.full_like(FOREST.threshold, np.inf))
    assert moved.predict(X)[0] == FOREST.base + FOREST.leaf[:, -1].sum()
    assert leftmost.predict(X)[0] == FOREST.base + FOREST.leaf[:, 0].sum()
