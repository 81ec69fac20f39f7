"""Record floods look like bad data: none of the readings that were really made may be failed by the limits we ship.

Figures: bulletins and press as config/stations.toml and docs/quality.md cite them. Times are Huế's; levels are metres on the
gauge's own zero, rain is mm.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from domain.network import Network, load_network
from domain.readings import QualityFlag
from domain.stations import Series, Station
from domain.times import HUE_TIME
from quality.flags import FAIL, SUSPECT
from quality.later import later_evidence
from quality.limits import SeriesTests
from quality.streaming import Flagged, gross_range

CONFIG = Path(__file__).resolve().parents[3] / "config"
PEAKS = {
    "kim_long": [5.81, 3.63, 2.71, 4.17, 3.15, 1.72, 4.19, 4.16, 5.05, 4.93, 4.43],
    "phu_oc": [5.18, 4.98, 4.12, 5.24, 4.72, 2.42, 4.99, 5.25, 5.27, 5.28],
    "thuong_nhat": [60.19, 60.59, 61.0],
}
#: Kim Long and Phú Ốc in October and November 2025 (day, hour, level).
KIM_LONG_2025 = [
    (27, 7, 3.58), (27, 20, 5.05), (28, 2, 4.74), (28, 4, 4.61), (28, 7, 4.62), (28, 9, 4.62), (29, 9, 3.62), (29, 15, 4.57),
    (29, 20, 4.93), (30, 2, 4.56), (30, 6, 3.89), (32, 17, 2.56), (33, 13, 2.26), (34, 6, 3.54), (34, 8, 3.89), (34, 12, 4.43),
]  # fmt: skip
PHU_OC_2025 = [
    (27, 7, 4.52), (27, 14, 5.25), (28, 5, 4.68), (28, 7, 4.82), (29, 9, 4.46), (29, 18, 5.27), (32, 17, 3.79), (34, 6, 4.50),
    (34, 8, 4.81), (34, 12, 5.28),
]  # fmt: skip
#: Metres in consecutive hours: Kiến Giang 2010, Lệ Thủy 2020 (its record, flat for three readings), a rise of several metres.
HOURS = {
    "Kiến Giang 2010": [7.2, 9.09, 11.44, 12.90, 13.4, 13.2, 12.8],
    "Lệ Thủy 2020": [4.70, 4.80, 4.86, 4.88, 4.88, 4.88, 4.87, 4.82],
    "Kim Long 1999": [1.0, 1.5, 2.2, 3.0, 3.8, 4.5, 5.1, 5.5, 5.75, 5.81, 5.78],
}


@pytest.fixture(scope="module")
def network() -> Network:
    return load_network(CONFIG)


def of(network: Network, station: str, quantity: str) -> tuple[Station, Series]:
    found = network.stations[station]
    series = found.series_of(quantity)
    assert series is not None
    return found, series


def held_against(station: Station, series: Series, at: list[datetime], values: list[float]) -> list[Flagged]:
    lonely = replace(station, series=(series,), upstream=())
    frame = pd.DataFrame({"observed_at": pd.to_datetime(at, utc=True).as_unit("us"), "value": values, "flag": 1})
    found = later_evidence({lonely.id: lonely}, {lonely.id: {series.quantity: frame}}, at[0])
    return [one.flagged for one in found if one.flagged.flag is not QualityFlag.MISSING]


@pytest.mark.parametrize("name", sorted(PEAKS))
def test_no_peak_is_even_out_of_range(network: Network, name: str) -> None:
    tests = SeriesTests(of(network, name, "water_level")[1])
    assert {gross_range(tests, level) for level in PEAKS[name]} == {QualityFlag.PASS}


@pytest.mark.parametrize(("name", "points"), [("kim_long", KIM_LONG_2025), ("phu_oc", PHU_OC_2025)])
@pytest.mark.parametrize("minutes", [10, 60])
def test_the_floods_of_2025_pass_every_test(
    network: Network, name: str, points: list[tuple[int, int, float]], minutes: int
) -> None:
    """The readings that were published, and straight lines between them as a gauge of so many minutes would have read them."""
    station, series = of(network, name, "water_level")
    october = datetime(2025, 10, 1, tzinfo=HUE_TIME)
    known = [(october + timedelta(days=day - 1, hours=hour), level) for day, hour, level in points]
    step = timedelta(minutes=minutes)
    at = [known[0][0] + n * step for n in range(int((known[-1][0] - known[0][0]) / step) + 1)]
    levels = np.interp([t.timestamp() for t in at], [t.timestamp() for t, _ in known], [level for _, level in known])
    waves = 0.004 * np.random.default_rng(1).standard_normal(len(at))
    found = held_against(station, replace(series, cadence=step), at, np.round(levels + waves, 2).tolist())
    assert found == []


@pytest.mark.parametrize("flood", sorted(HOURS))
@pytest.mark.parametrize("gauge", ["kim_long", "thuong_nhat", "phu_oc", "co_bi"])
def test_no_steep_rise_or_flat_top_is_failed(network: Network, flood: str, gauge: str) -> None:
    """Whatever gauge it passes; the datum is not the question here, so only what is impossible anywhere is kept of the range."""
    station, series = of(network, gauge, "water_level")
    limits = replace(series.limits, suspect_low=None, suspect_high=None, fail_low=None, fail_high=None)
    start = datetime(2025, 10, 26, tzinfo=HUE_TIME)
    at = [start + timedelta(hours=n) for n in range(len(HOURS[flood]))]
    found = held_against(station, replace(series, limits=limits, cadence=timedelta(hours=1)), at, HOURS[flood])
    assert FAIL not in {one.flag for one in found}
    if flood != "Kiến Giang 2010" or gauge in ("thuong_nhat", "co_bi"):
        assert found == []


def test_no_shipped_limit_can_fail_a_level_but_an_impossible_value(network: Network) -> None:
    for station in network.stations.values():
        series = station.series_of("water_level")
        if series is not None:
            limits = series.limits
            failing = (limits.rate_fail_per_h, limits.spike_fail, limits.flat_fail, limits.attenuated_fail)
            assert failing == (None, None, None, None), station.id


@pytest.mark.parametrize("gauge", ["rain_nam_dong", "rain_bach_ma", "rain_khe_tre"])
@pytest.mark.parametrize(
    ("mm", "hours"), [(1739.6, 24.0), (104.6, 1.0), (899.0, 12.0), (977.6, 24.0), (35.0, 1 / 6), (80.6, 1.0)]
)
def test_no_record_rain_is_failed(network: Network, gauge: str, mm: float, hours: float) -> None:
    series = replace(of(network, gauge, "rainfall")[1], cadence=timedelta(hours=hours))
    assert gross_range(SeriesTests(series), mm) in (QualityFlag.PASS, SUSPECT)


def test_a_whole_day_of_the_record_rain_passes(network: Network) -> None:
    """1,739.6 mm at Bạch Mã in 24 h, with 104.6 mm of it in one hour."""
    station, series = of(network, "rain_bach_ma", "rainfall")
    amounts = np.full(144, (1739.6 - 104.6) / 138)
    amounts[60:66] = 104.6 / 6
    start = datetime(2025, 10, 26, 19, tzinfo=HUE_TIME)
    at = [start + timedelta(minutes=10 * n) for n in range(len(amounts))]
    assert held_against(station, series, at, amounts.round(1).tolist()) == []


def test_the_inflow_of_27_october_2025_passes(network: Network) -> None:
    for reservoir, inflow in (("ta_trach", 6700.0), ("binh_dien", 3821.0), ("huong_dien", 2631.0)):
        tests = SeriesTests(of(network, reservoir, "inflow")[1])
        assert gross_range(tests, inflow) is QualityFlag.PASS
