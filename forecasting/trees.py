"""Gradient-boosted regression trees: fitted by scikit-learn, kept and evaluated as plain arrays that any program can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from forecasting.features import Table
from forecasting.inputs import Floats, Integers

#: Splits on the way from the root to a leaf; 2^_DEPTH leaves a tree.
_DEPTH = 4
_FEWEST_BINS, _BINS, _PAIRS_A_BIN = 16, 254, 40
_LEARNING_RATE = 0.08
_SMALLEST_LEAF = 30
#: Share of the features that a split may look at: trees that differ average better (Breiman 2001, Mach. Learn. 45).
_FEATURE_SHARE = 0.15
_LEAF_PENALTY = 2.0
#: Rows whose trees are walked together: bounds the memory of a prediction over years.
_CHUNK = 4096
_TOLERANCE_M = 1e-6
#: A threshold that no value passes; JSON knows no infinity.
_BEYOND = float(np.finfo(np.float64).max)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Forest:
    """Sum of complete binary trees of depth d: node k has the children 2k+1 (value <= threshold) and 2k+2."""

    base: float
    feature: Integers  # (trees, 2^d - 1) column of each split
    threshold: Floats  # (trees, 2^d - 1); beyond every value where a shorter branch is continued
    leaf: Floats  # (trees, 2^d) what each leaf adds

    def predict(self, x: Table) -> Floats:
        """One value for each row of x (n, columns)."""
        return np.concatenate([self._walk(x[k : k + _CHUNK]) for k in range(0, max(len(x), 1), _CHUNK)])

    def _walk(self, x: Table) -> Floats:
        """Trees by rows, not rows by trees: the values that one tree looks at lie beside each other. `take` is indexing without its cost."""
        trees, splits = self.feature.shape
        columns, row = np.ascontiguousarray(x.T), np.arange(len(x), dtype=np.int64)
        flat, start, threshold = columns.ravel(), self.feature.ravel() * len(x), self.threshold.ravel()
        first = np.arange(trees, dtype=np.int64)[:, None] * splits
        node = 1 + (columns[self.feature[:, 0]] > self.threshold[:, :1])
        for _ in range(int(np.log2(splits + 1)) - 1):
            at = first + node
            node = 2 * node + 1 + (flat.take(start.take(at) + row) > threshold.take(at))
        leaf = np.ascontiguousarray((first // splits * (splits + 1) + node - splits).T)
        return np.asarray(self.leaf.ravel().take(leaf).sum(axis=1) + self.base)


def fit_forest(x: Table, y: Floats, weight: Floats, trees: int) -> Forest:
    """Least-squares boosting (Friedman 2001, Ann. Stat. 29) of y (n,) on x (n, columns), each pair counted `weight` times.

    The split points are unweighted quantiles of each feature, so the tail of a flood is resolved only as finely as it is
    present in x: thin the calm hours and weigh the rest of them. The same data give the same forest. RuntimeError when scikit-learn's trees
    are laid out in another way than the one read here.
    """
    edges = _edges(x)
    codes = np.column_stack([np.searchsorted(e, column) for e, column in zip(edges, x.T, strict=True)])
    fitted = HistGradientBoostingRegressor(
        max_bins=_BINS,
        max_iter=trees,
        learning_rate=_LEARNING_RATE,
        max_depth=_DEPTH,
        max_leaf_nodes=None,
        min_samples_leaf=_SMALLEST_LEAF,
        l2_regularization=_LEAF_PENALTY,
        max_features=_FEATURE_SHARE,
        early_stopping=False,
        random_state=0,
    ).fit(codes, y, sample_weight=weight)
    forest = _laid_out(fitted, edges)
    some = slice(None, None, max(1, len(x) // 200))
    if not np.allclose(forest.predict(x[some]), fitted.predict(codes[some]), atol=_TOLERANCE_M):
        raise RuntimeError("scikit-learn lays out its trees in an unknown way; install the version in constraints.txt")
    return forest


def _edges(x: Table) -> list[Floats]:
    """For each column the values between which bins lie, ascending; bin k holds what is above edge k-1 and up to edge k.

    Scikit-learn would take quantiles by weight: slow, and coarse where weights are small, which is in the floods.
    """
    shares = np.linspace(0, 1, int(np.clip(len(x) // _PAIRS_A_BIN, _FEWEST_BINS, _BINS)) + 1)[1:-1]
    return [np.unique(np.quantile(column, shares)) for column in x.T.astype(np.float64)]


def _laid_out(fitted: HistGradientBoostingRegressor, edges: list[Floats]) -> Forest:
    """The trees as arrays. scikit-learn has no public way to read them, hence the comparison in `fit_forest`."""
    inside: dict[str, Any] = vars(fitted)
    nodes = [stage[0].nodes for stage in inside["_predictors"]]
    trees = [_complete(tree, edges) for tree in nodes]
    return Forest(
        base=float(np.ravel(inside["_baseline_prediction"])[0]),
        feature=np.array([tree[0] for tree in trees], dtype=np.int64),
        threshold=np.array([tree[1] for tree in trees], dtype=np.float64),
        leaf=np.array([tree[2] for tree in trees], dtype=np.float64),
    )


def _complete(nodes: Any, edges: list[Floats]) -> tuple[Integers, Floats, Floats]:
    """Features and thresholds of every split and the values of every leaf of one tree, shorter branches continued."""
    splits = 2**_DEPTH - 1
    feature, threshold = np.zeros(splits, dtype=np.int64), np.full(splits, _BEYOND)
    leaf, source = np.zeros(splits + 1), np.zeros(2 * splits + 1, dtype=np.int64)
    for place in range(2 * splits + 1):
        node = nodes[source[place]]
        if place >= splits:
            leaf[place - splits] = node["value"]
        elif node["is_leaf"]:
            source[[2 * place + 1, 2 * place + 2]] = source[place]
        else:
            feature[place] = node["feature_idx"]
            threshold[place] = edges[feature[place]][int(node["num_threshold"])]  # between two bins
            source[2 * place + 1], source[2 * place + 2] = node["left"], node["right"]
    return feature, threshold, leaf
