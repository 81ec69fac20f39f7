from __future__ import annotations

import numpy as np
import pytest

from forecasting.ridge import Blocks, clear_of_edges, fit_ridge, time_blocks


def pairs(n: int, noise: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 6)).astype(np.float32)
    return x, 2.0 * x[:, 0] - 1.0 * x[:, 1] + 0.5 + rng.normal(size=n) * noise


def blocks_of(x: np.ndarray) -> Blocks:
    rows = np.arange(len(x))
    return Blocks.of(x, rows, np.arange(x.shape[1]), time_blocks(rows, 6))


def test_it_finds_the_line_behind_the_noise() -> None:
    x, y = pairs(3000, 0.1)
    fit = fit_ridge(blocks_of(x), y, [np.arange(6)], 0.3)
    assert fit.ridge.predict(np.array([[1.0, 1.0, 0, 0, 0, 0]]))[0] == pytest.approx(1.5, abs=0.03)
    assert np.std(y - fit.out_of_sample) == pytest.approx(0.1, rel=0.1)


def test_a_family_without_the_columns_that_matter_loses() -> None:
    x, y = pairs(2000, 0.1)
    fit = fit_ridge(blocks_of(x), y, [np.array([2, 3]), np.arange(6)], 0.3)
    assert abs(fit.ridge.weights[0]) > 1.5
    assert np.std(y - fit.out_of_sample) < 0.2


def test_out_of_sample_predictions_do_not_know_their_own_block() -> None:
    x, y = pairs(600, 1.0)
    before = fit_ridge(blocks_of(x), y, [np.arange(6)], 0.3).out_of_sample
    changed = y.copy()
    changed[:100] += np.where(
        np.arange(100) % 2, 0.001, -0.001
    )  # the first block alone, too little to change the choice
    after = fit_ridge(blocks_of(x), changed, [np.arange(6)], 0.3).out_of_sample
    np.testing.assert_allclose(after[:100], before[:100], rtol=0, atol=1e-12)
    assert not np.array_equal(after[100:], before[100:])


def test_features_beyond_the_past_are_cut_off_at_the_margin() -> None:
    x, y = pairs(1000, 0.1)
    ridge = fit_ridge(blocks_of(x), y, [np.arange(6)], 0.3).ridge
    low, high = x[:, 0].min(), x[:, 0].max()
    edge = np.zeros((1, 6))
    edge[0, 0] = high + 0.3 * (high - low)
    far = edge.copy()
    far[0, 0] = 1e6
    assert ridge.predict(far)[0] == pytest.approx(ridge.predict(edge)[0])


def test_pairs_whose_outcome_falls_into_the_next_block_are_dropped() -> None:
    rows = np.array([0, 1, 2, 10, 11, 12])
    block = np.array([0, 0, 0, 1, 1, 1])
    assert clear_of_edges(rows, block, 8).tolist() == [True, True, False, True, True, True]
