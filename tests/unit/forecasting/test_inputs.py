from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from domain.readings import QualityFlag
from forecasting.inputs import GaugeInputs, align, hold, newest_reading, usable_series

SIX = datetime(2025, 10, 27, 6, tzinfo=UTC)


def series(*readings: tuple[float, float]) -> pd.Series:
    """Values at minutes after six o'clock."""
    index = pd.DatetimeIndex([SIX + timedelta(minutes=m) for m, _ in readings])
    return pd.Series([v for _, v in readings], index=index, dtype=float)


def gauge(level: pd.Series, **others: dict[str, pd.Series]) -> GaugeInputs:
    return GaugeInputs(station="g", level=level, **others)


def test_a_level_is_the_last_of_its_step_and_rain_the_sum() -> None:
    rain = series((10, 1.0), (50, 2.0), (70, 4.0))
    grid = align(gauge(series((10, 1.0), (60, 2.0), (61, 3.0), (175, 4.0)), rain={"r": rain}), SIX + timedelta(hours=3))
    assert grid.level.tolist()[-3:] == [2.0, 3.0, 4.0]
    np.testing.assert_array_equal(grid.rain["r"][-3:], [3.0, 4.0, np.nan])


def test_nothing_is_filled_between_irregular_readings() -> None:
    grid = align(gauge(series((0, 1.0), (360, 3.0))), SIX + timedelta(hours=6))
    np.testing.assert_array_equal(grid.level, [1.0, *[np.nan] * 5, 3.0])


def test_a_reading_just_after_the_last_row_is_not_seen() -> None:
    readings = gauge(series((0, 1.0), (60, 2.0), (60.02, 9.0)))
    assert align(readings, SIX + timedelta(hours=1)).level.tolist() == [1.0, 2.0]


def test_failed_missing_and_unreadable_values_are_left_out_but_suspect_ones_are_used() -> None:
    flags = [QualityFlag.PASS, QualityFlag.SUSPECT, QualityFlag.FAIL, QualityFlag.MISSING, QualityFlag.PASS]
    frame = pd.DataFrame(
        {
            "observed_at": [SIX + timedelta(hours=k) for k in range(5)],
            "value": [0.0, 5.0, 99.0, 1.0, np.nan],
            "flag": [int(f) for f in flags],
        }
    )
    assert usable_series(frame).tolist() == [0.0, 5.0]


def test_of_two_values_for_one_time_the_later_row_stands_and_the_order_is_by_time() -> None:
    frame = pd.DataFrame({"observed_at": [SIX + timedelta(hours=1), SIX, SIX], "value": [3.0, 1.0, 2.0]})
    assert usable_series(frame).tolist() == [2.0, 3.0]


def test_times_without_a_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        usable_series(pd.DataFrame({"observed_at": [datetime(2025, 1, 1)], "value": [1.0]}))  # noqa: DTZ001


def test_a_level_is_held_to_its_limit_and_no_longer() -> None:
    held, age = hold(np.array([np.nan, 0.0, np.nan, np.nan, np.nan]), 2)
    np.testing.assert_array_equal(held, [np.nan, 0.0, 0.0, 0.0, np.nan])
    assert age.tolist() == [-1, 0, 1, 2, -1]


def test_an_hourly_clock_that_is_seconds_late_stays_in_its_hour() -> None:
    late = series(*[(60 * k + 0.1, float(k)) for k in range(5)])
    inputs = gauge(late)
    grid = align(inputs, inputs.calibration_anchor(SIX + timedelta(hours=4, minutes=30)))
    assert grid.level.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_the_anchor_of_a_calibration_is_never_in_the_future() -> None:
    for minute in (0, 3, 6, 59):
        moment = SIX + timedelta(minutes=minute)
        assert gauge(series((0, 1.0))).calibration_anchor(moment) <= moment


def test_a_gauge_without_readings_is_still_a_column() -> None:
    nothing = pd.Series([], index=pd.DatetimeIndex([], tz="UTC"), dtype=float)
    grid = align(gauge(series((0, 1.0), (60, 1.0)), upstream={"u": nothing}), SIX + timedelta(hours=1))
    assert np.isnan(grid.upstream["u"]).all()
    assert newest_reading(gauge(nothing)) is None
    assert align(gauge(nothing), SIX).level.shape == (1,)
