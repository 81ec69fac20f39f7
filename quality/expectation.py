"""What other columns tell of one, by ridge regression learnt from its past, and how far off that was in parts of the past left out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.hours import LEAST_HOURS, Hourly, Truths, past_of
from quality.stretch import Floats

#: The share of hours that must be known.
FULL = 0.8
#: How much the size of coefficients costs; in units of standardised columns.
_RIDGE = 1.0
_PARTS = 6
#: A limit is so many times the worst median of the past.
_MARGIN = 1.25
#: An hour is like the past when nearly all columns are within their past span, widened by this share of it.
_WIDER, _INSIDE = 0.1, 0.95
#: The share of the past that is most like an hour, and the fewest hours of it; columns that hardly move weigh no more than this.
_LIKE, _FEWEST_LIKE, _STILL = 0.25, 48, 0.02


class Expectation:
    """One series against `asked` columns and the tide. `spans`: of the median, and how much is judged, in hours.

    `judgeable`: of which of the newest hours, as many as both spans together, something may be said at all.
    """

    def __init__(self, own: Hourly, asked: Floats, tide: Floats, spans: tuple[int, int], judgeable: Truths) -> None:
        self._own, self._asked, (self._window_h, self._judged_h) = own, asked, spans
        self._columns, self._judgeable = np.concatenate([asked, tide], axis=1), judgeable
        known = np.flatnonzero(~np.isnan(self._columns).any(axis=1) & ~np.isnan(own.trusted))
        self._known = known[known < past_of(len(own.seen))]
        self._past_off: Floats | None = None

    def beyond(self, least: float, *, like: bool = False) -> Truths:
        """Which judged hours are off, in the median of the window that ends with each, by more than `least` and than the past.

        The past: the worst of its medians; with `like` the worst in the quarter of it that was most like the hour. The hour
        itself must be off by half of that. False where too little is known, or the hour is like no hour before.
        """
        medians, now, limit = self._newest(least, like=like)
        beyond: Truths = (np.abs(medians) > limit) & (now * np.sign(medians) > limit / 2)
        return beyond

    def within(self, least: float) -> Truths:
        """Which judged hours are known to be off by no more than `least`, or than in the quarter of the past that was most like them."""
        medians, _, limit = self._newest(least, like=True)
        within: Truths = np.abs(medians) <= limit
        return within

    def _newest(self, least: float, *, like: bool) -> tuple[Floats, Floats, Floats]:
        """Of the judged hours the median of what they leave, what they leave themselves (both NaN where not known), the limit."""
        if len(self._known) < LEAST_HOURS:
            return (np.full(self._judged_h, np.nan),) * 3
        tail = self._judged_h + self._window_h
        left, past = self._left(tail), self._worst_like(tail) if like else np.full(tail, self._off().max(initial=0.0))
        judged = slice(-self._judged_h, None)
        return _medians(left, self._window_h)[judged], left[judged], np.maximum(least, _MARGIN * past)[judged]

    def _left(self, tail: int) -> Floats:
        """What the newest hours leave of what is expected; NaN where they are like no hour before."""
        known = self._known
        expected = _Ridge(self._columns[known], self._own.trusted[known])(self._columns[-tail:])
        left: Floats = self._own.seen[-tail:] - expected
        left[~(Span.of(self._asked[known]).holds(self._asked[-tail:]) & self._judgeable)] = np.nan
        return left

    def _off(self) -> Floats:
        """The medians of each known hour of the past, in size, where it was not learnt from."""
        if self._past_off is None:
            parts, off = np.array_split(self._known, _PARTS), []
            for part in parts:
                others = np.setdiff1d(self._known, part)
                learnt = _Ridge(self._columns[others], self._own.trusted[others])
                off.append(_medians(self._own.trusted[part] - learnt(self._columns[part]), self._window_h))
            self._past_off = np.nan_to_num(np.abs(np.concatenate(off)))
        return self._past_off

    def _worst_like(self, tail: int) -> Floats:
        """Of each of the newest hours, the largest median in the quarter of the past whose columns were nearest."""
        past, now = self._asked[self._known], self._asked[-tail:]
        middle, spread = past.mean(axis=0), past.std(axis=0) + _STILL
        past, now = (past - middle) / spread, np.nan_to_num((now - middle) / spread)
        apart = (past**2).sum(axis=1)[None, :] - 2 * now @ past.T  # but for what is the same of all hours of the past
        most = max(int(_LIKE * len(past)), _FEWEST_LIKE)
        worst: Floats = self._off()[np.argpartition(apart, most - 1, axis=1)[:, :most]].max(axis=1)
        return worst


class Span(NamedTuple):
    """Where columns were, a little widened."""

    low: Floats
    high: Floats

    @classmethod
    def of(cls, past: Floats) -> Span:
        """Of rows without NaN; of no rows one that holds nothing."""
        low, high = past.min(axis=0, initial=np.inf), past.max(axis=0, initial=-np.inf)
        wider = _WIDER * (high - low) + 0.05
        return cls(low - wider, high + wider)

    def holds(self, now: Floats) -> Truths:
        """Which rows have nearly all columns within it."""
        inside: Truths = np.mean((now >= self.low) & (now <= self.high), axis=1) >= _INSIDE
        return inside

    def is_below(self, now: Floats) -> Truths:
        """Which rows have a column above it."""
        above: Truths = np.any(now > self.high, axis=1)
        return above


class _Ridge:
    """Ridge regression on standardised columns."""

    def __init__(self, columns: Floats, value: Floats) -> None:
        self._middle, self._spread = columns.mean(axis=0), columns.std(axis=0) + 1e-6
        self._level = value.mean()
        scaled = (columns - self._middle) / self._spread
        normal = scaled.T @ scaled + _RIDGE * np.eye(scaled.shape[1])
        self._weights = np.linalg.solve(normal, scaled.T @ (value - self._level))

    def __call__(self, columns: Floats) -> Floats:
        """What it expects."""
        expected: Floats = (columns - self._middle) / self._spread @ self._weights + self._level
        return expected


def _medians(left: Floats, window_h: int) -> Floats:
    """Over each window that ends with an hour; NaN where a fifth of it or more is not known."""
    rolling = pd.Series(left).rolling(window_h, min_periods=int(np.ceil(FULL * window_h)))
    medians: Floats = rolling.median().to_numpy()
    return medians
