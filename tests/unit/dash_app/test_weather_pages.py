"""The rain, storm, air and exercise pages, and the navigation that leads to them."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from dash_app import air_page, exercise_page, navigation, rain_page, reading_weather, screen, shell, storm_page
from dash_app.conditions import wind_force
from dash_app.map_stations import station
from dash_app.markup import markup
from dash_app.overview_screens import OverviewScreens
from dash_app.reading_weather import AirAt, RainAt, WindAt
from dash_app.routes import Page, Place, page_of, ward_path
from dash_app.snapshot import RAIN_DAY, Measure, StationNow
from dash_app.state import Course, Freshness
from dash_app.state import Point as Reading
from dash_app.station_tables import rain_table
from domain.readings import QualityFlag
from domain.stations import Series, StationKind
from domain.storm_tracks import Feature, Fix, Point, Storms, Tracks, courses
from domain.times import rain_day_start
from rules.configuration import load_rules
from storage.histories import Columns
from tests.unit.dash_app import scenes

RULES = load_rules(Path(__file__).resolve().parents[3] / "config" / "rules.toml")
NO_STORM = Storms()


def text(node: object) -> str:
    """What is read, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup(node)))


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ("2025-10-27T07:00", "2025-10-26T19:00"),
        ("2025-10-27T19:00", "2025-10-26T19:00"),
        ("2025-10-27T19:01", "2025-10-27T19:00"),
    ],
)
def test_the_rain_day_runs_from_19_to_19(now: str, begins: str) -> None:
    assert rain_day_start(datetime.fromisoformat(f"{now}+07:00")) == datetime.fromisoformat(f"{begins}+07:00")


def test_rain_is_told_by_the_wettest_gauge_in_the_official_classes() -> None:
    gauge = scenes.standing(2.0, 3, scenes.station("a_luoi", StationKind.RAIN, name_vi="A Lưới"))
    wet = RainAt(now=gauge, totals_mm={1: 0.0, 12: 25.0, 24: 120.5}, day_mm=90.0, day_before_mm=None)
    page = rain_page.rain([wet], scenes.overview(gauge), RULES, "vi")
    assert "Mưa nhất 24 giờ qua: A Lưới 120,5 mm, mưa rất to." in text(page)
    html = markup(page)
    assert "figure rain-3" in html
    assert ">•••</span>120,5<" in html, "the class is told without its colour too"
    assert 'aria-label="mưa rất to"' in html
    assert "figure rain-1" in html, "25.0 mm in 12 h is moderate rain: heavy begins above it"
    assert ">–<" in html, "what was not measured is a dash, not zero"


def test_a_dry_day_says_so() -> None:
    gauge = scenes.standing(0.0, 0, scenes.station("a_luoi", StationKind.RAIN))
    dry = RainAt(now=gauge, totals_mm={24: 0.0}, day_mm=0.0, day_before_mm=0.0)
    assert "Không trạm nào đo được mưa" in text(rain_page.rain([dry], scenes.overview(gauge), RULES, "vi"))


def test_silent_rain_is_not_dry() -> None:
    silent = rain_at("a_luoi", {24: 0.0}, freshness=Freshness.SILENT)
    without, dry = rain_at("hue", {1: 0.0}), rain_at("nam_dong", {24: 0.0})
    blind = "tình hình mưa chưa rõ"

    def told(*found: RainAt) -> str:
        return text(rain_page.rain(found, scenes.overview(), RULES, "vi"))

    assert blind in told(silent)
    assert blind in told(without), "what fell in an hour says nothing of a day"
    assert "Không trạm nào đo được mưa trong 24 giờ qua. 1 trạm mất tín hiệu." in told(silent, dry)


def test_the_rain_day_of_a_station_is_named_and_last() -> None:
    gauge = scenes.standing(0.0, 0, scenes.station("hue", StationKind.RAIN), rain_mm={RAIN_DAY: 4.2, 1: 0.4, 24: 81.3})
    assert text(rain_table(gauge, "vi")).endswith("1 giờ qua 0,4 mm 24 giờ qua 81,3 mm Ngày mưa (từ 19h) 4,2 mm ")
    assert "0 h" not in text(rain_table(gauge, "en"))


def rain_at(name: str, totals_mm: dict[int, float], **more: object) -> RainAt:
    gauge = scenes.standing(0.0, 0, scenes.station(name, StationKind.RAIN), **more)
    return RainAt(now=gauge, totals_mm=totals_mm, day_mm=None, day_before_mm=None)


def test_wind_is_told_with_force_and_pressure_change() -> None:
    mast = scenes.standing(19.0, 2, scenes.station("thuan_an", StationKind.WIND))
    found = WindAt(
        now=mast,
        gust_24h=Reading(at=scenes.NOW, value=39.6),
        lowest_hpa=Reading(at=scenes.NOW, value=985.2),
        tendency_hpa=-4.24,
        wind=Course(),
    )
    said = text(storm_page.storm([found], NO_STORM, scenes.overview(mast), RULES, "vi"))
    assert "cấp 8 (19,0 m/s)" in said
    assert "−4,2" in said
    assert "39,6" in said
    assert "985,2" in said


def test_silent_wind_is_not_calm() -> None:
    mast = scenes.standing(3.0, None, scenes.station("thuan_an", StationKind.WIND), freshness=Freshness.SILENT)
    found = WindAt(now=mast, gust_24h=None, lowest_hpa=None, tendency_hpa=None, wind=Course())
    assert "tình hình gió chưa rõ" in text(storm_page.storm([found], NO_STORM, scenes.overview(mast), RULES, "vi"))


def mast(name: str = "thuan_an", **measured: Measure) -> StationNow:
    """A wind station that sends these; it shows its wind, or what else it has."""
    main = measured.get("wind_speed") or next(iter(measured.values()))
    place = scenes.station(name, StationKind.WIND, name_vi=name)
    return scenes.standing(place=place, main=main, measures=measured, freshness=main.freshness, level=None)


def wind_at(now: StationNow) -> WindAt:
    return WindAt(now=now, gust_24h=None, lowest_hpa=None, tendency_hpa=None, wind=Course())


def sent(quantity: str, value: float, **more: object) -> Measure:
    return scenes.measure(value, quantity, **more)  # type: ignore[arg-type]


def test_what_was_measured_days_ago_is_not_the_wind_of_now() -> None:
    old = {"age": timedelta(days=3), "freshness": Freshness.SILENT}
    broken = mast(
        wind_speed=sent("wind_speed", 7.1),
        wind_gust=sent("wind_gust", 41.2, **old),
        wind_direction=sent("wind_direction", 90.0, **old),
        pressure=sent("pressure", 967.5, **old),
    )
    said = text(storm_page.storm([wind_at(broken)], NO_STORM, scenes.overview(broken), RULES, "vi"))
    assert "(7,1 m/s)" in said
    assert not any(figure in said for figure in ("41,2", "90°", "967,5"))


def test_pressure_is_not_told_as_wind() -> None:
    barometer = mast("ap_ke", pressure=sent("pressure", 1004.2))
    alone = text(storm_page.storm([wind_at(barometer)], NO_STORM, scenes.overview(barometer), RULES, "vi"))
    assert "tình hình gió chưa rõ" in alone
    assert alone.count("1004,2") == 1, "in its own column alone"
    windy = mast(wind_speed=sent("wind_speed", 9.0))
    found = [wind_at(barometer), wind_at(windy)]
    assert "Gió mạnh nhất: thuan_an" in text(storm_page.storm(found, NO_STORM, scenes.overview(), RULES, "vi"))
    assert station(barometer, "vi")["label"] == ""


def test_wind_that_failed_its_test_is_no_wind() -> None:
    failed = {"wind_speed": sent("wind_speed", 88.8, flag=QualityFlag.FAIL)}
    assert wind_force("thuan_an", failed, RULES) is None
    assert wind_force("thuan_an", {"wind_speed": sent("wind_speed", 19.0)}, RULES) == 8
    page = storm_page.storm([wind_at(mast(**failed))], NO_STORM, scenes.overview(), RULES, "vi")
    assert "tình hình gió chưa rõ" in text(page)
    assert "88,8" not in text(page)


@pytest.mark.parametrize(
    ("newest", "cadence", "known"),
    [
        (timedelta(minutes=10), timedelta(minutes=10), True),
        (timedelta(hours=2), timedelta(minutes=10), False),
        (timedelta(minutes=70), timedelta(hours=1), True),  # by the hour it is not late
        (timedelta(days=2), timedelta(hours=1), False),
    ],
)
def test_how_fast_pressure_falls_is_told_of_now(
    newest: timedelta, cadence: timedelta, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    series = (Series(quantity="pressure", cadence=cadence),)
    now = scenes.standing(place=scenes.station("thuan_an", StationKind.WIND, series=series))
    last = scenes.NOW - newest
    at_us = np.array([int(at.timestamp() * 1e6) for at in (last - timedelta(hours=3), last)])
    stored = Columns(at_us, np.array([1000.0, 996.0]), np.array([1, 1]), at_us)
    monkeypatch.setattr(reading_weather, "columns", lambda *_: {"thuan_an": {"pressure": stored}})
    (found,) = reading_weather.read_wind(None, scenes.overview(now))  # type: ignore[arg-type]
    assert found.tendency_hpa == (-4.0 if known else None)


def fix(hours: float, **more: object) -> Feature:
    described: dict[str, object] = {"storm": "12", "name": "Fengshen", "kind": "observed"} | more
    at = scenes.NOW + timedelta(hours=hours)
    point = Point(type="Point", coordinates=(109.8 - hours / 10, 16.9))
    return Feature(type="Feature", geometry=point, properties=Fix(at=at, **described))  # type: ignore[arg-type]


def test_the_storm_page_shows_the_track_that_is_known_now() -> None:
    told = {"kind": "forecast", "radius_km": 90.0}
    early, late, future = (scenes.NOW + timedelta(hours=h) for h in (-7, -1, 1))
    features = (
        fix(-6),
        fix(0, wind_ms=21.0),
        fix(6),  # observed after the time that is shown
        fix(12, **told, issued_at=early, wind_ms=33.0),
        fix(12, **told, issued_at=late, wind_ms=0.0),
        fix(12, **told, issued_at=future, wind_ms=44.0),
        fix(-80, storm="11", name="Matmo"),
    )
    (course,) = courses(Tracks(features=features), (scenes.NOW,))
    assert [course.come, course.ahead] == [features[:2], features[4:5]]
    said = text(storm_page.storm([], Storms(courses=(course,)), scenes.overview(), RULES, "vi"))
    assert "Bão Fengshen" in said
    assert "16,9° B, 109,8° Đ" in said
    assert "21 cấp 9" in said
    assert "dự báo 16,9° B, 108,6° Đ 0 90" in said, "no wind is a wind that was forecast"
    assert "Không đọc được" in text(storm_page.storm([], None, scenes.overview(), RULES, "vi"))


def test_the_paper_is_sent_only_when_the_browser_has_another() -> None:
    overview = scenes.overview(scenes.standing())
    first = screen.sheet_screen(overview, "page", Place.COMMITTEE, "vi", paper="paper")
    again = screen.sheet_screen(overview, "page", Place.COMMITTEE, "vi", paper="paper", seen=first["paper"])
    changed = screen.sheet_screen(overview, "page", Place.COMMITTEE, "vi", paper="other", seen=first["paper"])
    assert [each["html"].get("paper") for each in (first, again, changed)] == ["paper", None, "other"]
    assert "paper" not in screen.sheet_screen(overview, "page", Place.RAIN, "vi")


@pytest.mark.parametrize(("index", "band"), [(0, 0), (50, 0), (51, 1), (100, 1), (151, 3), (300, 4), (301, 5)])
def test_bands_begin_where_the_decision_says(index: int, band: int) -> None:
    assert air_page.band(index) == band


def test_air_carries_the_official_colour_and_its_advice() -> None:
    station = scenes.standing(90.0, 3, scenes.station("hue", StationKind.AIR), aqi=160)
    found = AirAt(now=station, hours=((scenes.NOW, 160, "pm2_5"),), day=(110, "pm10"))
    html = markup(air_page.air([found], scenes.overview(station), "vi"))
    assert "background:#ff0000" in html
    assert "background:#ff7e00" in html
    assert "khẩu trang đạt chuẩn" in html


def test_silent_air_shows_no_index_of_before() -> None:
    station = scenes.standing(90.0, 3, scenes.station("hue", StationKind.AIR), aqi=160, freshness=Freshness.SILENT)
    found = AirAt(now=station, hours=(), day=None)
    said = text(air_page.air([found], scenes.overview(station), "en"))
    assert "No station has enough data" in said


def test_an_exercise_is_on_every_page_and_in_the_title() -> None:
    drill = scenes.alert(exercise=True)
    overview = scenes.overview(scenes.standing(), alerts=(drill,))
    painted = json.loads(gzip.decompress(OverviewScreens().screen(overview, "vi", None).body))
    assert painted["title"].startswith("[DIỄN TẬP] ")
    assert "DIỄN TẬP" in painted["html"]["banner"]
    said = text(exercise_page.exercise((drill,), overview, "vi"))
    assert "Đang diễn tập" in said
    assert "Kim Long" in said


def test_a_simulated_clock_is_an_exercise_and_life_is_not() -> None:
    simulated = scenes.standing(place=scenes.station(clock="simulated"))
    assert "DIỄN TẬP" in markup(shell.banners(scenes.overview(simulated), "vi"))
    played = scenes.overview(scenes.standing(place=scenes.station(clock="exercise:hue-2025")))
    assert "Giữa các trị số đã công bố, mọi số liệu là mô phỏng" in markup(shell.banners(played, "vi"))
    assert "Everything between published readings is SYNTHETIC" in markup(shell.banners(played, "en"))
    real = scenes.overview(scenes.standing())
    assert markup(shell.banners(real, "vi")) == ""
    assert not screen.title(real, "vi").startswith("[")
    ended = replace(scenes.alert(), alert=replace(scenes.alert().alert, exercise=False))
    assert "Không có diễn tập" in text(exercise_page.exercise((ended,), real, "vi"))


def test_the_menu_leads_to_pages_that_are_there_and_marks_this_one() -> None:
    html = markup(navigation.navigation("vi", Place.RAIN))
    links = re.findall(r'href="([^"]+)"', html)
    assert len(links) == len(set(links)) >= 9
    assert all(page_of(link) is not None for link in links)
    assert re.search(r'<a[^>]*href="/mua"[^>]*aria-current="page"', html)
    assert html.count("aria-current") == 1


def test_addresses_of_wards() -> None:
    assert page_of(ward_path("19753")) == Page(place=Place.COMMITTEE, ward="19753")
    assert page_of("/ban-chi-huy/kim_long") is None


def test_hours_of_air_are_told_with_their_highest() -> None:
    station = scenes.standing(20.0, 0, scenes.station("hue", StationKind.AIR), aqi=40)
    hours = tuple((datetime(2025, 10, 26, h, tzinfo=UTC), 30 + h, "pm2_5") for h in range(5))
    said = text(air_page.air([AirAt(now=station, hours=hours, day=None)], scenes.overview(station), "vi"))
    assert "cao nhất 34" in said
