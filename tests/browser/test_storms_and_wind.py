"""Storms and wind on the map, in Chromium: a storm that is only forecast, names from a file, arrows of masts that are heard."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import scene
from tests.browser.conftest import Open
from tests.browser.test_map_and_past import track

pytestmark = pytest.mark.chromium

HOUR = timedelta(hours=1)
#: The look of one mast whose reading is so many seconds old.
_DIRECTION = """(age) => ews.layers.look({
    at: Date.now() / 1000 - age, late: [750, 1920], clock: "live", kind: "wind", name: "mast", level: 1, label: "12,0", rain: null,
    peak: null, direction: 270 }).direction"""


def tracks(*features: dict[str, Any]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


def expected(hours: float, lon: float, name: str = "Bão thử") -> dict[str, Any]:
    issued = (scene.NOW - 6 * HOUR).isoformat()
    return track(scene.NOW + hours * HOUR, lon, kind="forecast", issued_at=issued, name=name)


def test_a_storm_that_nobody_has_seen_yet_is_on_the_map(opened: Open) -> None:
    viewer = opened()
    body = tracks(
        expected(-3, 108.1), expected(6, 107.7), track(scene.NOW - 90 * HOUR, 107.9, storm="y", name="đã tan")
    )
    viewer.page.route("**/geo/storm_tracks.geojson", lambda route: route.fulfill(body=body))
    page = viewer.go("/")
    expect(page.locator("#map path.track-expected")).to_have_count(2)
    expect(page.locator("#map path.track-fix")).to_have_count(0)
    expect(page.locator("#map .track-name")).to_have_text("Bão thử")
    page.locator("#map path.track-expected").first.hover(force=True)
    expect(page.locator(".ews-tip")).to_contain_text("dự báo, đã qua giờ")
    assert viewer.errors == []


def test_a_name_in_the_file_of_tracks_is_text(opened: Open) -> None:
    viewer = opened()
    name = "<b class=hacked>Bão</b>"
    viewer.page.route("**/geo/storm_tracks.geojson", lambda route: route.fulfill(body=tracks(expected(6, 107.7, name))))
    page = viewer.go("/")
    page.locator("#map path.track-expected").hover(force=True)
    expect(page.locator(".ews-tip")).to_contain_text(name)
    expect(page.locator(".hacked")).to_have_count(0)


def test_the_arrow_of_a_mast_that_has_gone_silent_points_nowhere(opened: Open) -> None:
    page = opened().go("/")
    expect(page.locator("#map [data-station=kim_long]")).to_be_visible()
    assert [page.evaluate(_DIRECTION, age) for age in (60, 900, 86400)] == [270, 270, None]
