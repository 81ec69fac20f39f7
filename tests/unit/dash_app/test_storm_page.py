"""The storm page: where it blows most by gusts too, and storms that are only forecast or over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dash_app import reading_weather, storm_page
from dash_app.conditions import wind_level
from dash_app.snapshot import Measure, StationNow
from dash_app.state import Freshness
from domain.readings import QualityFlag
from domain.storm_tracks import Storms, Tracks, storms
from tests.unit.dash_app import scenes
from tests.unit.dash_app.test_weather_pages import NO_STORM, RULES, fix, mast, sent, text


def page(*found: StationNow, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of these masts, sorted as they are read."""
    monkeypatch.setattr(reading_weather, "columns", lambda *_: {})
    overview = scenes.overview(*found)
    return text(storm_page.storm(reading_weather.read_wind(None, overview), NO_STORM, overview, RULES, "en"))  # type: ignore[arg-type]


def levelled(name: str, **measured: Measure) -> StationNow:
    """A mast with the level that the overview gives it."""
    now = mast(name, **measured)
    return scenes.standing(
        place=replace(now.station, name_en=name),
        main=now.main,
        measures=measured,
        freshness=now.freshness,
        level=wind_level(name, measured, RULES),
    )


def test_a_gust_that_is_graver_than_the_mean_wind_is_told_first(monkeypatch: pytest.MonkeyPatch) -> None:
    gusty = levelled("gusty", wind_speed=sent("wind_speed", 10.0), wind_gust=sent("wind_gust", 33.0))
    steady = levelled("steady", wind_speed=sent("wind_speed", 15.0), wind_gust=sent("wind_gust", 18.0))
    said = page(steady, gusty, monkeypatch=monkeypatch)
    assert "Strongest wind: gusty, gusts force 12 (33.0 m/s)." in said
    assert said.index("33.0") < said.index("15.0")
    assert "Strongest wind: steady force 7 (15.0 m/s)." in page(steady, monkeypatch=monkeypatch)


def test_gusts_that_are_heard_are_known_wind_though_the_mean_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = sent("wind_speed", 88.8, flag=QualityFlag.FAIL)
    broken = levelled("broken", wind_speed=failed, wind_gust=sent("wind_gust", 40.0))
    said = page(broken, monkeypatch=monkeypatch)
    assert "Strongest wind: broken, gusts force 13 (40.0 m/s)." in said
    assert "not known" not in said


def test_a_mast_that_fell_in_a_storm_does_not_stand_before_those_that_are_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fallen = levelled("fallen", wind_speed=sent("wind_speed", 40.0, freshness=Freshness.SILENT))
    breeze = levelled("breeze", wind_speed=sent("wind_speed", 3.0))
    said = page(fallen, breeze, monkeypatch=monkeypatch)
    assert "Strongest wind: breeze below force 6 (3.0 m/s). Stations without signal: 1." in said


def told(features: Tracks, hours: float = 0.0) -> str:
    known = storms(features, (scenes.NOW + timedelta(hours=hours),))
    return text(storm_page.storm([], known, scenes.overview(), RULES, "en"))


def forecast(hours: float, issued_h: float = -7) -> object:
    return fix(hours, kind="forecast", issued_at=scenes.NOW + timedelta(hours=issued_h), radius_km=90.0)


def test_a_storm_that_nobody_has_seen_yet_is_shown_as_forecast() -> None:
    tracks = Tracks(features=(forecast(6), forecast(12)))  # type: ignore[arg-type]
    said = told(tracks)
    assert "Storm Fengshen" in said
    assert "Forecast only, issued 27 Oct 2025 00:02 (+07:00)" in said
    assert "none has been given" not in said
    assert "its time has passed" not in said
    later = told(tracks, hours=8)
    assert later.count("forecast, its time has passed") == 1, "and twelve hours ahead is still to come"
    assert "none has been given" in told(tracks, hours=-8), "it was not issued yet"


def test_storms_that_are_over_are_not_said_never_to_have_been() -> None:
    over = "This system has no track of a storm in progress: all that it was given are over; the newest position is of 23 Oct 2025"
    assert over in told(Tracks(features=(fix(-80),)))
    ended = Tracks(features=(forecast(6),))  # type: ignore[arg-type]
    assert "no track of a storm in progress" in told(ended, hours=7)
    assert "none has been given" in text(storm_page.storm([], Storms(), scenes.overview(), RULES, "en"))


def test_a_storm_long_unseen_is_not_over_while_its_forecast_goes_on() -> None:
    said = told(Tracks(features=(fix(-80), forecast(6))))  # type: ignore[arg-type]
    assert "Last observed position" in said
    assert "forecast" in said
