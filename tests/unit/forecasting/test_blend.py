from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from forecasting import blend as blend_module
from forecasting.blend import CalibratedBlend, fit_blend
from forecasting.features import RAIN, FeatureTable, feature_table
from forecasting.inputs import Floats, GaugeInputs, StepGrid, align
from forecasting.regression import Calibrated, fit_regression
from forecasting.runoff_features import fit_runoff

LEAD, TREES = 3, 20
NEEDS = ("own", "upstream:thuong_nhat", RAIN)


def calibrated(grid: StepGrid, features: FeatureTable) -> tuple[Calibrated, CalibratedBlend, Floats]:
    change = np.full(len(grid.level), np.nan)
    change[:-LEAD] = grid.level[LEAD:] - grid.level[:-LEAD]
    base = fit_regression(features, change, NEEDS, LEAD, before=len(grid.level), minimum_pairs=200)
    assert base is not None
    return base, fit_blend(base, features, change, LEAD, TREES), change


@pytest.fixture(scope="module")
def grid(river: GaugeInputs) -> StepGrid:
    return align(river, river.level.index[3600].to_pydatetime())


@pytest.fixture(scope="module")
def features(grid: StepGrid) -> FeatureTable:
    return fit_runoff(feature_table(grid), grid, [LEAD], len(grid.level))[1]


@pytest.fixture(scope="module")
def fitted(grid: StepGrid, features: FeatureTable) -> tuple[Calibrated, CalibratedBlend, Floats]:
    return calibrated(grid, features)


def test_out_of_sample_it_is_no_worse_than_the_regression_in_it(
    fitted: tuple[Calibrated, CalibratedBlend, Floats],
) -> None:
    base, blend, _ = fitted
    assert np.mean(blend.errors**2) <= 1.03 * np.mean(base.errors**2)
    assert (blend.model.weights >= 0).all()


def test_trees_that_are_worthless_get_no_say(
    grid: StepGrid, features: FeatureTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(5)
    guess = SimpleNamespace(predict=lambda x: rng.normal(size=len(x)))
    monkeypatch.setattr(blend_module, "fit_forest", lambda *_: guess)
    _, blend, _ = calibrated(grid, features)
    assert blend.model.weights[1] < 0.01


def test_it_goes_beyond_its_record_in_a_larger_flood(
    grid: StepGrid, features: FeatureTable, fitted: tuple[Calibrated, CalibratedBlend, Floats]
) -> None:
    """The same flood with everything twice as high: trees alone stay at the largest change they were shown."""
    _, blend, change = fitted
    row = int(np.nanargmax(np.where(np.isfinite(change), change, -np.inf)))
    mean = np.nanmean(features.values, axis=0)
    larger = replace(features, values=(mean + 2 * (features.values - mean)).astype(np.float32))
    model = blend.model
    trees = model.forest.predict(larger.values[:, larger.named(model.columns)])
    said = blend.model.predict(larger).point - larger.level
    assert trees.max() <= np.nanmax(change) + 1e-6
    assert said[row] > 1.1 * (blend.model.predict(features).point - features.level)[row]
    assert said[row] > trees[row] * model.weights[1]


def test_without_rain_among_its_inputs_it_has_no_runoff(grid: StepGrid, features: FeatureTable) -> None:
    change = np.full(len(grid.level), np.nan)
    change[:-LEAD] = grid.level[LEAD:] - grid.level[:-LEAD]
    base = fit_regression(features, change, ("own",), LEAD, before=len(grid.level), minimum_pairs=200)
    assert base is not None
    model = fit_blend(base, features, change, LEAD, TREES).model
    assert model.runoff_column is None
    assert all(name.startswith("own ") for name in model.columns)
    bare = feature_table(replace(grid, upstream={}, rain={}))
    np.testing.assert_allclose(model.predict(bare).point, model.predict(features).point, equal_nan=True)
