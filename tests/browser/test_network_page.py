"""The network page in Chromium: accounts, lost numbers, doubt, refusals; live, on a phone, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from storage.accounts import Counts, add_account
from storage.database import Database
from storage.notifications import READINGS, notify_names
from tests.browser.conftest import Open, wait_until
from tests.browser.network_scene import add_network_troubles

pytestmark = pytest.mark.chromium


def test_the_network_page_tells_what_is_lost_doubted_and_refused_and_follows(opened: Open, flood: Database) -> None:
    add_network_troubles(flood)
    viewer = opened()
    page = viewer.go("/")
    page.get_by_role("link", name="Mạng trạm").click()
    expect(page.locator(".page-network h1")).to_have_text("Mạng quan trắc")

    source = page.locator('.accounts tr[data-key="ews-ingest"]')
    expect(source.locator(".a-received")).to_have_text("12.352")
    expect(source.locator(".a-waiting")).to_have_text("7")
    expect(source.locator(".badge-good")).to_have_text("✓ khớp")
    expect(page.locator('.accounts tr[data-key="replay"] .badge-bad')).to_contain_text("lệch 1")
    native = page.locator('.by-source tr[data-key="native"]')
    expect(native.locator(".a-received")).to_have_text("12.004")
    expect(native.locator(".badge-good")).to_have_text("✓ khớp")
    expect(page.locator('.by-source tr[data-key="esphome"] .a-received')).to_have_text("0")

    kim_long = page.locator('.links tr[data-key="kim_long"]').first
    expect(kim_long.locator(".n-sent")).to_have_text("8 / 5")
    expect(kim_long.locator(".n-missing")).to_have_text("4–6")
    expect(kim_long.locator(".n-battery")).to_have_text("3,61 V")
    expect(kim_long.locator(".n-quality")).to_contain_text("1 nghi ngờ")
    phu_oc = page.locator('.links tr[data-key="phu_oc"]').first
    expect(phu_oc.locator(".n-link")).to_contain_text("ngắt kết nối")
    expect(phu_oc.locator(".n-skew")).to_have_text("+1 giờ")
    expect(page.locator(".reasons tbody tr").first).to_contain_text("character 2: <b>unexpected</b> end")

    with flood.transaction() as c:
        add_account(
            c, "ews-ingest", datetime.now(UTC), Counts(received=1, stored=1, duplicates=0, revisions=0, rejected=0)
        )
        notify_names(c, READINGS, ["kim_long/water_level"])
    expect(source.locator(".a-received")).to_have_text("12.353")
    assert (viewer.errors, viewer.elsewhere) == ([], [])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_network_page_fits_a_phone(opened: Open, flood: Database, language: str) -> None:
    add_network_troubles(flood)
    page = opened(width=360, height=780).go(f"/mang-luoi?lang={language}")
    expect(page.locator('.links tr[data-key="kim_long"]').first).to_be_visible()
    page.locator(".page-network details summary").first.click()
    wait_until(page, "document.documentElement.scrollWidth <= 360")
