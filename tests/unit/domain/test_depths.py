"""Where water stands in a ward when a gauge reads so much."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from domain.depths import Depth, DepthRule, load_depths, reached, rules_of
from domain.errors import ConfigurationError
from domain.network import load_network

CONFIG = Path(__file__).resolve().parents[3] / "config"
ROW = """[[depth]]
ward = "19777"
gauge = "kim_long"
valid_from = 2025-10-25
from_level_m = {level}
depth = "{depth}"
place_vi = "Đập Đá"
place_en = "Dap Da"
source = "bản tin"
verified = false
"""


def loaded(tmp_path: Path, text: str) -> tuple[DepthRule, ...]:
    path = tmp_path / "depths.toml"
    path.write_text(text, encoding="utf-8")
    return load_depths(path, gauges={"kim_long"}, wards={"19777"})


def test_the_deepest_row_that_is_reached_counts(tmp_path: Path) -> None:
    rules = loaded(tmp_path, ROW.format(level=2.26, depth="wet") + ROW.format(level=0.0, depth="knee"))
    found = reached(rules, {"kim_long": 2.26})
    assert found is not None
    assert found.depth is Depth.KNEE
    at_zero = reached(rules, {"kim_long": 0.0})
    assert at_zero is not None, "a level of 0.0 is a level"
    assert reached(rules, {"kim_long": -0.01}) is None
    assert reached(rules, {"phu_oc": 9.0}) is None, "a gauge that is not heard reaches nothing"


def test_a_row_counts_from_its_day_and_for_its_ward_alone(tmp_path: Path) -> None:
    rules = loaded(tmp_path, ROW.format(level=2.26, depth="wet"))
    assert rules_of(rules, "19777", date(2025, 10, 24)) == ()
    assert rules_of(rules, "19777", date(2025, 10, 25)) == rules
    assert rules_of(rules, "19789", date(2025, 10, 25)) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"kim_long"', '"kim_lon"', "depth[0].gauge"),
        ('"19777"', '"19778"', "depth[0].ward"),
        ('"wet"', '"damp"', "depth"),
    ],
)
def test_what_is_not_known_is_refused_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        loaded(tmp_path, ROW.format(level=1.0, depth="wet").replace(old, new))
    assert said in str(refused.value)


def test_the_shipped_table_names_stations_and_wards_that_are_there_and_its_sources() -> None:
    network = load_network(CONFIG)
    rules = load_depths(CONFIG / "depths.toml", gauges=network.stations, wards=network.wards)
    assert rules
    assert all(len(rule.source) > 20 for rule in rules)
    assert load_depths(CONFIG / "none.toml", gauges=(), wards=()) == ()
