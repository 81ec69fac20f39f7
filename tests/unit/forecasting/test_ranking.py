from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from forecasting.candidates import Predicted
from forecasting.ranking import rank

N = 2400
CHANGE = np.random.default_rng(1).normal(size=N)
PERSISTENCE = Predicted(
    point=np.zeros(N), errors=np.tile(np.quantile(CHANGE, np.arange(1, 20) / 20), (N, 1)), calm=CHANGE
)


def fit(needs: tuple[str, ...], error_sd: float, *, rows: np.ndarray | None = None, seed: int = 2) -> Any:
    rows = np.arange(N) if rows is None else rows
    errors = np.random.default_rng(seed).normal(size=N)[rows] * error_sd
    return SimpleNamespace(rows=rows, errors=errors, crps=np.abs(errors) * 0.7, model=SimpleNamespace(needs=needs))


def order(*fits: Any) -> list[tuple[str, ...]]:
    return [entry.model.needs for entry in rank(list(fits), CHANGE, PERSISTENCE)]


def test_what_did_not_beat_persistence_is_left_out() -> None:
    assert order(fit(("own",), 1.5), fit(("own", "rain"), 0.5)) == [("own", "rain")]


def test_of_equals_the_one_that_looks_at_more_comes_first() -> None:
    assert order(fit(("own",), 0.499, seed=3), fit(("own", "rain"), 0.5)) == [("own", "rain"), ("own",)]


def test_fewer_inputs_come_first_when_they_were_clearly_better() -> None:
    assert order(fit(("own", "rain"), 0.6), fit(("own",), 0.3)) == [("own",), ("own", "rain")]


def test_a_record_on_other_pairs_alone_proves_nothing() -> None:
    early, late = np.arange(1200), np.arange(1200, N)
    assert order(fit(("own",), 0.3, rows=late), fit(("own", "rain"), 0.6, rows=early))[0] == ("own", "rain")


def test_the_record_is_relative_to_persistence() -> None:
    entry = rank([fit(("own",), 0.5)], CHANGE, PERSISTENCE)[0]
    assert entry.relative == pytest.approx(0.5, rel=0.06)
