"""Orders of the desk whose answer lets wait, in Chromium: what is done meanwhile stays, and nothing is done twice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from storage.database import Database
from storage.tellings import deeds_of
from tests.browser.conftest import Open
from tests.browser.desk_scene import PHU_OC, press

pytestmark = pytest.mark.chromium


def held(page: Page, place: str) -> list[Route]:
    """What goes to this place of the desk is held on its way from now on; whoever lets it go on gets the server's own answer."""
    found: list[Route] = []

    def hold(route: Route) -> None:
        if f'"{place}.data"' in (route.request.post_data or ""):
            found.append(route)
        else:
            route.continue_()

    page.route("**/_dash-update-component*", hold)
    return found


def open_sheet(page: Page) -> None:
    """The sheet of ending the alert."""
    if not page.locator("form[data-plan=end]").is_visible():
        page.locator("summary", has_text="Kết thúc").click()
    page.locator("form[data-plan=end] input[name=reason]").fill("nước đã rút")
    page.locator("form[data-plan=end] button").click()


def test_an_answer_that_comes_late_is_told_and_leaves_alone_what_is_done_meanwhile(
    flood: Database, opened: Open
) -> None:
    page = opened(name="truong_ca").go(f"/canh-bao/{PHU_OC}")
    orders = held(page, "desk-order")
    text = page.locator("form[data-order=comment] input[name=text]")
    text.fill("đã gọi")
    page.locator("form[data-order=comment] button").click()
    expect(page.locator("#desk-said")).to_contain_text("Không có trả lời")
    text.fill("đã gọi lại")
    open_sheet(page)
    sheet = page.locator("#desk-sheet")
    expect(sheet).to_be_visible()
    orders[0].continue_()
    expect(page.locator("#desk-said")).to_contain_text("truong_ca")  # the audit line
    expect(sheet).to_be_visible()
    expect(text).to_have_value("đã gọi lại")
    with flood.transaction() as connection:
        assert [d.detail["text"] for d in deeds_of(connection, [PHU_OC])[PHU_OC]] == ["đã gọi"]


def test_a_sheet_that_does_not_open_says_that_nothing_was_sent_and_does_not_open_later(
    flood: Database, opened: Open
) -> None:
    page = opened(name="truong_ca").go(f"/canh-bao/{PHU_OC}")
    plans = held(page, "desk-plan")
    open_sheet(page)
    said = page.locator("#desk-said")
    expect(said).to_have_text("Tờ xác nhận chưa mở được, chưa có gì được gửi: hãy bấm lại.")
    with page.expect_response("**/_dash-update-component*"):
        plans[0].continue_()
    press(page, "Xác nhận đã nhận")  # an order after it
    expect(said).to_contain_text("xác nhận đã nhận")
    expect(page.locator("#desk-sheet")).not_to_be_visible()
    page.unroute("**/_dash-update-component*")
    open_sheet(page)
    expect(page.locator("#desk-sheet")).to_be_visible()


def test_a_button_stays_off_while_its_order_is_under_way_whatever_is_painted(flood: Database, opened: Open) -> None:
    page, other = (opened(name=name).go(f"/canh-bao/{PHU_OC}") for name in ("truong_ca", "chi_huy"))
    expect(other.locator("form[data-order=acknowledge]")).to_be_visible()
    orders = held(page, "desk-order")
    page.locator("form[data-order=comment] input[name=text]").fill("đã gọi")
    button = page.locator("form[data-order=comment] button")
    button.click()
    expect(button).to_be_disabled()
    press(other, "Xác nhận đã nhận")
    expect(page.locator("form[data-order=acknowledge]")).to_have_count(0)
    assert button.get_attribute("aria-disabled") == "true"
    orders[0].continue_()
    expect(button).to_be_enabled()


def test_a_held_button_is_not_held_again_while_its_order_is_under_way(flood: Database, opened: Open) -> None:
    page = opened(name="truong_ca").go(f"/canh-bao/{PHU_OC}")
    orders = held(page, "desk-order")
    open_sheet(page)
    button = page.locator("#desk-sheet [data-hold]")
    button.focus()
    page.keyboard.down("Enter")
    expect(button).to_be_disabled()  # the time is full, the order is sent
    page.keyboard.up("Enter")
    page.keyboard.down("Enter")
    assert "holding" not in str(button.get_attribute("class"))
    page.keyboard.up("Enter")
    orders[0].continue_()
    expect(page.locator("#desk-sheet")).not_to_be_visible()
    assert len(orders) == 1
