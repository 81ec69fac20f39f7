"""Travel times: found where the record shows them, not said where it does not."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from forecasting.travel_time import travel_time


def level(lag_h: int = 0, *, hours: int = 720, noise: float = 0.0) -> pd.Series[float]:
    """Two floods over a tide's small wobble, `lag_h` later."""
    at = np.arange(hours) - lag_h
    water = sum(2 * np.exp(-(((at - peak) / 9) ** 2)) for peak in (200, 430)) + 0.02 * np.sin(at / 2)
    water = water + np.random.default_rng(lag_h).normal(0, noise, hours)
    return pd.Series(water, index=pd.date_range("2025-10-01", periods=hours, freq="h", tz="UTC"))


@pytest.mark.parametrize("lag_h", [0, 4, 7, 15])
def test_the_lag_is_found_through_noise_gaps_and_another_zero(lag_h: int) -> None:
    down = 60 + level(lag_h, noise=0.01)
    down.iloc[50:90] = np.nan
    found = travel_time(level(noise=0.01), down.dropna())
    assert found is not None
    assert found.lag == timedelta(hours=lag_h)
    assert found.correlation > 0.7


def test_nothing_is_said_without_a_flood_or_with_too_short_a_record() -> None:
    noise = np.random.default_rng(1).normal(0, 0.01, (2, 720))
    index = level().index
    assert travel_time(pd.Series(noise[0], index), pd.Series(noise[1], index)) is None
    assert travel_time(level(hours=100), level(4, hours=100)) is None
    assert travel_time(pd.Series(1.0, index), level()) is None
    assert travel_time(level(8), level()) is None  # downstream comes first: not a travel time
