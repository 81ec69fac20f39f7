from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from domain.errors import ConfigurationError
from domain.recording import load_recording
from forecasting.backtest import run_backtest, scores, table
from forecasting.configuration import ModelSettings
from forecasting.hindcast import backtest_recording
from forecasting.largest_flood import largest_flood, largest_lines
from tests.unit.forecasting.conftest import FEW_TREES, make_river

QUICK = ModelSettings(boosted_trees=FEW_TREES)

DATASET = """
name = "A made-up river"
utc_offset = "+07:00"
step = "1h"
target = "level"
upstream = ["up"]
rain = ["rain"]
thresholds = [0.0, 0.4]
lead_hours = [1, 6]
test_from = "2020-06-01"

[[source]]
file = "river.csv"
time_column = "time"
"""


def written(folder: Path) -> Path:
    """The made-up river as a record."""
    river = make_river(24 * 200)
    frame = pd.DataFrame({"level": river.level, "up": river.upstream["thuong_nhat"], "rain": river.rain["bach_ma"]})
    frame.index = frame.index.tz_convert("+07:00").tz_localize(None)
    frame.rename_axis("time").to_csv(folder / "river.csv")
    path = folder / "river.toml"
    path.write_text(DATASET)
    return path


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """One that a test may spoil."""
    return written(tmp_path)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The scores of the river as it is."""
    return run_backtest(written(tmp_path_factory.mktemp("river")), QUICK)


def test_the_operational_forecast_is_scored_beside_the_floor_and_beats_it(result: dict[str, Any]) -> None:
    assert list(result["leads"]) == ["1", "6"]
    for judged in result["leads"].values():
        assert list(judged) == ["persistence", "ridge_own", "ridge_all", "ews"]
        assert len({s["n"] for s in judged.values()}) == 1
        assert judged["persistence"]["pi"] == 0.0
        assert judged["ews"]["crps_m"] < min(judged["persistence"]["crps_m"], judged["ridge_own"]["crps_m"])
        assert judged["ews"]["pi"] > judged["ridge_all"]["pi"] - 0.02
        assert judged["ews"]["crossing_1"]["level"] == 0.0
    assert sum(result["used"]["6"].values()) == result["leads"]["6"]["ews"]["n"]


def test_what_happens_in_the_test_part_does_not_reach_the_calibration(dataset: Path, result: dict[str, Any]) -> None:
    csv = dataset.with_name("river.csv")
    frame = pd.read_csv(csv)
    late = frame["time"] >= "2020-06-20"
    frame.loc[late, ["level", "up"]] += 30.0
    frame.to_csv(csv, index=False)
    text = dataset.read_text() + "\n"
    dataset.write_text(text.replace('test_from = "2020-06-01"', 'test_from = "2020-06-01"\ntest_until = "2020-06-19"'))
    bounded = run_backtest(dataset, QUICK)
    frame.loc[late, ["level", "up"]] -= 30.0
    frame.to_csv(csv, index=False)
    honest = run_backtest(dataset, QUICK)
    assert bounded["leads"] == honest["leads"]
    assert result["leads"]["6"]["ews"]["n"] > honest["leads"]["6"]["ews"]["n"]


def test_the_largest_flood_is_forecast_by_models_that_never_saw_it(dataset: Path) -> None:
    recording = load_recording(dataset)
    largest = recording.readings[recording.readings["series"] == "level"]["value"].max()
    before = backtest_recording(recording, QUICK, largest_out=True)
    assert before.gauge.test_until - before.gauge.test_from == 481
    assert before.gauge.grid.level[before.gauge.test_from : before.gauge.test_until].max() == largest
    told = largest_flood(before, scores(before)["leads"])
    assert told["peak_m"] == pytest.approx(largest)
    assert told["highest_known_m"] < largest
    for run in before.runs:
        one, peak = told["leads"][f"{run.lead_h:g}"], int(np.flatnonzero(run.observed == largest)[0])
        band = run.models["ews"][1][peak, [0, -1]]
        assert (one["low_m"], one["high_m"]) == tuple(band)
        assert one["inside"] == (band[0] <= largest <= band[1])
    assert len(largest_lines(told)) == 1 + len(before.runs)
    spoilt = recording.readings.copy()
    hidden = before.gauge.grid.times_ns[before.gauge.test_from + 300]
    late = (spoilt["series"] == "level") & (spoilt["observed_at"].astype("int64") * 1000 == hidden)
    assert late.sum() == 1
    spoilt.loc[late, "value"] = largest - 0.01
    after = backtest_recording(replace(recording, readings=spoilt), QUICK, largest_out=True)
    for one, other in zip(before.runs, after.runs, strict=True):
        early = one.rows < before.gauge.test_from + 300
        np.testing.assert_array_equal(one.models["ews"][1][early], other.models["ews"][1][early])
        np.testing.assert_array_equal(one.models["ridge_all"][1][early], other.models["ridge_all"][1][early])


def test_the_table_has_a_line_for_each_lead_and_model(result: dict[str, Any]) -> None:
    lines = table(result).splitlines()
    assert lines[0] == "A made-up river"
    assert len(lines) == 2 + 2 * 4
    assert lines[2].split()[:2] == ["1h", "persistence"]


def test_a_record_without_a_test_part_is_refused(dataset: Path) -> None:
    dataset.write_text(DATASET.replace('test_from = "2020-06-01"\n', ""))
    with pytest.raises(ConfigurationError, match="test_from"):
        run_backtest(dataset)


def test_too_few_pairs_are_said_instead_of_scored(dataset: Path) -> None:
    dataset.write_text(DATASET.replace("2020-06-01", "2020-01-03"))
    result = run_backtest(dataset)
    assert result["leads"] == {}
    assert len(result["notes"]) == 2
