"""Gradient-boosted regression trees: fitted by scikit-learn, kept and evaluated as plain arrays that any program can read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from forecasting.features import Table
from forecasting.inputs import Booleans, Floats, Integers

#: Splits on the way from the root to a leaf; 2^_DEPTH leaves a tree.
_DEPTH = 4
_FEWEST_BINS, _BINS, _PAIRS_A_BIN = 16, 254, 40
_LEARNING_RATE = 0.08
_SMALLEST_LEAF = 30
#: Share of the features that a split may look at: trees that differ average better (Breiman 2001, Mach. Learn. 45).
_FEATURE_SHARE = 0.15
_LEAF_PENALTY = 2.0
#: Rows whose trees are walked together: bounds the memory of a prediction over years.
_CHUNK = 1024
_TOLERANCE_M = 1e-6
#: A threshold that no value passes; JSON knows no infinity.
_BEYOND = float(np.finfo(np.float64).max)
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, kw_only=True, eq=False)
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
        """Every split is asked of every row, and the way to the leaf picked out of the answers: quicker than looking up each row's own."""
        passed, way = self._passed(x), list[Booleans]()
        leaf = np.zeros(passed.shape[1:], dtype=np.uint8)
        for depth in range(int(np.log2(len(passed) + 1))):
            nodes = passed[2**depth - 1 : 2 ** (depth + 1) - 1]
            for right in way:  # at each turn the nodes of the side that was taken are left
                half = len(nodes) // 2
                nodes = nodes[:half] ^ ((nodes[:half] ^ nodes[half:]) & right)
            way.append(nodes[0])
            leaf = 2 * leaf + nodes[0]
        first = np.arange(len(self.leaf), dtype=np.int64)[:, None] * self.leaf.shape[1]
        said = np.ascontiguousarray(self.leaf.ravel().take(leaf + first).T)  # one row is summed as each of many is
        return np.asarray(said.sum(axis=1) + self.base)

    def _passed(self, x: Table) -> Booleans:
        """Whether each row lies above each split's threshold, (splits, trees, n): all thresholds of one column at once."""
        plan = self._by_column
        out = np.empty((len(plan.threshold), len(x)), dtype=bool)
        for column, a, b in plan.columns:
            values = np.ascontiguousarray(x[:, column], dtype=np.float32)
            np.greater(values, plan.threshold[a:b], out=out[a:b])
        return out[plan.place].reshape(*self.feature.T.shape, len(x))

    @cached_property
    def _by_column(self) -> _ByColumn:
        feature = self.feature.T.ravel()
        order = np.argsort(feature, kind="stable")
        columns, first = np.unique(feature[order], return_index=True)
        ends = [*first[1:], len(order)]
        return _ByColumn(
            columns=tuple((int(k), int(a), int(b)) for k, a, b in zip(columns, first, ends, strict=True)),
            threshold=_no_higher(self.threshold.T.ravel()[order])[:, None],
            place=np.argsort(order),
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _ByColumn:
    """The splits of all trees in the order of the column they look at."""

    columns: tuple[tuple[int, int, int], ...]  # column, and the first and the end of its splits
    threshold: Table  # (splits, 1)
    place: Integers  # of each split, node by node and tree by tree, in this order


def _no_higher(threshold: Floats) -> Table:
    """The largest single-precision numbers not above each; a single-precision value passes the one where it passes the other."""
    kept = np.clip(threshold, -_LARGEST, _LARGEST)
    rounded = kept.astype(np.float32)
    return np.nextafter(rounded, np.float32(-np.inf), out=rounded, where=rounded > kept)


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
