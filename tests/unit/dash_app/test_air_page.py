"""The air page: whose hour an index is, what is not heard, and indices at the ends of the scale."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from dash_app import air_page, reading_weather
from dash_app.markup import markup
from dash_app.reading_weather import AirAt
from dash_app.snapshot import Measure, StationNow
from dash_app.state import Freshness
from domain.readings import QualityFlag
from domain.stations import Series, StationKind
from rules.configuration import RuleSet
from tests.unit.dash_app import scenes
from tests.unit.dash_app.test_conditions import RULES

ENDED = scenes.NOW - timedelta(minutes=2)


def air(name: str = "hue", *, aqi: int | None = 160, **more: object) -> StationNow:
    place = scenes.station(
        name,
        StationKind.AIR,
        name_en=name,
        series=tuple(Series(quantity=q, cadence=timedelta(minutes=10)) for q in ("pm2_5", "o3", "no2")),
    )
    return scenes.standing(90.0, 3, place, aqi=aqi, **more)


def page(*found: StationNow, hours: tuple[tuple[object, int, str], ...] = ((ENDED, 160, "pm2_5"),)) -> str:
    airs = [AirAt(now=each, hours=hours, day=None) for each in found]  # type: ignore[arg-type]
    return markup(air_page.air(airs, scenes.overview(*found), "en"))


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_an_index_says_which_hour_it_is_of() -> None:
    assert "VN_AQI of the hour to 07:00 160" in text(page(air()))


def test_what_failed_or_was_heard_days_ago_is_no_concentration() -> None:
    measures: dict[str, Measure] = {
        "pm2_5": scenes.measure(33.0, "pm2_5"),
        "o3": scenes.measure(777.0, "o3", flag=QualityFlag.FAIL),
        "no2": scenes.measure(55.0, "no2", age=timedelta(days=3), freshness=Freshness.SILENT),
    }
    html = page(air(measures=measures))
    shown = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", html))
    assert shown == {"PM2.5": "33.0", "ozone (O₃)": "–", "NO₂": "–"}


def test_a_quantity_that_never_came_is_a_dash() -> None:
    assert re.findall(r"<dd>([^<]*)</dd>", page(air())) == ["90.0", "–", "–"]


@pytest.mark.parametrize(("index", "height"), [(0, 4), (100, 50), (200, 100), (500, 100)])
def test_no_bar_is_higher_than_its_row(index: int, height: int) -> None:
    bars = re.findall(r'class="air-bar"[^>]*height:(\d+)%', page(air(), hours=((ENDED, index, "pm2_5"),)))
    assert bars == [str(height)]


def test_the_first_sentence_counts_the_silent() -> None:
    said = text(page(air(), air("phu_bai", freshness=Freshness.SILENT)))
    assert "Worst now: hue, VN_AQI 160 (Bad). Stations without signal: 1." in said


def test_an_index_of_zero_stands_before_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_weather, "histories", lambda *_: {})
    rules: RuleSet = RULES
    overview = scenes.overview(air("a_unknown", aqi=None), air("b_clean", aqi=0), air("c_bad", aqi=160))
    found = reading_weather.read_air(None, overview, rules)  # type: ignore[arg-type]
    assert [each.now.station.id for each in found] == ["c_bad", "b_clean", "a_unknown"]
