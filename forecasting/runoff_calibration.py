"""Fits a catchment's parameters to what the stage did, and says how sure they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import least_squares

from forecasting.inputs import Booleans, Floats, StepGrid
from forecasting.rainfall_runoff import Catchment, RainToCome, areal_rain, recent_rain

#: Fitted to changes of the stage over this time, with the rain that fell in it and the levels upstream held: as the model is
#: used, but for the rain. A shifted datum or a slow drift teaches it nothing.
_CHANGE_H = 6.0
_FEWEST_CHANGES = 400
#: First guess and bounds of the parameters that every catchment has: logarithms of hours, mm, hours, hours; a share; the
#: logarithm of m; an exponent. From hillside streams to lowland rivers.
_GUESS = (np.log(72.0), np.log(100.0), np.log(4.0), np.log(40.0), 0.2, np.log(1.0), 0.7)
_LOW = (np.log(6.0), np.log(5.0), np.log(0.5), np.log(12.0), 0.0, np.log(0.01), 0.3)
_HIGH = (np.log(1000.0), np.log(2000.0), np.log(24.0), np.log(480.0), 0.9, np.log(50.0), 1.0)
#: The same for each upstream gauge: the logarithm of its travel time in h, and the gain of one standard deviation in m.
_UPSTREAM = ((np.log(2.0), 0.1), (np.log(0.5), 0.0), (np.log(24.0), 2.0))
_EVALUATIONS, _AGAIN = 25, 6
_GOES_ON_H = 24.0


def fit_catchment(grid: StepGrid, taught: Booleans, start: Catchment | None = None) -> Catchment | None:
    """The catchment whose stage changes by what the readings at the `taught` steps (n,) did; None when they are too few.

    Bounded least squares (scipy's trust-region method). `start` is where to begin: a fit that knows nearly the same needs
    few steps from there.
    """
    if not grid.rain and not grid.upstream:
        return None
    areal, span = areal_rain(grid), grid.steps(_CHANGE_H)
    observed = np.full(len(grid.level), np.nan)
    observed[:-span] = grid.level[span:] - grid.level[:-span]
    rows = np.flatnonzero(np.isfinite(observed) & taught & np.roll(taught, -span))
    rows = rows[rows < len(areal) - span]
    if len(rows) < _FEWEST_CHANGES:
        return None
    rows = rows[:: max(1, min(span // 2, len(rows) // _FEWEST_CHANGES))]  # changes overlap; some of them tell it all
    blank = _blank(grid, taught)
    fell = np.column_stack([areal[rows + k] for k in range(1, span + 1)])
    coming = RainToCome(rows=rows, leads=(span,), rain_mm=fell)

    def missed(values: Floats) -> Floats:
        return np.asarray(_with(blank, values).ahead(grid, areal, coming)[:, 0] - observed[rows])

    low, high = _bounds(len(grid.upstream))
    begin = _first_guess(len(grid.upstream)) if start is None else parameters(start)
    found = least_squares(
        missed,
        np.clip(begin, low + 1e-6, high - 1e-6),
        bounds=(low, high),
        max_nfev=_EVALUATIONS if start is None else _AGAIN,
    )
    return replace(
        _with(blank, found.x),
        standard_errors=_standard_errors(np.asarray(found.jac), found.fun, span),
        goes_on=_goes_on(areal, grid, taught),
    )


def parameters(catchment: Catchment) -> Floats:
    """The fitted parameters (7 + 2 for each upstream gauge,) on the scale on which they are fitted."""
    times = (catchment.wetness_h, catchment.storage_mm, catchment.quick_h, catchment.slow_h)
    own = [*np.log(times), catchment.slow_share, np.log(catchment.gain_m), catchment.exponent]
    return np.concatenate([own, np.log(catchment.travel_h), catchment.upstream_gain_m])


def _blank(grid: StepGrid, taught: Booleans) -> Catchment:
    known = [np.where(taught, values, np.nan) for values in grid.upstream.values()]
    centre = np.array([np.nanmean(v) if np.isfinite(v).any() else 0.0 for v in known])
    spread = np.array([np.nanstd(v) if np.isfinite(v).any() else 1.0 for v in known])
    nothing = np.zeros(len(known))
    return Catchment(
        wetness_h=1.0,
        storage_mm=1.0,
        quick_h=1.0,
        slow_h=1.0,
        slow_share=0.0,
        gain_m=1.0,
        exponent=1.0,
        upstream=tuple(grid.upstream),
        centre=centre,
        spread=spread + 1e-6,
        travel_h=nothing + 1.0,
        upstream_gain_m=nothing,
        standard_errors=np.zeros(0),
        goes_on=np.zeros(0),
    )


def _with(blank: Catchment, values: Floats) -> Catchment:
    """`blank` with the fitted parameters."""
    count = len(blank.upstream)
    wetness_h, storage_mm, quick_h, slow_h = np.exp(values[:4]).tolist()
    return replace(
        blank,
        wetness_h=wetness_h,
        storage_mm=storage_mm,
        quick_h=quick_h,
        slow_h=slow_h,
        slow_share=float(values[4]),
        gain_m=float(np.exp(values[5])),
        exponent=float(values[6]),
        travel_h=np.exp(values[7 : 7 + count]),
        upstream_gain_m=values[7 + count :],
    )


def _first_guess(upstream: int) -> Floats:
    travel, gain = _UPSTREAM[0]
    return np.concatenate([_GUESS, np.full(upstream, travel), np.full(upstream, gain)])


def _bounds(upstream: int) -> tuple[Floats, Floats]:
    low, high = (
        np.concatenate([own, np.full(upstream, travel), np.full(upstream, gain)])
        for own, (travel, gain) in ((_LOW, _UPSTREAM[1]), (_HIGH, _UPSTREAM[2]))
    )
    return low, high


def _standard_errors(jacobian: Floats, missed: Floats, span: int) -> Floats:
    """From the curvature of the squared error at its minimum; changes over `span` steps overlap, so fewer count."""
    counted = max(len(missed) / span, 1.0)
    variance = float(np.mean(missed**2)) * len(missed) / counted
    return np.asarray(np.sqrt(variance * np.maximum(np.diag(np.linalg.pinv(jacobian.T @ jacobian)), 0.0)))


def _goes_on(areal_mm: Floats, grid: StepGrid, taught: Booleans) -> Floats:
    """How much of the rain of the last 3 h fell again 1, 2 … steps later, on average over the past."""
    rain = np.where(taught, areal_mm, 0.0)
    recent = recent_rain(rain, grid)
    power = max(float(recent @ recent), 1e-9)
    steps = min(grid.steps(_GOES_ON_H), len(rain) - 1)
    return np.array([float(rain[k:] @ recent[:-k]) / power for k in range(1, steps + 1)])
