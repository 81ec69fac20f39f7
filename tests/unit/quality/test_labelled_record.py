"""A real record with a real spike (tests/data/defra_spike.csv, Open Government Licence v3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd

from domain.limit_tables import load_defaults
from domain.network import load_network
from domain.readings import QualityFlag
from domain.stations import Series
from quality.later import later_evidence

ROOT = Path(__file__).resolve().parents[3]


def test_the_spike_fails_and_nothing_else_of_the_five_days_is_even_doubted() -> None:
    record = pd.read_csv(ROOT / "tests/data/defra_spike.csv", comment="#", parse_dates=["observed_at"])
    limits = load_defaults(ROOT / "config")["water_level"].limits()
    series = Series(quantity="water_level", cadence=timedelta(minutes=15), limits=limits)
    station = replace(load_network(ROOT / "config").stations["kim_long"], series=(series,), upstream=())
    frame = pd.DataFrame({"observed_at": record["observed_at"].dt.as_unit("us"), "value": record["level_m"], "flag": 1})
    found = later_evidence({station.id: station}, {station.id: {"water_level": frame}}, frame["observed_at"].iloc[0])
    spikes = record[record["level_m"] > 100]
    assert len(record) > 400
    assert [(f.flagged.at, f.flagged.test, f.flagged.flag) for f in found] == [
        (at.to_pydatetime(), "gross_range", QualityFlag.FAIL) for at in spikes["observed_at"]
    ]
    assert len(spikes) >= 1
