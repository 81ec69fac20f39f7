"""Ridge regression from cross products, with cross-validation over blocks of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.inputs import Booleans, Floats, Integers

#: Candidate penalties on standardised features, as a share of the number of rows.
_PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1)
#: Fits that are worse than the best by at most this many standard errors of the difference count as equally good.
_TIE_ERRORS = 2.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Ridge:
    """y = weights · (x - centre) / spread + intercept, with x kept near the range it was fitted on."""

    centre: Floats  # (d,)
    spread: Floats  # (d,)
    low: Floats  # (d,)
    high: Floats  # (d,)
    weights: Floats  # (d,)
    intercept: float

    def predict(self, x: Floats) -> Floats:
        """One value for each row of x (n, d)."""
        kept = np.clip(x, self.low, self.high)
        return np.asarray((kept - self.centre) / self.spread @ self.weights + self.intercept)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CrossValidated:
    """A ridge fitted on all rows, and for each row the value predicted by fits that had not seen the row's block."""

    ridge: Ridge
    out_of_sample: Floats  # (n,)
    averaged: int  # how many fits it is the mean of


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Features x (n, d) of pairs, cut into blocks of time; a block is copied out of the large table when it is needed."""

    table: npt.NDArray[np.float32]
    columns: Integers  # (d,) of the table
    rows: list[Integers]  # of the table, for each block
    number: Integers  # (n,) the block of each pair

    @classmethod
    def of(cls, table: npt.NDArray[np.float32], rows: Integers, columns: Integers, number: Integers) -> Blocks:
        """Pairs at `rows` (n,) of the table, ascending; `number` (n,) counts their blocks 0.. without holes."""
        return cls(table, columns, [rows[number == b] for b in range(int(number.max()) + 1)], number)

    def block(self, number: int) -> Floats:
        """The features of one block."""
        return self.table[self.rows[number]][:, self.columns].astype(np.float64)

    def moments(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Mean, standard deviation, minimum and maximum of each column; sums are taken about the first pair."""
        count, origin = len(self.number), self.block(0)[0]
        sums = []
        for part in map(self.block, range(len(self.rows))):
            moved = part - origin
            sums.append((moved.sum(axis=0), (moved**2).sum(axis=0), part.min(axis=0), part.max(axis=0)))
        total, squares, low, high = (np.array(column) for column in zip(*sums, strict=True))
        shift = total.sum(axis=0) / count
        variance = np.maximum(squares.sum(axis=0) / count - shift**2, 0.0)
        return origin + shift, np.sqrt(variance) + 1e-9, low.min(axis=0), high.max(axis=0)


def fit_ridge(x: Blocks, y: Floats, families: Sequence[Integers], margin: float) -> CrossValidated:
    """Fit x (n, d) to y (n,), leaving each block of time out once.

    Every family (column numbers of x) is fitted with every penalty. The result is the mean of all fits whose
    out-of-sample mean square error is within two standard errors of the best (the one-standard-error rule of Breiman et
    al. 1984, widened, with the ties averaged instead of the simplest taken): with little data that is many fits and
    small weights, with much data the best few. The mean of linear functions is one linear function. Leaving a block out
    costs a subtraction of cross products and a solve. `margin` is the share of a feature's past range by which it may
    leave that range before it is cut off.
    """
    centre, spread, low, high = x.moments()
    numbers = range(len(x.rows))
    parts = [_cross_products(x.block(b), y[x.number == b], centre, spread) for b in numbers]
    whole = np.sum(parts, axis=0)
    predictions = np.empty((len(y), len(families) * len(_PENALTIES)))
    for b in numbers:
        predictions[x.number == b] = _design(x.block(b), centre, spread) @ _solutions(whole - parts[b], families)
    chosen = _within_two_errors(predictions, y, x.number)
    weights = _solutions(whole, families)[:, chosen].mean(axis=1)
    ridge = Ridge(
        centre=centre,
        spread=spread,
        low=low - margin * (high - low),
        high=high + margin * (high - low),
        weights=weights[:-1],
        intercept=float(weights[-1]),
    )
    return CrossValidated(ridge=ridge, out_of_sample=predictions[:, chosen].mean(axis=1), averaged=int(chosen.sum()))


def _within_two_errors(predictions: Floats, y: Floats, block: Integers) -> Booleans:
    """Which columns of predictions are no worse than the best by more than two standard errors of the difference."""
    squared = (predictions - y[:, None]) ** 2
    excess = squared - squared[:, [int(np.argmin(squared.mean(axis=0)))]]
    blocks = int(block.max()) + 1
    sums = np.array([excess[block == b].sum(axis=0) for b in range(blocks)])
    error = sums.std(axis=0, ddof=1) * np.sqrt(blocks) if blocks > 1 else np.zeros(sums.shape[1])
    return np.asarray(sums.sum(axis=0) <= _TIE_ERRORS * error)


def time_blocks(rows: Integers, count: int) -> Integers:
    """Numbers 0..count-1 of contiguous blocks with equally many of the ascending `rows`."""
    return np.arange(len(rows), dtype=np.int64) * count // max(1, len(rows))


def clear_of_edges(rows: Integers, block: Integers, gap: int) -> Booleans:
    """Which rows are at least `gap` steps before the next block begins, so that no outcome falls into another block."""
    first_of_next = np.append(np.flatnonzero(np.diff(block)) + 1, len(rows))
    limit = np.append(rows, np.iinfo(np.int64).max)[first_of_next]
    return np.asarray(rows + gap < limit[block])


def _design(x: Floats, centre: Floats, spread: Floats) -> Floats:
    return np.column_stack([(x - centre) / spread, np.ones(len(x))])


def _cross_products(x: Floats, y: Floats, centre: Floats, spread: Floats) -> Floats:
    """[AᵀA | Aᵀy] of the design matrix A."""
    design = _design(x, centre, spread)
    return np.column_stack([design.T @ design, design.T @ y])


def _solutions(products: Floats, families: Sequence[Integers]) -> Floats:
    """Weights (d + 1, families × penalties); zero for columns outside the family, the intercept last."""
    size = len(products)
    out = np.zeros((size, len(families) * len(_PENALTIES)))
    count = products[-1, -2]  # the intercept's entry on the diagonal counts the rows
    for f, family in enumerate(families):
        columns = np.append(family, size - 1)
        gram, moment = products[np.ix_(columns, columns)], products[columns, -1]
        for p, penalty in enumerate(_PENALTIES):
            ridged = gram + np.diag(np.append(np.full(len(family), penalty * count), 0.0))
            out[columns, f * len(_PENALTIES) + p] = np.linalg.solve(ridged, moment)
    return out
