"""The catchment against rivers that it made itself: what was put in must be found again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from forecasting.inputs import StepGrid
from forecasting.rainfall_runoff import Catchment, RainToCome, areal_rain, recent_rain
from forecasting.runoff_calibration import fit_catchment, parameters

HOURS = 24 * 365
TRUE = Catchment(
    wetness_h=120.0,
    storage_mm=150.0,
    quick_h=5.0,
    slow_h=60.0,
    slow_share=0.3,
    gain_m=1.5,
    exponent=0.8,
    upstream=("up",),
    centre=np.array([10.0]),
    spread=np.array([1.0]),
    travel_h=np.array([4.0]),
    upstream_gain_m=np.array([0.6]),
    standard_errors=np.zeros(0),
    goes_on=np.array([0.5, 0.25]),
)


def rainy(hours: int = HOURS, seed: int = 3) -> StepGrid:
    """A year of storms of some hours, and an upstream gauge that steps up and down of its own accord."""
    rng = np.random.default_rng(seed)
    rain = np.zeros(hours)
    for begin in rng.integers(0, hours - 20, hours // 80):
        rain[begin : begin + rng.integers(2, 18)] += rng.gamma(2.0, 3.0)
    up = 10 + np.repeat(rng.normal(size=hours // 48 + 1), 48)[:hours]
    times = np.arange(hours, dtype=np.int64) * 3_600_000_000_000
    nothing = np.full(hours, np.nan)
    return StepGrid(
        times_ns=times, step=timedelta(hours=1), level=nothing, upstream={"up": up}, rain={"a": rain, "b": nothing}
    )


@pytest.fixture(scope="module")
def grid() -> StepGrid:
    """The river that TRUE makes of the rain, read to the millimetre."""
    dry = rainy()
    stage = TRUE.stage(TRUE.follow(dry, areal_rain(dry)), 1.0) + 2.0
    return replace(dry, level=stage + np.random.default_rng(1).normal(0, 0.001, HOURS))


@pytest.fixture(scope="module")
def fitted(grid: StepGrid) -> Catchment:
    found = fit_catchment(grid, np.ones(HOURS, dtype=bool))
    assert found is not None
    return found


def test_a_catchment_finds_its_own_parameters(fitted: Catchment) -> None:
    assert fitted.quick_h == pytest.approx(TRUE.quick_h, rel=0.2)
    assert fitted.exponent == pytest.approx(TRUE.exponent, abs=0.15)
    assert fitted.travel_h[0] == pytest.approx(TRUE.travel_h[0], rel=0.25)
    assert fitted.upstream_gain_m[0] / fitted.spread[0] == pytest.approx(TRUE.upstream_gain_m[0], rel=0.15)


def test_and_forecasts_what_the_river_does_when_the_rain_is_known(fitted: Catchment, grid: StepGrid) -> None:
    rows = np.arange(200, HOURS - 12)
    areal = areal_rain(grid)
    fell = np.column_stack([areal[rows + k] for k in range(1, 13)])
    made = fitted.ahead(grid, areal, RainToCome(rows=rows, leads=(12,), rain_mm=fell))[:, 0]
    steady = np.abs(grid.upstream["up"][rows + 12] - grid.upstream["up"][rows]) < 1e-9
    change = (grid.level[rows + 12] - grid.level[rows])[steady]
    assert np.mean((made[steady] - change) ** 2) < 0.02 * change.var()


def test_parameters_come_with_their_uncertainty(fitted: Catchment, grid: StepGrid) -> None:
    assert fitted.standard_errors.shape == parameters(fitted).shape == (9,)
    assert (fitted.standard_errors >= 0).all()
    noisy = replace(grid, level=grid.level + np.random.default_rng(2).normal(0, 0.4, HOURS))
    less_sure = fit_catchment(noisy, np.ones(HOURS, dtype=bool))
    assert less_sure is not None
    assert less_sure.standard_errors[2] > 2 * fitted.standard_errors[2]


def test_the_same_rain_runs_off_more_from_wet_ground() -> None:
    wet, rain = np.zeros(400), np.zeros(400)
    rain[300:306] = wet[300:306] = 10.0
    wet[200:260] = 5.0
    peaks = []
    for rainfall in (rain, wet):
        grid = replace(rainy(400), rain={"a": rainfall}, upstream={"up": np.full(400, 10.0)})
        stage = TRUE.stage(TRUE.follow(grid, rainfall), 1.0)
        peaks.append(stage[300:].max() - stage[299])
    assert peaks[1] > 1.3 * peaks[0]


def test_stepping_ahead_agrees_with_following(grid: StepGrid) -> None:
    level = replace(grid, upstream={"up": np.full(HOURS, 10.5)})
    areal, rows = areal_rain(level), np.arange(500, 900)
    fell = np.column_stack([areal[rows + k] for k in range(1, 7)])
    stage = TRUE.stage(TRUE.follow(level, areal), 1.0)
    ahead = TRUE.ahead(level, areal, RainToCome(rows=rows, leads=(1, 6), rain_mm=fell))
    np.testing.assert_allclose(ahead, np.column_stack([stage[rows + k] - stage[rows] for k in (1, 6)]), atol=1e-6)


def test_too_little_history_or_nothing_to_look_at_gives_no_catchment(grid: StepGrid) -> None:
    assert fit_catchment(grid, np.arange(HOURS) < 300) is None
    assert fit_catchment(replace(grid, rain={}, upstream={}), np.ones(HOURS, dtype=bool)) is None


def test_what_is_not_to_be_learnt_from_teaches_nothing(grid: StepGrid) -> None:
    taught = np.arange(HOURS) < 4000
    spoiled = replace(
        grid,
        level=np.where(taught, grid.level, 99.0),
        rain={"a": np.where(taught, grid.rain["a"], 50.0), "b": grid.rain["b"]},
        upstream={"up": np.where(taught, grid.upstream["up"], -7.0)},
    )
    one, other = fit_catchment(grid, taught), fit_catchment(spoiled, taught)
    assert one is not None
    assert other is not None
    np.testing.assert_array_equal(parameters(one), parameters(other))
    np.testing.assert_array_equal(one.goes_on, other.goes_on)


def test_rain_expected_fades_as_it_did_in_the_past() -> None:
    expected = TRUE.expected_rain(recent_rain(np.full(5, 4.0), rainy(5)), 3)
    assert expected[-1].tolist() == [2.0, 1.0, 0.0]
