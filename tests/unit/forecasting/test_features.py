from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from forecasting.features import OWN, RAIN, FeatureKind, feature_table, upstream_group
from forecasting.inputs import GaugeInputs, align

BEGIN = datetime(2025, 10, 1, tzinfo=UTC)


def at_hours(values: dict[int, float]) -> pd.Series:
    return pd.Series(list(values.values()), index=pd.DatetimeIndex([BEGIN + timedelta(hours=h) for h in values]))


def table_of(level: dict[int, float], hours: int, **others: dict[str, pd.Series]):
    return feature_table(
        align(GaugeInputs(station="g", level=at_hours(level), **others), BEGIN + timedelta(hours=hours))
    )


def column(table, name: str) -> np.ndarray:
    return table.values[:, table.names.index(name)]


def test_a_rate_over_sparse_readings_is_scaled_to_its_lag() -> None:
    table = table_of({0: 1.0, 6: 2.2, 12: 1.6}, 12)
    assert column(table, "own rate 6 h")[12] == pytest.approx(-0.6)
    assert column(table, "own rate 3 h")[12] == pytest.approx(-0.3)  # between the readings 6 h apart
    assert column(table, "own rate 12 h")[12] == pytest.approx(0.6)


def test_a_rate_does_not_reach_across_a_long_outage() -> None:
    table = table_of({0: 1.0, 40: 2.0, 41: 2.1}, 41)
    assert np.isnan(column(table, "own rate 3 h")[41])
    assert column(table, "own rate 1 h")[41] == pytest.approx(0.1)


def test_a_level_of_exactly_zero_is_known() -> None:
    table = table_of(dict.fromkeys(range(60), 0.0), 59)
    assert table.usable[OWN][59]
    assert table.age[59] == 0
    assert table.level[59] == 0.0


def test_rain_that_was_not_measured_is_not_taken_as_dry() -> None:
    level = dict.fromkeys(range(60), 1.0)
    rain = at_hours(dict.fromkeys(range(50), 0.0))
    table = table_of(level, 59, rain={"r": rain})
    assert table.usable[RAIN][49]
    assert not table.usable[RAIN][59]
    assert not table.rain_known["r"][59]


def test_a_silent_rain_gauge_gets_the_mean_of_the_others() -> None:
    level = dict.fromkeys(range(30), 1.0)
    rain = {
        "a": at_hours(dict.fromkeys(range(30), 4.0)),
        "b": at_hours(dict.fromkeys(range(30), 2.0)),
        "silent": at_hours({0: 0.0}),
    }
    table = table_of(level, 29, rain=rain)
    assert column(table, "silent rain 0-1 h")[29] == pytest.approx(3.0)
    assert column(table, "a rain 3-6 h")[29] == pytest.approx(12.0)
    assert table.usable[RAIN][29]


def test_the_wetness_index_decays_by_its_half_life() -> None:
    level = dict.fromkeys(range(30), 1.0)
    rain = at_hours({h: 10.0 if h == 5 else 0.0 for h in range(30)})
    table = table_of(level, 29, rain={"r": rain})
    index = column(table, "rain index 8 h")
    assert index[4] == 0.0
    assert index[5] == pytest.approx(10.0)
    assert index[13] == pytest.approx(5.0)


def test_every_column_has_its_kind_and_group() -> None:
    level = dict.fromkeys(range(30), 1.0)
    table = table_of(level, 29, rain={"mua kia": at_hours(level)}, upstream={"Kien Giang": at_hours(level)})
    kinds = dict(zip(table.names, table.kinds, strict=True))
    assert kinds["own level"] is kinds["Kien Giang level"] is FeatureKind.LEVEL
    assert kinds["Kien Giang rate 6 h"] is FeatureKind.RATE
    assert kinds["Kien Giang rate 9 h"] is FeatureKind.LONG_RATE
    assert kinds["mua kia rain 12-24 h"] is FeatureKind.RAIN_SUM
    assert kinds["mua kia rain 24-48 h"] is FeatureKind.LONG_RAIN_SUM
    assert kinds["rain index 8 h"] is FeatureKind.RAIN_INDEX
    assert kinds["square of own level"] is kinds["rain index 8 h times own level"] is FeatureKind.PRODUCT
    assert set(table.groups) == {OWN, RAIN, upstream_group("Kien Giang")}


def test_steps_of_ten_minutes_see_the_same_hours() -> None:
    index = pd.date_range(BEGIN, periods=6 * 40, freq="10min", tz="UTC")
    level = pd.Series(np.linspace(0.0, 4.0, len(index)), index=index)
    inputs = GaugeInputs(station="g", level=level, step=timedelta(minutes=10))
    table = feature_table(align(inputs, index[-1].to_pydatetime()))
    assert column(table, "own rate 3 h")[-1] == pytest.approx(18 * (level.iloc[1] - level.iloc[0]), rel=1e-5)


def test_steps_of_six_hours_see_as_many_steps() -> None:
    index = pd.date_range(BEGIN, periods=60, freq="6h", tz="UTC")
    level, rain = pd.Series(np.linspace(0.0, 5.9, 60), index=index), pd.Series(np.arange(60.0), index=index)
    inputs = GaugeInputs(station="g", level=level, rain={"r": rain}, step=timedelta(hours=6))
    table = feature_table(align(inputs, index[-1].to_pydatetime()))
    kinds = dict(zip(table.names, table.kinds, strict=True))
    assert column(table, "own rate 18 h")[-1] == pytest.approx(0.3)
    assert column(table, "r rain 18-36 h")[-1] == pytest.approx(56 + 55 + 54)
    assert kinds["own rate 36 h"] is FeatureKind.RATE
    assert kinds["own rate 54 h"] is FeatureKind.LONG_RATE
    assert kinds["r rain 72-144 h"] is FeatureKind.RAIN_SUM
    assert kinds["r rain 144-288 h"] is FeatureKind.LONG_RAIN_SUM
    assert table.rate_3h[-1] == pytest.approx(0.05)
