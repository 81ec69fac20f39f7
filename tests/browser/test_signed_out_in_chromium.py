"""A session that ends while somebody writes, in Chromium: an order on the desk, rules in their form."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from storage.database import Database
from tests.browser.conftest import Open

pytestmark = pytest.mark.chromium

PHU_OC = "hue.phu_oc.flood.scene"


def test_a_session_that_ends_does_not_take_what_is_being_written(flood: Database, opened: Open) -> None:
    viewer = opened(name="truong_ca")
    page = viewer.go(f"/canh-bao/{PHU_OC}?lang=en")
    text = page.locator("form[data-order=comment] input[name=text]")
    text.fill("called the ward")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    link = page.locator("#connection-bar a")
    expect(link).to_have_attribute("href", f"/vao?sau=%2Fcanh-bao%2F{PHU_OC}%3Flang%3Den")
    expect(page.locator("#connection-bar")).to_contain_text("You are signed out")
    expect(text).to_have_value("called the ward")
    with page.context.expect_page() as tab:
        link.click()
    expect(tab.value.locator("input[name=sau]")).to_have_value(f"/canh-bao/{PHU_OC}?lang=en")
    tab.value.close()

    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(link).not_to_be_visible()
    page.locator("form[data-order=comment] button").click()
    expect(text).to_have_value("")
    page.context.clear_cookies()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_url(f"**/vao?sau=%2Fcanh-bao%2F{PHU_OC}%3Flang%3Den")


def test_the_end_of_a_session_does_not_hide_that_nothing_is_sent(opened: Open) -> None:
    page = opened(name="truong_ca").go(f"/canh-bao/{PHU_OC}?lang=en")
    page.locator("form[data-order=comment] input[name=text]").fill("called the ward")
    late = {"status": "degraded", "database": "ok", "broker": "ok", "late": ["rules"]}
    page.route("**/healthz", lambda route: route.fulfill(json=late))
    bar = page.locator("#connection-bar")
    expect(bar).to_contain_text("Warnings are not judged or sent")
    page.context.clear_cookies()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(bar).to_contain_text("You are signed out")
    expect(bar).to_contain_text("Warnings are not judged or sent")
    expect(bar.locator("a")).to_be_visible()
    page.unroute("**/healthz")
    expect(bar).not_to_contain_text("Warnings are not judged or sent")
    expect(bar).to_contain_text("You are signed out")


def test_a_browser_of_2021_notices_that_the_session_is_over(opened: Open) -> None:
    viewer = opened(name="truong_ca")
    viewer.page.add_init_script("delete AbortSignal.timeout")  # came with Chrome 103 and Safari 16
    page = viewer.go(f"/canh-bao/{PHU_OC}")
    expect(page.locator("form[data-order=comment]")).to_be_visible()
    page.context.clear_cookies()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_url("**/vao?sau=*")


def test_rules_that_are_sent_after_the_session_has_ended_are_sent_again_by_the_browser(
    opened: Open,
) -> None:
    page = opened(name="truong_ca").go("/quy-tac/sua")
    text = page.locator("textarea")
    text.fill(text.input_value() + "\n# xét lại sau mùa lũ\n")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.locator("button[value=thu]").click()
    expect(page.locator("main")).to_contain_text("Phiên làm việc đã hết")
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.on("dialog", lambda asked: asked.accept())
    page.reload()
    expect(text).to_have_value(re.compile("# xét lại sau mùa lũ"))
