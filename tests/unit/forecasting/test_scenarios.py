from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from forecasting.inputs import GaugeInputs, align
from forecasting.scenarios import RainAssumption, RainScenario
from forecasting.selection import GaugeModel

HOUR = timedelta(hours=1)


def given_rain(begin: datetime, *millimetres: float) -> RainScenario:
    times = pd.DatetimeIndex([begin + (k + 1) * HOUR for k in range(len(millimetres))])
    return RainScenario(assumption=RainAssumption.GIVEN, rain_mm=pd.Series(millimetres, index=times), source="made up")


def expected(model: GaugeModel, river: GaugeInputs, until: datetime, rain: RainScenario | None = None) -> list[float]:
    return [f.expected_m for f in model.forecast(river, until, rain) if f.expected_m is not None]


def test_more_rain_given_raises_the_longer_leads_more(river: GaugeInputs, until: datetime, model: GaugeModel) -> None:
    dry = expected(model, river, until, given_rain(until, *[0.0] * 24))
    wet = expected(model, river, until, given_rain(until, *[15.0] * 6, *[0.0] * 18))
    rise = np.subtract(wet, dry)
    assert (rise >= 0).all()
    assert rise[2] > 0.05  # six hours ahead
    assert rise[2] > rise[0]


def test_the_whole_band_moves_and_stays_in_order(river: GaugeInputs, until: datetime, model: GaugeModel) -> None:
    plain = model.forecast(river, until)[2]
    wet = model.forecast(river, until, given_rain(until, *[15.0] * 24))[2]
    moved = np.subtract(wet.quantiles_m, plain.quantiles_m)
    assert moved == pytest.approx([moved[0]] * 19)
    assert (np.diff(wet.quantiles_m) >= 0).all()


def test_what_is_supposed_is_said(river: GaugeInputs, until: datetime, model: GaugeModel) -> None:
    assert {f.assumption for f in model.forecast(river, until)} == {"rain to come: as on average"}
    none = RainScenario(assumption=RainAssumption.NONE)
    assert {f.assumption for f in model.forecast(river, until, none)} == {"rain to come: none"}
    series = given_rain(until, 1.0, 2.0)
    assert {f.assumption for f in model.forecast(river, until, series)} == {"rain to come: made up, 2 h"}


def test_persistent_rain_raises_a_forecast_made_in_rain_and_no_other(
    river: GaugeInputs, until: datetime, model: GaugeModel
) -> None:
    raining = replace(river, rain={k: v.where(v.index <= until - 3 * HOUR, 8.0) for k, v in river.rain.items()})
    goes_on = RainScenario(assumption=RainAssumption.PERSISTENCE)
    assert expected(model, raining, until, goes_on)[2] > expected(model, raining, until)[2]
    dry = replace(river, rain={k: v.where(v.index <= until - 3 * HOUR, 0.0) for k, v in river.rain.items()})
    assert expected(model, dry, until, goes_on) == expected(model, dry, until)


def test_rain_is_laid_on_the_steps_after_the_issue(river: GaugeInputs, until: datetime) -> None:
    grid = align(river, until)
    half_hours = pd.Series([1.0, 2.0, 4.0, np.nan], index=pd.date_range(until, periods=4, freq="30min"))
    scenario = RainScenario(assumption=RainAssumption.GIVEN, rain_mm=half_hours)
    millimetres, covered = scenario.steps(grid, 4)  # what is dated at the issue time has fallen already
    assert millimetres.tolist() == [6.0, 0.0, 0.0, 0.0]
    assert covered == 1


def test_a_series_without_the_assumption_and_naive_times_are_refused() -> None:
    with pytest.raises(ValueError, match="belongs to the assumption"):
        RainScenario(assumption=RainAssumption.GIVEN)
    with pytest.raises(ValueError, match="belongs to the assumption"):
        RainScenario(rain_mm=pd.Series(dtype=float))
    naive = pd.Series([1.0], index=pd.DatetimeIndex(["2025-10-27"]))
    with pytest.raises(ValueError, match="time zone"):
        RainScenario(assumption=RainAssumption.GIVEN, rain_mm=naive)
