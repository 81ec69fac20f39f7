"""Limits of a series over those of its quantity, and what is refused of both."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import ConfigurationError
from domain.limit_tables import LimitsTable, load_defaults
from domain.network import load_network
from domain.quantities import QUANTITIES
from domain.stations import QualityLimits

CONFIG = Path(__file__).resolve().parents[3] / "config"
DEFAULTS = LimitsTable(
    rate_suspect_per_h=3.0, rate_fail_per_h=9.0, spike_suspect=0.5, flat_tolerance=0.0, flat_suspect_h=12
)


def folder(tmp_path: Path, quality: str) -> Path:
    shutil.copy(CONFIG / "stations.toml", tmp_path)
    shutil.copytree(CONFIG / "geo", tmp_path / "geo")
    (tmp_path / "quality.toml").write_text(quality, encoding="utf-8")
    return tmp_path


def test_a_series_takes_each_test_whole_from_itself_or_from_its_quantity() -> None:
    own = LimitsTable.model_validate({"rate_suspect_per_h": 1.0, "without": ["spike"]})
    assert own.over(DEFAULTS).limits() == QualityLimits(
        rate_suspect_per_h=1.0, flat_tolerance=0.0, flat_suspect=timedelta(hours=12)
    )
    assert own.over(None).limits() == QualityLimits(rate_suspect_per_h=1.0)
    assert LimitsTable().over(DEFAULTS) == DEFAULTS


def test_a_test_that_is_switched_off_takes_no_limit_from_anywhere() -> None:
    own = LimitsTable.model_validate({"spike_suspect": 1.0, "without": ["spike", "flat_line", "rate_of_change"]})
    assert own.over(DEFAULTS).limits() == QualityLimits()


def test_without_the_file_there_are_no_defaults(tmp_path: Path) -> None:
    assert load_defaults(tmp_path) == {}


def test_the_shipped_defaults_are_used_by_the_network() -> None:
    defaults = load_defaults(CONFIG)
    assert set(defaults) <= set(QUANTITIES)
    network = load_network(CONFIG)
    for station in network.stations.values():
        rain = station.series_of("rainfall")
        assert rain is None or rain.limits.neighbour_km == defaults["rainfall"].neighbour_km
        level = station.series_of("water_level")
        assert level is None or level.limits.step_suspect == defaults["water_level"].step_suspect


@pytest.mark.parametrize(
    ("quality", "key", "remedy"),
    [
        ("[quantity.water_levle]\nspike_suspect = 1.0", "quantity.water_levle", "known are"),
        ("[water_level]\nspike_suspect = 1.0", "water_level", "unknown key"),
        ("[quantity.water_level]\nspike = 1.0", "quantity.water_level.spike", "unknown key"),
        ("[quantity.water_level]\nspike_suspect = -1.0", "quantity.water_level.spike_suspect", "greater than 0"),
        ("[quantity.water_level]\nspike_suspect = 2.0\nspike_fail = 1.0", "quantity.water_level.spike_suspect", "must not be above"),
        ("[quantity.water_level]\nflat_suspect_h = 2", "quantity.water_level.flat_suspect_h", "needs flat_tolerance"),
        ("[quantity.water_level]\nattenuated_suspect = 2.0", "quantity.water_level.attenuated_suspect", "needs attenuated_h"),
        ("[quantity.rainfall]\nneighbour_h = 2", "quantity.rainfall.neighbour_h", "needs neighbour_least"),
        ("[quantity.pressure]\nclimatology_years = 2", "quantity.pressure.climatology_years", "needs climatology_margin"),
        ('[quantity.pressure]\nwithout = ["spikes"]', "quantity.pressure.without", "spike"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, quality: str, key: str, remedy: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_network(folder(tmp_path, quality))
    assert "quality.toml" in str(refused.value)
    assert key in str(refused.value)
    assert remedy in str(refused.value)
