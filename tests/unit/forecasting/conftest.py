"""A made-up river: showers over two gauges, an upstream gauge two hours above the target, five years at most."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter
from threadpoolctl import threadpool_limits

from forecasting.configuration import ModelSettings
from forecasting.inputs import GaugeInputs
from forecasting.selection import GaugeModel, calibrate

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
#: Trees enough to take part; the number is the only thing about them that is not as in operation.
FEW_TREES = 10


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """As `forecasting.parallel` runs everything. Threads that wait for each other on a busy machine take ten times as long."""
    with threadpool_limits(limits=1):
        yield


def make_river(hours: int, *, seed: int = 7, noise_m: float = 0.005) -> GaugeInputs:
    rng = np.random.default_rng(seed)
    storm = lfilter([1], [1, -0.9], (rng.random(hours) < 0.01) * rng.gamma(2.0, 1.5, hours))
    rain_a, rain_b = storm * rng.gamma(2, 0.5, hours), storm * rng.gamma(2, 0.5, hours)
    elsewhere = lfilter([1], [1, -0.9], (rng.random(hours) < 0.01) * rng.gamma(2.0, 1.5, hours))  # no gauge sees it
    runoff = lfilter([0.1], [1, -0.9], (rain_a + rain_b) / 4 + elsewhere / 2)
    up = 60.0 + 0.15 * runoff
    down = 0.08 * lfilter([0.2], [1, -0.8], np.concatenate([[0, 0], runoff[:-2]])) - 0.3
    index = pd.date_range(BEGIN, periods=hours, freq="h", tz="UTC")

    def series(values: np.ndarray) -> pd.Series:
        return pd.Series(np.round(values, 3), index=index)

    return GaugeInputs(
        station="kim_long",
        level=series(down + rng.normal(0, noise_m, hours)),
        upstream={"thuong_nhat": series(up + rng.normal(0, noise_m, hours))},
        rain={"nam_dong": series(rain_a), "bach_ma": series(rain_b)},
    )


@pytest.fixture(scope="session")
def river_of() -> Callable[..., GaugeInputs]:
    return make_river


@pytest.fixture(scope="session")
def river() -> GaugeInputs:
    return make_river(24 * 200)


@pytest.fixture(scope="session")
def until() -> datetime:
    return BEGIN + timedelta(days=150)


@pytest.fixture(scope="session")
def settings() -> ModelSettings:
    return ModelSettings(leads_h=(1.0, 3.0, 6.0, 24.0), boosted_trees=FEW_TREES)


@pytest.fixture(scope="session")
def model(river: GaugeInputs, until: datetime, settings: ModelSettings) -> GaugeModel:
    return calibrate(river, settings, until)
