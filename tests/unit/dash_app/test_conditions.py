"""Classes of rain, air and wind: by the rule of the station, by gusts too, and by nothing that is over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from dash_app.conditions import first_rule, index_of_now, rain_level, rain_levels, wind_level
from dash_app.snapshot import Measure
from dash_app.state import Freshness
from domain.readings import QualityFlag
from rules.configuration import RuleSet, load_rules
from rules.tables import RainfallRule
from tests.unit.dash_app import scenes

RULES = load_rules(Path(__file__).resolve().parents[3] / "config" / "rules.toml")
OLD = {"age": timedelta(days=3), "freshness": Freshness.SILENT}
FAILED = {"flag": QualityFlag.FAIL}


def in_two_places() -> RuleSet:
    """Rain in the mountains is judged by classes twice as high, and that rule stands first."""
    shipped = first_rule(RULES, RainfallRule)
    assert shipped is not None
    windows = tuple(
        window.model_copy(update={"thresholds_mm": tuple(2 * mm for mm in window.thresholds_mm)})
        for window in shipped.windows
    )
    mountains = shipped.model_copy(update={"name": "mountains", "stations": ("a_luoi",), "windows": windows})
    lowland = shipped.model_copy(update={"stations": ("hue",)})
    return RULES.model_copy(update={"rules": (mountains, lowland)})


def test_each_gauge_has_the_class_of_its_own_rule() -> None:
    rules = in_two_places()
    assert [rain_level(name, {24: 60.0}, rules) for name in ("a_luoi", "hue", "phu_bai")] == [1, 2, None]
    assert [rain_levels(name, {24: 60.0}, rules) for name in ("a_luoi", "hue", "phu_bai")] == [{24: 1}, {24: 2}, {}]


def measures(**measured: Measure) -> dict[str, Measure]:
    return measured


def mean(value: float, **more: object) -> Measure:
    return scenes.measure(value, "wind_speed", **more)  # type: ignore[arg-type]


def gust(value: float, **more: object) -> Measure:
    return scenes.measure(value, "wind_gust", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("measured", "level"),
    [
        (measures(wind_speed=mean(10.0)), 0),
        (measures(wind_speed=mean(10.0), wind_gust=gust(33.0)), 3),
        (measures(wind_speed=mean(33.0), wind_gust=gust(10.0)), 4),
        (measures(wind_speed=mean(88.8, **FAILED), wind_gust=gust(41.5)), 4),
        (measures(wind_speed=mean(88.8, **FAILED)), None),
        (measures(wind_speed=mean(10.0), wind_gust=gust(41.5, **OLD)), 0),
        (measures(wind_speed=mean(33.0, **OLD), wind_gust=gust(3.0)), 0),
        (measures(wind_speed=mean(33.0, **OLD)), 4),  # hollow on the map: a mast that fell in the storm
        ({}, None),
    ],
)
def test_the_level_of_wind_is_that_of_the_rule(measured: dict[str, Measure], level: int | None) -> None:
    assert wind_level("thuan_an", measured, RULES) == level


@pytest.mark.parametrize(
    ("age", "index"), [(timedelta(minutes=59), 250), (timedelta(hours=2), 250), (timedelta(hours=10), None)]
)
def test_an_index_of_hours_ago_is_none_of_now(age: timedelta, index: int | None) -> None:
    assert index_of_now((scenes.NOW - age, 250), scenes.NOW) == index


def test_without_an_index_there_is_none_and_zero_is_one() -> None:
    assert index_of_now(None, scenes.NOW) is None
    assert index_of_now((scenes.NOW, 0), scenes.NOW) == 0
