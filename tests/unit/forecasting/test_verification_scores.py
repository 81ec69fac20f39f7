"""Scores against the definitions of others (HydroErr, scoringrules) and against cases worked out by hand."""

from __future__ import annotations

import HydroErr
import numpy as np
import pytest
import scoringrules
from hypothesis import given
from hypothesis import strategies as st

from domain.forecasts import PROBABILITIES, LevelForecast
from forecasting import skill
from forecasting.flood_events import crossing_error_h, flood_events, peak_error
from forecasting.inputs import StepGrid
from forecasting.probability_scores import exceedance, reached_within, reliability, spread_skill
from tests.unit.forecasting.conftest import BEGIN

SEEDS = st.integers(0, 10_000)


def pair(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    observed = rng.gamma(2.0, 1.0, 60) + 1.0
    return observed + rng.normal(0.1, 0.3, 60), observed


@given(SEEDS)
def test_point_scores_agree_with_hydroerr(seed: int) -> None:
    point, observed = pair(seed)
    assert skill.nse(point, observed) == pytest.approx(HydroErr.nse(point, observed))
    assert skill.kge(point, observed) == pytest.approx(HydroErr.kge_2009(point, observed), abs=1e-3)
    assert skill.mae(point, observed) == pytest.approx(HydroErr.mae(point, observed))
    assert skill.bias(point, observed) == pytest.approx(HydroErr.me(point, observed))


@given(SEEDS)
def test_probability_scores_agree_with_scoringrules(seed: int) -> None:
    point, observed = pair(seed)
    quantiles = point[:, None] + np.linspace(-1, 1, 19)[None, :]
    theirs = scoringrules.crps_quantile(observed, quantiles, np.array(PROBABILITIES))
    np.testing.assert_allclose(skill.crps_each(quantiles, observed), theirs)
    chance = np.clip(point / 6, 0, 1)
    came = (observed > 3).astype(float)
    assert reliability(chance, came).brier == pytest.approx(float(np.mean(scoringrules.brier_score(came, chance))))


@given(SEEDS, st.floats(-1, 8))
def test_the_chance_is_the_one_a_forecast_gives(seed: int, level_m: float) -> None:
    rng = np.random.default_rng(seed)
    quantiles = np.sort(rng.normal(3, 1, (4, 19)), axis=1).round(2)
    chances = exceedance(quantiles, level_m)
    for row, chance in zip(quantiles, chances, strict=True):
        one = LevelForecast(
            station="a",
            issued_at=BEGIN,
            valid_at=BEGIN,
            quantiles_m=tuple(map(float, row)),
            model="",
            version="",
            inputs="",
        )
        # On a quantile the curve has a step, one for each that stands there.
        steps = int(np.count_nonzero(row == level_m))
        near = 0.05 * steps + 1e-3 if steps else 1e-9
        assert chance == pytest.approx(one.probability_at_or_above(level_m), abs=near)


def test_nobody_knows_whether_a_level_was_reached_while_nothing_was_read() -> None:
    level = np.array([1.0, np.nan, np.nan, np.nan, 3.0, 1.0, 1.0])
    assert reached_within(level, 3, 2.0).tolist()[1:5] == [1.0, 1.0, 1.0, 0.0]
    assert np.isnan(reached_within(level, 3, 2.0)[0])


def test_honest_chances_lie_on_the_diagonal_and_bold_ones_below_it() -> None:
    rng = np.random.default_rng(2)
    chance = rng.random(20_000)
    came = (rng.random(20_000) < chance).astype(float)
    honest, bold = reliability(chance, came), reliability(np.clip(2 * chance - 0.5, 0, 1), came)
    assert honest.slope == pytest.approx(1.0, abs=0.03)
    assert bold.slope is not None
    assert bold.slope < 0.8
    assert sum(count for _, _, count in honest.bins) == 20_000


def test_spread_that_knows_its_errors_grows_with_them() -> None:
    rng = np.random.default_rng(3)
    sd = rng.uniform(0.1, 1.0, 5000)
    observed = rng.normal(0, sd)
    normal = np.array([-1.2816, 1.2816])
    quantiles = np.zeros((5000, 19))
    quantiles[:, [1, 17]] = sd[:, None] * normal
    for spread, error in spread_skill(np.zeros(5000), quantiles, observed):
        assert error == pytest.approx(spread, rel=0.12)


def hydrograph() -> StepGrid:
    hours = np.arange(200)
    level = 1.0 + 3.0 * np.exp(-(((hours - 60) / 8) ** 2)) + 2.0 * np.exp(-(((hours - 150) / 8) ** 2))
    times = np.arange(200, dtype=np.int64) * 3_600_000_000_000
    from datetime import timedelta

    return StepGrid(times_ns=times, step=timedelta(hours=1), level=level, upstream={}, rain={})


def test_floods_are_found_with_their_peaks_and_a_late_low_forecast_is_told_as_such() -> None:
    grid = hydrograph()
    first, second = flood_events(grid, 2.0, 0, 200)
    assert (first.peak, second.peak) == (60, 150)
    late = np.concatenate([np.full(3, 1.0), grid.level[:-3] - 0.5])
    error = peak_error(first, grid, late)
    assert error is not None
    assert error.height_m == pytest.approx(-0.5)
    assert error.time_h == 3.0
    assert 3.0 <= (crossing_error_h(first, grid, late, 2.0) or 0) <= 5.0
    assert crossing_error_h(second, grid, late, 3.9) is None
    assert peak_error(first, grid, np.full(200, np.nan)) is None
