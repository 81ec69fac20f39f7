from __future__ import annotations

import numpy as np
import pytest

from domain.forecasts import PROBABILITIES
from forecasting.default_spread import DefaultSpread
from forecasting.persistence import fit_persistence

RNG = np.random.default_rng(5)
NOTHING = np.array([])


class Now:
    """The features persistence looks at."""

    def __init__(self, rate_3h: float) -> None:
        self.level = np.array([0.0])
        self.rate_3h = np.array([rate_3h])


def band(model, rate_3h: float) -> np.ndarray:
    predicted = model.predict(Now(rate_3h))
    return predicted.point[0] + predicted.errors[0]


def test_without_history_the_spread_grows_with_the_lead_and_the_median_stays() -> None:
    widths = []
    for lead_h in (1.0, 6.0, 24.0):
        quantiles = band(fit_persistence(NOTHING, NOTHING, lead_h, DefaultSpread()), 0.0)
        assert quantiles[9] == 0.0
        widths.append(quantiles[-1] - quantiles[0])
    assert widths[0] < widths[1] < widths[2]


def test_the_default_allows_more_for_rises_than_for_falls() -> None:
    quantiles = band(fit_persistence(NOTHING, NOTHING, 6.0, DefaultSpread()), 0.0)
    assert quantiles[-1] == pytest.approx(-1.5 * quantiles[0])
    assert quantiles[PROBABILITIES.index(0.95)] == pytest.approx(1.5 * 0.05 * 6**0.75 * 1.644854, rel=1e-5)


def test_without_history_a_rise_may_go_on() -> None:
    model = fit_persistence(NOTHING, NOTHING, 6.0, DefaultSpread())
    steady, rising, falling = band(model, 0.0), band(model, 0.9), band(model, -0.9)
    assert rising[-1] > steady[-1] + 1.5  # 0.3 m/h for six hours, nearly all of it
    assert rising[0] == steady[0]
    assert falling[0] < steady[0] - 1.5
    assert rising[9] == steady[9]


def test_a_rising_river_has_the_changes_of_rising_rivers() -> None:
    rate = RNG.normal(size=5000)
    changes = np.where(rate > 1.1, 0.5, 0.0) + RNG.normal(size=5000) * 0.01
    model = fit_persistence(changes, rate, 3.0, DefaultSpread())
    assert band(model, 2.0)[9] > 0.4
    assert band(model, 0.0)[9] == pytest.approx(0.0, abs=0.01)
    assert model.predict(Now(2.0)).calm[0] == 0.0


def test_few_changes_are_drawn_towards_the_default() -> None:
    still = fit_persistence(np.zeros(48), np.zeros(48), 6.0, DefaultSpread())
    default = fit_persistence(NOTHING, NOTHING, 6.0, DefaultSpread())
    np.testing.assert_allclose(band(still, 0.0), band(default, 0.0) / 2)


def test_quantiles_ascend_for_every_trend() -> None:
    for n in (0, 30, 3000):
        model = fit_persistence(RNG.normal(size=n), RNG.normal(size=n), 12.0, DefaultSpread())
        for rate in (-50.0, -0.1, 0.0, 0.1, 50.0):
            assert (np.diff(band(model, rate)) >= 0).all()
