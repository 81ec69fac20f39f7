from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from domain.forecasts import LevelForecast
from forecasting import skill
from forecasting.configuration import ModelSettings
from forecasting.inputs import GaugeInputs, align
from forecasting.model_store import to_json
from forecasting.selection import GaugeModel, calibrate, calibrate_grid, withheld

HOUR = timedelta(hours=1)
EMPTY = pd.Series([], index=pd.DatetimeIndex([], tz="UTC"), dtype=float)


def corrupted(inputs: GaugeInputs, after: datetime, value: float) -> GaugeInputs:
    """The same readings up to `after`; everything later is `value` (NaN: gone), and there is more of it."""

    def spoil(series: pd.Series) -> pd.Series:
        past = series[series.index <= after]
        if np.isnan(value):
            return past
        extra = pd.date_range(pd.Timestamp(after) + pd.Timedelta("1s"), periods=200, freq="17min")
        return pd.concat([past, pd.Series(value, index=extra)])

    return replace(
        inputs,
        level=spoil(inputs.level),
        upstream={k: spoil(v) for k, v in inputs.upstream.items()},
        rain={k: spoil(v) for k, v in inputs.rain.items()},
    )


def lead_3h(forecasts: list[LevelForecast]) -> LevelForecast:
    return next(f for f in forecasts if f.lead_time == 3 * HOUR)


@given(
    hour=st.integers(0, 24 * 49),
    minute=st.integers(0, 59),
    value=st.sampled_from([float("nan"), -5.0, 0.0, 3.5, 1e6]),
)
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_future_changes_no_forecast(
    river: GaugeInputs, model: GaugeModel, hour: int, minute: int, value: float
) -> None:
    moment = model.calibrated_until + hour * HOUR + timedelta(minutes=minute)
    made = model.forecast(river, moment)
    assert made
    assert model.forecast(corrupted(river, moment, value), moment) == made


@pytest.mark.parametrize("value", [float("nan"), 1e6])
def test_the_future_changes_no_calibration(
    river: GaugeInputs, until: datetime, settings: ModelSettings, model: GaugeModel, value: float
) -> None:
    assert to_json(calibrate(corrupted(river, until, value), settings, until)) == to_json(model)


def test_outcomes_from_the_bounding_row_on_teach_nothing(
    river: GaugeInputs, until: datetime, settings: ModelSettings
) -> None:
    grid, settings = align(river, until + 500 * HOUR), replace(settings, leads_h=(3.0,))
    before = grid.row_of(until)
    spoiled = grid.level.copy()
    spoiled[before:] += 30.0
    honest = calibrate_grid("g", grid, settings, until, before=before)
    assert to_json(calibrate_grid("g", replace(grid, level=spoiled), settings, until, before=before)) == to_json(honest)


def test_forecasts_over_a_whole_grid_do_not_look_ahead_either(
    river: GaugeInputs, until: datetime, model: GaugeModel
) -> None:
    end = until + 20 * timedelta(days=1)
    whole = model.predict(align(river, end))
    spoiled = model.predict(align(corrupted(river, until, 50.0), end))
    row = align(river, end).row_of(until)
    for one, other in zip(whole, spoiled, strict=True):
        np.testing.assert_allclose(one.quantiles[: row + 1], other.quantiles[: row + 1], atol=1e-9)
        assert not np.allclose(one.quantiles[row + 5 :], other.quantiles[row + 5 :], equal_nan=True)


def test_one_forecast_is_the_row_of_the_whole(river: GaugeInputs, until: datetime, model: GaugeModel) -> None:
    moment = until + 100 * HOUR
    grid = align(river, moment)
    for lead, single in zip(model.predict(grid), model.forecast(river, moment), strict=True):
        np.testing.assert_allclose(single.quantiles_m, lead.quantiles[-1], atol=0.01)


def test_issue_and_valid_times_and_the_order_of_leads(river: GaugeInputs, until: datetime, model: GaugeModel) -> None:
    forecasts = model.forecast(river, until + timedelta(minutes=20))
    assert [f.lead_time / HOUR for f in forecasts] == [1.0, 3.0, 6.0, 24.0]
    assert {f.issued_at for f in forecasts} == {until}  # the newest reading, not the moment of asking
    assert {f.version for f in forecasts} == {model.version}


def test_it_beats_persistence_and_its_band_holds_four_fifths(
    river_of: Callable[..., GaugeInputs], until: datetime, model: GaugeModel
) -> None:
    river = river_of(24 * 200)
    grid = align(river, river.level.index[-1].to_pydatetime())
    begin = grid.row_of(until)
    lead = model.predict(grid)[1]
    rows = np.arange(begin, len(grid.level) - 3)
    observed, now = grid.level[rows + 3], grid.level[rows]
    assert skill.persistence_index(lead.point[rows], observed, now) > 0.6
    assert 0.72 < skill.cover80(lead.quantiles[rows], observed) < 0.88


@given(st.integers(0, 24 * 49), st.floats(-3, 12), st.sampled_from(["rain", "upstream", "both", "neither"]))
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_quantiles_never_cross_even_after_absurd_readings(
    river: GaugeInputs, model: GaugeModel, hour: int, jump: float, gone: str
) -> None:
    moment = model.calibrated_until + hour * HOUR
    level = river.level.copy()
    level[level.index > moment - 2 * HOUR] += jump
    rain = {k: EMPTY if gone in {"rain", "both"} else v for k, v in river.rain.items()}
    upstream = {k: EMPTY if gone in {"upstream", "both"} else v for k, v in river.upstream.items()}
    for forecast in model.forecast(replace(river, level=level, rain=rain, upstream=upstream), moment):
        assert (np.diff(forecast.quantiles_m) >= 0).all()
        assert np.isfinite(forecast.quantiles_m).all()


def test_what_was_used_is_said(river: GaugeInputs, until: datetime, model: GaugeModel) -> None:
    forecast = lead_3h(model.forecast(river, until))
    assert forecast.model in {"blend", "regression"}
    assert forecast.inputs == "own level, 1 of 1 upstream gauges, rain of 2 of 2 gauges"


def test_without_the_upstream_gauge_the_forecast_goes_on_and_says_so(
    river: GaugeInputs, until: datetime, model: GaugeModel
) -> None:
    upstream = {"thuong_nhat": river.upstream["thuong_nhat"][: pd.Timestamp(until - 5 * HOUR)]}
    forecast = lead_3h(model.forecast(replace(river, upstream=upstream), until))
    assert forecast.model in {"blend", "regression"}
    assert forecast.inputs == "own level, rain of 2 of 2 gauges, missing: thuong_nhat"


def test_without_rain_and_with_one_rain_gauge(river: GaugeInputs, until: datetime, model: GaugeModel) -> None:
    none = lead_3h(model.forecast(replace(river, rain=dict.fromkeys(river.rain, EMPTY)), until))
    assert none.inputs == "own level, 1 of 1 upstream gauges, missing: rain"
    one = lead_3h(model.forecast(replace(river, rain=dict(river.rain) | {"bach_ma": EMPTY}), until))
    assert one.inputs == "own level, 1 of 1 upstream gauges, rain of 1 of 2 gauges"


def test_a_gauge_taken_out_of_the_configuration_is_done_without(
    river: GaugeInputs, until: datetime, model: GaugeModel
) -> None:
    forecast = lead_3h(model.forecast(replace(river, upstream={}), until))
    assert forecast.inputs == "own level, rain of 2 of 2 gauges"


def test_persistence_remains_when_everything_else_is_gone(
    river: GaugeInputs, until: datetime, model: GaugeModel
) -> None:
    bare = replace(river, level=river.level[[until]], upstream={}, rain={})
    forecast = lead_3h(model.forecast(bare, until))
    assert forecast.model == "persistence"
    assert "missing: own level of the last day" in forecast.inputs
    assert forecast.median_m == pytest.approx(float(river.level[until]), abs=0.05)


def test_an_old_level_widens_the_band_and_then_withholds(
    river: GaugeInputs, until: datetime, model: GaugeModel
) -> None:
    silent = replace(river, level=river.level[: pd.Timestamp(until)])
    fresh = lead_3h(model.forecast(silent, until))
    old = lead_3h(model.forecast(silent, until + 2 * HOUR))
    assert "own level 2.0 h old" in old.inputs
    assert old.quantiles_m[-1] - old.quantiles_m[0] > 1.3 * (fresh.quantiles_m[-1] - fresh.quantiles_m[0])
    too_late = until + 3 * HOUR + timedelta(minutes=1)
    assert model.forecast(silent, too_late) == []
    assert withheld(silent, too_late) == "own level 3.0 h old; forecasts are withheld after 3 h"
    assert withheld(silent, until) is None
    assert model.forecast(replace(river, level=EMPTY), until) == []


def test_a_new_gauge_has_an_honest_default_band(river: GaugeInputs, settings: ModelSettings) -> None:
    begin = river.level.index[0].to_pydatetime()
    model = calibrate(river, settings, begin)
    forecasts = model.forecast(river, begin)
    widths = [f.quantiles_m[-1] - f.quantiles_m[0] for f in forecasts]
    assert widths == sorted(widths)
    assert {f.model for f in forecasts} == {"persistence"}
    assert all("default spread, 0 past changes known" in f.inputs for f in forecasts)
    assert model.pairs == 0
    nothing = calibrate(GaugeInputs(station="x", level=EMPTY), settings, begin)
    assert nothing.forecast(GaugeInputs(station="x", level=EMPTY), begin) == []


def test_hours_are_missing(river: GaugeInputs, until: datetime, settings: ModelSettings) -> None:
    rng = np.random.default_rng(2)
    kept = rng.random(len(river.level)) > 0.2
    kept[1000:1200] = False
    gappy = replace(river, level=river.level[kept])
    model = calibrate(gappy, replace(settings, leads_h=(3.0,)), until)
    assert lead_3h(model.forecast(gappy, until)).model in {"blend", "regression"}
    hole = river.level.index[1100].to_pydatetime()
    assert model.forecast(gappy, hole) == []


def test_two_to_eight_readings_a_day_still_make_a_forecast(
    river_of: Callable[..., GaugeInputs], settings: ModelSettings
) -> None:
    river = river_of(24 * 400)
    hours = river.level.index.hour
    every_six = hours % 6 == 1
    flood = (river.level > river.level.quantile(0.97)).to_numpy()
    sparse = replace(
        river,
        level=river.level[every_six | flood],
        upstream={k: v[every_six | flood] for k, v in river.upstream.items()},
    )
    end = sparse.level.index[-1].to_pydatetime()
    model = calibrate(sparse, settings, end)
    forecasts = model.forecast(sparse, end)
    assert len(forecasts) == len(settings.leads_h)
    better = {lead.lead_h: len(lead.ranked) for lead in model.leads}
    assert better[6.0] > 0
    assert forecasts[2].model in {"blend", "regression"}


def test_a_river_that_stands_at_exactly_zero(settings: ModelSettings) -> None:
    index = pd.date_range("2024-01-01", periods=24 * 40, freq="h", tz="UTC")
    still = GaugeInputs(station="z", level=pd.Series(0.0, index=index))
    model = calibrate(still, settings, index[-1].to_pydatetime())
    for forecast in model.forecast(still, index[-1].to_pydatetime()):
        assert forecast.median_m == pytest.approx(0.0, abs=0.01)
        assert forecast.quantiles_m[-1] < 0.2


def test_many_moments_give_what_each_gives_alone(river: GaugeInputs, until: datetime, model: GaugeModel) -> None:
    moments = [until, until + HOUR]
    assert model.forecast_many(river, moments) == [f for m in moments for f in model.forecast(river, m)]


def test_the_training_window_bounds_what_is_learnt(
    river: GaugeInputs, until: datetime, settings: ModelSettings
) -> None:
    short = calibrate(river, replace(settings, training=timedelta(days=30), leads_h=(1.0,)), until)
    assert 600 < short.pairs < 720
