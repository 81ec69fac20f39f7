"""The verification page in Chromium: what an officer and a hydrologist find there, on a desk and on a phone."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from forecasting.configuration import ModelSettings
from scheduler import verifying
from scheduler.models import Models
from storage.database import Database
from storage.forecasts import store_forecasts
from tests.browser import scene
from tests.browser.conftest import Open, wait_until
from tests.standing_house import standing_house

pytestmark = pytest.mark.chromium


def score(database: Database) -> None:
    """Four days of forecasts at three gauges, and what became of them."""
    stations = scene.network(["kim_long", "phu_oc", "thuong_nhat"])
    with database.transaction() as connection:
        for hours in range(96, -1, -1):
            issued_at = scene.NOW - timedelta(hours=hours)
            found = [forecast for station in stations for forecast in scene.forecasts(station, issued_at)]
            store_forecasts(connection, found, issued_at)
    house = standing_house(database, models=Models(ModelSettings()))
    house.reload_stations()
    verifying.verify(house, frozenset(s.id for s in stations), datetime.now(UTC))


def look(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for one."""
    folder = os.environ.get("EWS_TEST_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_the_page_tells_how_good_the_forecasts_were(flood: Database, opened: Open) -> None:
    score(flood)
    viewer = opened()
    page = viewer.go("/kiem-chung")
    expect(page.locator("h1")).to_have_text("Kiểm chứng dự báo")
    row = page.locator(".verification > section tbody tr", has_text="Kim Long")
    expect(row).to_contain_text(",")  # decimal comma
    page.locator(".verification details", has_text="Kim Long").locator("summary").click()
    table = page.locator(".verification details[open] table").first
    expect(table.locator("tbody tr")).to_have_count(8)
    picture = page.locator(".verification details[open] img.reliability")
    expect(picture).to_be_visible()
    wait_until(page, "document.querySelector('details[open] img.reliability').naturalWidth > 0")
    look(page, "desk-vi")
    expect(page.locator(".nav-link.here")).to_have_text("Kiểm chứng")
    with page.expect_download() as begun:
        page.locator(".downloads a", has_text="CSV").click()
    rows = list(csv.DictReader(io.StringIO(begun.value.path().read_text(encoding="utf-8"))))
    assert {row["station"] for row in rows} == {"kim_long", "phu_oc", "thuong_nhat"}
    answer = page.request.get(f"{viewer.address}/kiem-chung.json?days=10")
    assert answer.ok
    assert len(json.loads(answer.text())["stations"]) == 3
    assert page.request.get(f"{viewer.address}/kiem-chung/nobody.svg").status == 404
    assert viewer.elsewhere == []
    assert viewer.errors == []
    _nothing_is_cut_off_on_a_phone_in_the_dark(opened)


def _nothing_is_cut_off_on_a_phone_in_the_dark(opened: Open) -> None:
    viewer = opened(360, 780, "dark")
    page = viewer.go("/kiem-chung?lang=en")
    expect(page.locator("h1")).to_have_text("Forecast verification")
    page.locator(".verification details summary").first.click()
    expect(page.locator(".verification details[open] figure")).to_be_visible()
    look(page, "phone-en-dark")
    wait_until(page, "document.documentElement.scrollWidth <= 360")
    assert viewer.errors == []
