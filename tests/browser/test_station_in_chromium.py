"""A station's page in Chromium: chart with past floods and gauges upstream, crossing times, tabs by keyboard, spans, file."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, wait_until

pytestmark = pytest.mark.chromium


def look(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for one."""
    folder = os.environ.get("EWS_TEST_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_the_page_of_a_gauge_tells_past_present_and_future(opened: Open) -> None:
    viewer = opened(1280, 900)
    page = viewer.go("/tram/kim_long")
    chart = page.locator("#station-chart .js-plotly-plot")
    expect(chart).to_contain_text("11/1999: 5,81 m")
    expect(chart).to_contain_text("10/2025: 5,05 m")
    expect(chart).to_contain_text("Thượng Nhật (dời")
    look(page, "station-vi")
    expect(page.locator(".panel-data")).to_be_visible()
    page.locator("#tab-data").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".panel-quality")).to_be_visible()
    expect(page.locator(".panel-data")).not_to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".panel-thresholds")).to_contain_text("tương quan chéo")
    look(page, "station-thresholds-vi")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".panel-history")).to_contain_text("Dự báo trước đó đã nói gì")
    page.locator(".range-chip", has_text="30 ngày").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".range-chip.here")).to_have_text("30 ngày")
    wait_until(page, "document.querySelector('#station-chart .js-plotly-plot').layout.uirevision === 'kim_long/30'")
    look(page, "station-30-vi")
    page.locator("label[for=tab-data]").click()
    with page.expect_download() as begun:
        page.locator(".panel-data .downloads a").first.click()
    rows = list(csv.DictReader(io.StringIO(begun.value.path().read_text(encoding="utf-8"))))
    assert {row["station"] for row in rows} == {"kim_long"}
    assert {row["flag"] for row in rows} == {"1", "4"}
    assert page.request.get(f"{viewer.address}/tram/nobody/so-lieu.csv").status == 404
    assert viewer.elsewhere == []
    assert [e for e in viewer.errors if "404" not in e] == []


def test_on_a_phone_in_the_dark_the_gauge_is_whole(opened: Open) -> None:
    viewer = opened(360, 780, "dark")
    page = viewer.go("/tram/phu_oc?lang=en")
    expect(page.locator(".crossings")).to_contain_text("BĐ3: expected to be crossed at")
    expect(page.locator("#station-chart .js-plotly-plot")).to_contain_text("(moved")
    page.locator(".tab", has_text="Thresholds").click()
    expect(page.locator(".panel-thresholds")).to_be_visible()
    look(page, "station-phone")
    wait_until(page, "document.documentElement.scrollWidth <= 360")  # once the chart has taken its width
    assert viewer.errors == []
