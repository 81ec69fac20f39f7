"""Quantiles of past errors that depend on the state of the river: wide in a flood, narrow when nothing moves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from domain.forecasts import PROBABILITIES
from forecasting.inputs import Booleans, Floats, Integers

_P = np.array(PROBABILITIES)
#: Shares of the past that bound the classes of expected error size: finer towards the large errors, where floods are.
_CLASS_EDGES = (0.0, 0.25, 0.5, 0.7, 0.85, 0.94, 0.98, 0.995, 1.0)
_SMALLEST_CLASS = 60
#: Rising and falling rivers have classes of their own where each has so many errors.
_FEWEST_APART = 2000
#: Shares of the past below which a state is usual and above which it is rare.
_CALM_TO_WILD = (0.7, 0.95)
#: Share of the past above which a state is a flood's: there the outermost quantile counts floods, not hours.
_RARE = 0.98
#: Errors below this are as good as none: gauges report centimetres.
_RESOLUTION_M = 0.003
#: Readings are rounded: each error is spread over this part of the step in which the gauge reports, in so many places.
_SPREAD = 0.3
_PLACES = (np.arange(4) + 0.5) / 4 - 0.5
#: How much farther out quantiles are taken, times the number of independent outcomes.
_FEW = 0.6
#: The expected size may leave the range of the past by this factor on the high side, and so may a quantile in metres.
_BEYOND = 2.0
_NOTHING = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ErrorClasses:
    """Standard errors in classes of expected size."""

    log_size: Floats  # (c,) at the centre of each class, ascending
    quantiles: Floats  # (c, 19) of the standard error, ascending in each row

    def at(self, log_size: Floats) -> Floats:
        """Quantiles (n, 19) at n log sizes, linear between the centres of the classes."""
        upper = np.clip(np.searchsorted(self.log_size, log_size), 1, len(self.log_size) - 1)
        left, right = self.log_size[upper - 1], self.log_size[upper]
        part = np.clip((log_size - left) / np.maximum(right - left, _NOTHING), 0.0, 1.0)[:, None]
        return np.asarray((1.0 - part) * self.quantiles[upper - 1] + part * self.quantiles[upper])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ErrorBand:
    """Errors = size(state) × a standard error whose quantiles depend on the size, and on whether a rise is predicted.

    log size is linear in the state (a location-scale model of the residuals, in the manner of normalised conformal
    prediction: Papadopoulos et al. 2011, J. Artif. Intell. Res. 40). Between class centres the quantiles are
    interpolated, which keeps them ascending.
    """

    lowest: Floats  # (d,) of each part of the state; a river lower than ever is not known to be wilder
    centre: Floats  # (d,) its mean
    spread: Floats  # (d,) its standard deviation
    weights: Floats  # (d + 1,) of log size; the last is the intercept
    low_log: float  # bounds of log size
    high_log: float
    calm_below_log: float  # log sizes between which a state turns from usual to rare
    wild_above_log: float
    farthest_m: tuple[float, float]  # no quantile lies lower than the first, none higher than the second
    falling: ErrorClasses  # where no rise is predicted
    rising: ErrorClasses

    def at(self, state: Floats, widen: Floats | float = 1.0) -> Floats:
        """Error quantiles in m, (n, 19), for n states (n, d), multiplied by `widen`."""
        return self.at_and_calm(state, widen)[0]

    def at_and_calm(self, state: Floats, widen: Floats | float = 1.0) -> tuple[Floats, Floats]:
        """The same, and (n,) 1.0 for the smaller expected errors, falling to 0.0 from calm_below_log to wild_above_log."""
        log_size, rises = self._log_size(state), _rises(state)
        standard = np.empty((len(state), self.rising.quantiles.shape[1]))
        for rows, classes in ((rises, self.rising), (~rises, self.falling)):
            standard[rows] = classes.at(log_size[rows])
        span = max(self.wild_above_log - self.calm_below_log, _NOTHING)
        calm = np.clip((self.wild_above_log - log_size) / span, 0.0, 1.0)
        reached = np.clip(standard * np.exp(log_size)[:, None], *self.farthest_m)
        return reached * np.reshape(widen, (-1, 1)), np.asarray(calm)

    def size(self, state: Floats) -> Floats:
        """The expected size of an error in m, (n,), up to a common factor."""
        return np.asarray(np.exp(self._log_size(state)))

    def _log_size(self, state: Floats) -> Floats:
        scaled = (np.maximum(state, self.lowest) - self.centre) / self.spread
        log_size = scaled @ self.weights[:-1] + self.weights[-1]
        return np.asarray(np.clip(log_size, self.low_log, self.high_log))


def fit_band(errors: Floats, state: Floats, resolution_m: float, lead: int, *, apart: int | None = None) -> ErrorBand:
    """The band of out-of-sample errors (observed minus forecast, m, (n,)) given the state (n, d); n is at least 1.

    The last two parts of the state are the predicted rise and fall. `resolution_m` is the step in which the gauge reports; outcomes
    overlap over `lead` steps, so that many pairs tell as much as one. Rare states more than `apart` steps from each other (None:
    more than `lead`) belong to two floods.
    """
    centre, spread = state.mean(axis=0), state.std(axis=0) + _NOTHING
    scaled = np.column_stack([(state - centre) / spread, np.ones(len(state))])
    penalty = np.diag([1.0] * state.shape[1] + [0.0])
    target = np.log(np.abs(errors) + _RESOLUTION_M)
    weights = np.linalg.solve(scaled.T @ scaled + penalty, scaled.T @ target)
    log_size = scaled @ weights
    low, high = float(log_size.min()), float(log_size.max() + np.log(_BEYOND))
    calm, wild = np.quantile(log_size, _CALM_TO_WILD)
    rise, everyone = _rises(state), np.ones(len(errors), dtype=bool)
    separate = min(rise.sum(), (~rise).sum()) >= _FEWEST_APART
    rare, gap = float(np.quantile(log_size, _RARE)), max(lead, apart or 0)
    standard = errors / np.exp(log_size)
    rising, falling = (
        _reaching_floods(
            _fit_classes(errors[one], log_size[one], resolution_m, lead),
            _farthest_of_floods(standard, np.flatnonzero(one & (log_size > rare)), gap),
            rare,
        )
        for one in ((rise, ~rise) if separate else (everyone, everyone))
    )
    return ErrorBand(
        lowest=state.min(axis=0),
        centre=centre,
        spread=spread,
        weights=weights,
        low_log=low,
        high_log=high,
        calm_below_log=float(calm),
        wild_above_log=float(wild),
        farthest_m=_bounds(errors, resolution_m),
        rising=rising,
        falling=falling,
    )


def _bounds(errors: Floats, resolution_m: float) -> tuple[float, float]:
    """How far below and above the expected level a quantile may lie: twice as far as any outcome of the past did.

    The size multiplies what was far for a small error; in a flood larger than any known that would be a band no water can fill.
    """
    low, high = min(float(errors.min()), 0.0), max(float(errors.max()), 0.0)
    return _BEYOND * (low - resolution_m), _BEYOND * (high + resolution_m)


def _rises(state: Floats) -> Booleans:
    return np.asarray(state[:, -2] > state[:, -1])


def _fit_classes(errors: Floats, log_size: Floats, resolution_m: float, lead: int) -> ErrorClasses:
    order = np.argsort(log_size, kind="stable")
    classes = _classes(len(errors))
    standard = [_unrounded(errors[order[a:b]], resolution_m) / np.exp(log_size[order[a:b]]) for a, b in classes]
    return ErrorClasses(
        log_size=np.array([np.median(log_size[order][a:b]) for a, b in classes]),
        quantiles=np.array([np.quantile(one, _outer(one.shape[1] / lead)) for one in standard]),
    )


def _farthest_of_floods(standard: Floats, rare: Integers, apart: int) -> float:
    """What the largest standard error of the next flood stays below, as often as the outermost quantile says.

    `rare` are the places (ascending) of rare states; those farther apart belong to two floods. One flood is one outcome however many
    hours it lasts: of m floods the next lies below the k-th largest with a chance of k / (m + 1) (Vovk et al. 2005). None: -inf.
    """
    if not len(rare):
        return -np.inf
    flood = np.cumsum(np.diff(rare, prepend=rare[0]) > apart)
    farthest = np.full(int(flood[-1]) + 1, -np.inf)
    np.maximum.at(farthest, flood, standard[rare])
    return float(np.quantile(farthest, min(1.0, _P[-1] * (len(farthest) + 1) / len(farthest))))


def _reaching_floods(classes: ErrorClasses, farthest: float, rare: float) -> ErrorClasses:
    """The same with the outermost upper quantile of the classes of rare states taken out to the `farthest` error of floods."""
    quantiles, of_floods = classes.quantiles.copy(), classes.log_size > rare
    quantiles[of_floods, -1] = np.maximum(quantiles[of_floods, -1], farthest)
    return replace(classes, quantiles=quantiles)


def _outer(independent: float) -> Floats:
    """Shares of the past at which to take the quantiles: farther out when few outcomes are known.

    The next outcome lies below the k-th of n with a chance of k / (n + 1), as in conformal prediction (Vovk et al. 2005);
    overlapping outcomes are a little better than that.
    """
    return np.clip(0.5 + (_P - 0.5) * (1.0 + _FEW / max(independent, 1.0)), 0.0, 1.0)


def _unrounded(errors: Floats, resolution_m: float) -> Floats:
    """The errors of one class (places, n), each spread over part of what rounding hides.

    A still river repeats its reading, so that most errors are equal but for a hair; without this the edge of a band comes to
    lie on the wrong side of all of them at once. Where the errors themselves are far below the rounding they are spread as
    little.
    """
    low, high = np.quantile(errors, (0.1, 0.9))
    return np.asarray(errors + _PLACES[:, None] * (_SPREAD * min(resolution_m, high - low)))


def _classes(n: int) -> list[tuple[int, int]]:
    """Begin and end of each class among n errors sorted by expected size; fewer classes when there are few errors."""
    edges = [0]
    for share in _CLASS_EDGES[1:-1]:
        edge = round(share * n)
        if edge - edges[-1] >= _SMALLEST_CLASS and n - edge >= _SMALLEST_CLASS:
            edges.append(edge)
    return [(a, b) for a, b in zip(edges, [*edges[1:], n], strict=True)]
