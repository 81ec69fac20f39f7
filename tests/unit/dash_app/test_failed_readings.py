"""A reading that failed its quality test is not told as the water, and the word says why."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dash_app import committee, committee_words, report_tables, wording
from dash_app.map_stations import station
from dash_app.markup import markup
from dash_app.snapshot import StationNow
from dash_app.station_tables import chance_table, crossing_list
from domain.depths import DepthRule
from domain.readings import QualityFlag
from tests.unit.dash_app import scenes
from tests.unit.dash_app.test_committee import DEPTH, SETTING, WARD, unit

WRONG = scenes.standing(9.9, None, main=scenes.measure(9.9, flag=QualityFlag.FAIL), peak=scenes.peak())
FLOW = scenes.standing(None, None, main=scenes.measure(1520.0, "discharge"), freshness=scenes.standing().freshness)


def text(node: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup(node)))


@pytest.mark.parametrize(
    ("value", "level", "said"),
    [
        (0.996, 0, "0.01 m below BĐ1"),  # shown as 1.00 m, with the symbol of calm
        (0.9999, 0, "0.01 m below BĐ1"),
        (0.98, 0, "0.02 m below BĐ1"),
        (1.0, 1, "at BĐ1"),
        (1.004, 1, "at BĐ1"),
        (2.08, 2, "0.08 m above BĐ2"),
    ],
)
def test_the_words_of_a_level_are_those_of_its_symbol(value: float, level: int, said: str) -> None:
    assert wording.distance(scenes.standing(value, level), "en") == said


def test_a_wrong_level_is_no_distance_from_an_alarm_level_and_has_no_trend() -> None:
    assert WRONG.distance is None
    assert WRONG.trend is None
    assert scenes.standing(9.9).distance is not None
    assert FLOW.distance is None, "water that flows is no level"


def test_the_map_says_that_the_number_is_wrong() -> None:
    found = station(WRONG, "vi")
    assert (found["state"], found["going"], found["label"]) == ("số liệu sai", [], "")
    assert station(WRONG, "en")["state"] == "wrong data"
    assert station(FLOW, "vi")["state"] == "chưa có mực nước"
    assert wording.state(scenes.standing(0.4, None, scenes.station(thresholds=())), "vi") == "không có mức báo động"


def test_no_chance_and_no_crossing_rests_on_a_wrong_level() -> None:
    view = scenes.view(WRONG)
    assert text(chance_table(view, "vi")) == text(chance_table(scenes.view(replace(WRONG, main=None)), "vi"))
    assert text(crossing_list(view, "vi")) == text(crossing_list(scenes.view(replace(WRONG, main=None)), "vi"))


def test_no_ward_is_flooded_by_a_wrong_level() -> None:
    def depths(now: StationNow) -> tuple[DepthRule | None, bool]:
        overview = scenes.overview(now)
        found = committee._unit(SETTING.wards[WARD], 1, overview, (DEPTH,), None)
        return found.depth, found.depth_known

    assert depths(scenes.standing(9.9)) == (DEPTH, True)
    assert depths(WRONG) == (None, False)
    assert unit(gauges=(WRONG,)).blind
    assert committee_words.gauge(WRONG, "vi") == "Kim Long: số liệu sai"


def test_the_report_says_that_a_level_is_wrong() -> None:
    said = text(report_tables.levels(scenes.overview(WRONG), "vi"))
    assert "số liệu sai" in said
    assert "9,90" not in said


def test_a_forecast_is_told_beside_a_level_that_is_wrong() -> None:
    low = scenes.peak(low_m=1.9, median_m=2.0, high_m=2.1)
    assert wording.peak(scenes.standing(9.9, peak=low), "vi") is None
    assert wording.peak(replace(WRONG, peak=low), "vi") == "dự báo đỉnh 1,9–2,1 m lúc 20:02"
