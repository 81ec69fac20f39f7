from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from domain.forecasts import LevelForecast
from forecasting.experience import fit_experience, widening
from forecasting.features import feature_table
from forecasting.inputs import GaugeInputs, align
from forecasting.selection import GaugeModel

HOUR = timedelta(hours=1)


def raised(river: GaugeInputs, since: datetime, metres: float) -> GaugeInputs:
    """A rise that begins at `since` and goes on for six hours up to `metres` above what was read."""
    hours = (river.level.index - pd.Timestamp(since)) / pd.Timedelta(HOUR)
    return replace(river, level=river.level + metres * np.clip(np.asarray(hours), 0, 6) / 6)


def at_6h(forecasts: list[LevelForecast]) -> LevelForecast:
    return next(f for f in forecasts if f.lead_time == 6 * HOUR)


def test_within_the_past_nothing_is_flagged(river: GaugeInputs, until: datetime, model: GaugeModel) -> None:
    forecasts = model.forecast(river, until)
    assert not any(f.beyond_experience for f in forecasts)
    assert not any("beyond" in f.inputs for f in forecasts)


def test_above_everything_known_it_is_said_and_the_band_widens(
    river: GaugeInputs, until: datetime, model: GaugeModel
) -> None:
    widths = []
    for metres in (0.5, 1.0, 6.0):  # beyond some distance it widens no more
        flood = at_6h(model.forecast(raised(river, until - 6 * HOUR, metres), until))
        assert flood.beyond_experience
        assert "beyond experience" in flood.inputs
        widths.append(flood.quantiles_m[-1] - flood.quantiles_m[0])
    usual = at_6h(model.forecast(river, until))
    assert widths[0] > 2 * (usual.quantiles_m[-1] - usual.quantiles_m[0])
    assert widths[0] < widths[1] <= widths[2]


def test_an_expected_level_above_all_known_ones_is_beyond_experience_too(
    river: GaugeInputs, until: datetime, model: GaugeModel
) -> None:
    features = feature_table(align(river, until))
    highest = model.experience.own_highest_m
    assert model.experience.beyond(features, features.level)[-1] == 0.0
    assert model.experience.beyond(features, np.full(len(features.level), highest + 0.2))[-1] > 0.0


@given(st.floats(-20, 20), st.floats(0, 5))
@hypothesis_settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_farther_beyond_is_never_narrower(model: GaugeModel, river: GaugeInputs, point: float, more: float) -> None:
    features = feature_table(align(river, river.level.index[50].to_pydatetime()))
    near, far = (
        widening(model.experience.beyond(features, np.full(len(features.level), p))) for p in (point, point + more)
    )
    assert (far >= near).all()
    assert (near >= 1.0).all()
    assert (far <= 3.0).all()


def test_a_gauge_without_history_is_beyond_nothing(river: GaugeInputs) -> None:
    features = feature_table(align(river, river.level.index[50].to_pydatetime()))
    nobody = fit_experience(features, np.zeros(len(features.level), dtype=bool))
    assert (nobody.beyond(features, features.level) == 0.0).all()
