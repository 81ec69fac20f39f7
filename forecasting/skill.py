"""Scores of level forecasts, each with its definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.forecasts import PROBABILITIES
from forecasting.inputs import Floats

_P = np.array(PROBABILITIES)
#: Fewer high observations than this say nothing about skill in floods.
_FEWEST_HIGH = 20


def rmse(point: Floats, observed: Floats) -> float:
    """Root mean square error in m."""
    return float(np.sqrt(np.mean((point - observed) ** 2)))


def bias(point: Floats, observed: Floats) -> float:
    """Mean error in m; negative: too low."""
    return float(np.mean(point - observed))


def mae(point: Floats, observed: Floats) -> float:
    """Mean absolute error in m."""
    return float(np.mean(np.abs(point - observed)))


def nse(point: Floats, observed: Floats) -> float | None:
    """1 - MSE / variance of the observed (Nash and Sutcliffe 1970, J. Hydrol. 10); None when nothing varied."""
    spread = float(np.mean((observed - observed.mean()) ** 2))
    return float(1 - np.mean((point - observed) ** 2) / spread) if spread > 0 else None


def kge(point: Floats, observed: Floats) -> float | None:
    """1 - √((r - 1)² + (σf/σo - 1)² + (μf/μo - 1)²) (Gupta et al. 2009, J. Hydrol. 377); None when it is not defined.

    The last term depends on the gauge's zero: compare it between models of one gauge, not between gauges.
    """
    if min(point.std(), observed.std()) == 0 or observed.mean() == 0:
        return None
    r = float(np.corrcoef(point, observed)[0, 1])
    alpha, beta = float(point.std() / observed.std()), float(point.mean() / observed.mean())
    return float(1 - np.sqrt((r - 1) ** 2 + (alpha - 1) ** 2 + (beta - 1) ** 2))


def persistence_index(point: Floats, observed: Floats, now: Floats) -> float:
    """1 - MSE / MSE of persistence at the same lead (Kitanidis and Bras 1980, Water Resour. Res. 16): 1 perfect, 0 no better.

    NaN when persistence made no error at all.
    """
    reference = float(np.mean((now - observed) ** 2))
    return float(1 - np.mean((point - observed) ** 2) / reference) if reference > 0 else float("nan")


def pinball(quantiles: Floats, observed: Floats) -> Floats:
    """Quantile loss in m, (n, 19), of quantiles (n, 19) at PROBABILITIES (Koenker and Bassett 1978)."""
    gap = observed[:, None] - quantiles
    return np.asarray(np.maximum(_P * gap, (_P - 1) * gap))


def crps_each(quantiles: Floats, observed: Floats) -> Floats:
    """CRPS of each of n forecasts in m, (n,); see `crps`."""
    return np.asarray(2 * pinball(quantiles, observed).mean(axis=1))


def crps(quantiles: Floats, observed: Floats) -> float:
    """Continuous ranked probability score in m, approximated by twice the mean quantile loss over PROBABILITIES.

    The mean absolute error is its limit for a forecast without spread (Gneiting and Raftery 2007, J. Am. Stat. Assoc. 102).
    """
    return float(2 * pinball(quantiles, observed).mean())


def cover80(quantiles: Floats, observed: Floats) -> float:
    """Share of observations inside the 10-90 % band; 0.8 is right."""
    low, high = quantiles[:, PROBABILITIES.index(0.1)], quantiles[:, PROBABILITIES.index(0.9)]
    return float(np.mean((observed >= low) & (observed <= high)))


@dataclass(frozen=True, slots=True)
class Crossings:
    """Rising crossings of a level: below it at issue, at or above it at the valid time."""

    level: float
    hit: int
    miss: int
    false: int


def crossings(point: Floats, observed: Floats, now: Floats, level: float) -> Crossings:
    """Count what the point forecast said of rising crossings of `level` (m; 0.0 is a level like any other)."""
    below = now < level
    came, said = observed >= level, point >= level
    return Crossings(
        level, int((below & came & said).sum()), int((below & came & ~said).sum()), int((below & ~came & said).sum())
    )


def score(
    now: Floats, observed: Floats, point: Floats, quantiles: Floats, thresholds: Sequence[float]
) -> dict[str, object]:
    """Every score of one lead under its report key; levels in m, arrays over the n forecasts that are scored.

    pi_high is the persistence index where the observed level is at or above the first threshold, bias_top the mean error
    over the highest 1 % of observed levels (negative: floods are under-predicted).
    """
    top = observed >= np.quantile(observed, 0.99)
    high = observed >= thresholds[0] if thresholds else np.zeros(len(observed), dtype=bool)
    enough = int(high.sum()) > _FEWEST_HIGH
    out: dict[str, object] = {
        "n": len(observed),
        "rmse_m": rmse(point, observed),
        "pi": persistence_index(point, observed, now),
        "pi_high": persistence_index(point[high], observed[high], now[high]) if enough else None,
        "bias_top": float((point - observed)[top].mean()),
        "crps_m": crps(quantiles, observed),
        "cover80": cover80(quantiles, observed),
        "bias_m": bias(point, observed),
        "mae_m": mae(point, observed),
        "nse": nse(point, observed),
        "kge": kge(point, observed),
    }
    for number, level in enumerate(thresholds, start=1):
        c = crossings(point, observed, now, level)
        out[f"crossing_{number}"] = {"level": level, "hit": c.hit, "miss": c.miss, "false": c.false}
    return out
