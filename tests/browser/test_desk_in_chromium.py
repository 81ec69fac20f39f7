"""The warnings desk in Chromium, with the keyboard: acknowledge, read and issue a public warning, silence, see the audit."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from domain.access_table import ORDERS, RIGHTS, Right, Role
from domain.warnings import WarningState, WarningStep
from storage import audit, public_warnings
from storage.cap_messages import cap_messages_of
from storage.database import Database
from storage.tellings import deeds_of, silences
from tests.browser.conftest import Open, wait_until
from tests.browser.desk_scene import KIM_LONG, PHU_OC, press, waiting

pytestmark = pytest.mark.chromium


def look(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for one."""
    folder = os.environ.get("EWS_TEST_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_an_officer_works_with_the_keyboard_alone(flood: Database, opened: Open) -> None:
    warning = waiting(flood)
    viewer = opened(1280, 900, name="truong_ca")
    page = viewer.go("/canh-bao")
    card = page.locator(".desk-new .desk-card")
    expect(card).to_contain_text("dự thảo chờ ban hành")
    expect(card.locator(".desk-late")).to_contain_text("Chậm xác nhận")

    phu_oc = page.locator(".desk-card", has_text="Phú Ốc")
    phu_oc.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".desk-acknowledged .desk-card")).to_contain_text("Phú Ốc")
    expect(page.locator("#desk-said")).to_contain_text("truong_ca · xác nhận đã nhận")  # the audit line, at once
    look(page, "desk-board-vi")

    page.locator(".desk-link").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".desk-new .desk-link")).not_to_be_focused()
    page.locator(".desk-new .desk-link").focus()
    page.keyboard.press("Enter")
    issue_with_held_key(page)
    expect(page.locator(".public-warning")).to_contain_text("đã ban hành")
    look(page, "alert-vi")

    page.locator("summary", has_text="Tạm ngừng báo").focus()
    page.keyboard.press("Enter")
    page.locator("form[data-order=silence] input[name=reason]").focus()
    page.keyboard.type("kiểm tra cảm biến")
    page.keyboard.press("Enter")
    expect(page.locator("#desk-said")).to_contain_text("truong_ca · tạm ngừng báo: kiểm tra cảm biến")
    page.locator(".desk-head a").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".desk-silences")).to_contain_text("kiểm tra cảm biến")

    with flood.transaction() as connection:
        issued = public_warnings.warnings(connection, identifier=warning)[0]
        assert issued.state is WarningState.ISSUED
        assert len(cap_messages_of(connection, warning)) == 1
        assert [s.reason for s in silences(connection, datetime.now(UTC))] == ["kiểm tra cảm biến"]
        assert [d.person for d in deeds_of(connection, [PHU_OC])[PHU_OC]] == ["truong_ca"]
        by_officer = [e.action for e in audit.entries(connection, actor="truong_ca")][::-1]
    by_officer = by_officer[by_officer.index("acknowledged") :]  # the signing in stands before
    assert by_officer[1:4] == ["saw", "warning_read", "warning_read"]
    assert {"warning_issued", "cap_published", "silenced"} <= set(by_officer)
    assert viewer.elsewhere == []
    assert viewer.errors == []


def issue_with_held_key(page: Page) -> None:
    """Read both texts, open the sheet, find that a short press does nothing, and hold."""
    press(page, "Ban hành…")
    expect(page.locator("#desk-said")).to_contain_text("Không thực hiện")  # nobody has read it
    press(page, "Tôi đã đọc bản tiếng Việt")
    expect(page.locator(".public-warning")).to_contain_text("✓ truong_ca đã đọc")
    press(page, "Tôi đã đọc bản tiếng Anh")
    expect(page.locator(".public-warning form[data-order=read]")).to_have_count(0)
    press(page, "Ban hành…")
    sheet = page.locator("#desk-sheet")
    expect(sheet).to_be_visible()
    expect(sheet).to_contain_text("flood")
    expect(sheet).to_contain_text("1 bản tin CAP (Alert, Exercise)")
    look(page, "sheet-vi")
    button = sheet.locator("[data-hold]")
    button.click()
    button.focus()
    page.keyboard.press("Enter")
    expect(sheet).to_be_visible()
    expect(page.locator(".public-warning")).to_contain_text("dự thảo chờ ban hành")
    page.keyboard.down("Enter")
    expect(sheet).not_to_be_visible()
    page.keyboard.up("Enter")


def test_what_is_being_written_stays_in_its_own_form_while_others_work(flood: Database, opened: Open) -> None:
    page = opened(name="truong_ca").go(f"/canh-bao/{PHU_OC}")
    page.locator("summary", has_text="Kết thúc").click()
    page.locator("form[data-plan=end] input[name=reason]").fill("nước đã rút")
    writing = page.locator("form[data-order=assign] input[name=to]")
    writing.focus()
    page.keyboard.type("tổ 3")
    other = opened(name="chi_huy").go(f"/canh-bao/{PHU_OC}")
    press(other, "Xác nhận đã nhận")
    expect(page.locator("form[data-order=acknowledge]")).to_have_count(0)
    expect(writing).to_have_value("tổ 3")
    expect(writing).to_be_focused()
    expect(page.locator("form[data-order=comment] input[name=text]")).to_have_value("")
    expect(page.locator("form[data-plan=end] input[name=reason]")).to_have_value("nước đã rút")
    expect(page.locator("form[data-order=silence] input[name=reason]")).to_have_value("")


def test_a_text_that_somebody_else_wrote_meanwhile_is_read_before_it_is_written_over(
    flood: Database, opened: Open
) -> None:
    warning = waiting(flood)
    pages = [opened(name=name).go(f"/canh-bao/{KIM_LONG}") for name in ("truong_ca", "chi_huy")]
    forms = [page.locator("form[data-order=edit]").first for page in pages]
    for page, form, text in zip(pages, forms, ("Lũ lên", "Lũ lớn"), strict=True):
        page.locator("summary", has_text="Sửa").first.click()
        form.locator("textarea[name=headline]").fill(text)
    forms[0].get_by_role("button").click()
    expect(pages[1].locator(".public-warning h3").first).to_have_text("Lũ lên")
    forms[1].get_by_role("button").click()
    expect(pages[1].locator("#desk-said")).to_contain_text("Văn bản đã thay đổi sau khi bạn đọc")
    expect(forms[1].locator("textarea[name=headline]")).to_have_value("Lũ lớn")
    forms[1].get_by_role("button").click()  # with the other text before their eyes
    expect(pages[0].locator(".public-warning h3").first).to_have_text("Lũ lớn")
    with flood.transaction() as connection:
        written = public_warnings.warnings(connection, identifier=warning)[0]
    assert [v.person for v in written.versions if v.step is WarningStep.EDITED] == ["truong_ca", "chi_huy"]


def test_a_text_is_written_on_while_the_other_one_is_saved(flood: Database, opened: Open) -> None:
    waiting(flood)
    page = opened(name="truong_ca").go(f"/canh-bao/{KIM_LONG}")
    for text in ("tiếng Việt", "tiếng Anh"):
        press(page, f"Tôi đã đọc bản {text}")
        expect(page.get_by_role("button", name=f"Tôi đã đọc bản {text}")).to_have_count(0)
    for fold in page.locator("summary", has_text="Sửa").all():
        fold.click()
    vietnamese, english = page.locator("form[data-order=edit]").all()
    vietnamese.locator("textarea[name=headline]").fill("Lũ lên")
    vietnamese.get_by_role("button").click()
    headline = english.locator("textarea[name=headline]")
    headline.focus()
    headline.evaluate("(field) => field.setSelectionRange(3, 3)")
    expect(page.locator("form[data-order=read]")).to_have_count(2)  # nobody has read the new text
    expect(headline).to_be_focused()
    assert headline.evaluate("(field) => field.selectionStart") == 3


def test_a_text_written_over_is_asked_about_although_another_refusal_came_between(
    flood: Database, opened: Open
) -> None:
    waiting(flood)
    page, other = (opened(name=name).go(f"/canh-bao/{KIM_LONG}") for name in ("truong_ca", "chi_huy"))
    for each in (page, other):
        for fold in each.locator("summary", has_text="Sửa").all():
            fold.click()
    own = page.locator("form[data-order=edit]").first
    own.locator("textarea[name=headline]").fill("   ")
    for number, text in ((1, "Rising water"), (0, "Lũ lên")):  # first in the other language
        form = other.locator("form[data-order=edit]").nth(number)
        form.locator("textarea[name=headline]").fill(text)
        form.get_by_role("button").click()
        expect(page.locator(".public-warning h3").nth(number)).to_have_text(text)
        if number:
            own.get_by_role("button").click()
            expect(page.locator("#desk-said")).to_contain_text("Không thực hiện")  # the headline is empty
    own.locator("textarea[name=headline]").fill("Lũ lớn")
    own.get_by_role("button").click()
    expect(page.locator("#desk-said")).to_contain_text("Văn bản đã thay đổi sau khi bạn đọc")
    expect(page.locator(".public-warning h3").first).to_have_text("Lũ lên")


def test_an_order_without_an_answer_says_so_and_is_not_sent_twice(flood: Database, opened: Open) -> None:
    page = opened(name="truong_ca").go(f"/canh-bao/{PHU_OC}")
    orders: list[str] = []

    def lost(route: Route) -> None:
        ordered = "desk-order" in (route.request.post_data or "")
        if not ordered:
            route.continue_()
            return
        orders.append(route.request.post_data or "")
        route.fulfill(status=500, body="")

    page.route("**/_dash-update-component*", lost)
    form = page.locator("form[data-order=comment]")
    form.locator("input[name=text]").fill("đã gọi")
    form.get_by_role("button").dblclick()
    expect(form.get_by_role("button")).to_be_disabled()
    expect(page.locator("#desk-said")).to_contain_text("Không có trả lời")
    assert len(orders) == 1
    expect(form.locator("input[name=text]")).to_have_value("đã gọi")
    page.unroute("**/_dash-update-component*")
    expect(form.get_by_role("button")).to_be_enabled()
    form.get_by_role("button").dblclick()
    expect(page.locator("#desk-said")).to_contain_text("truong_ca")
    expect(form.locator("input[name=text]")).to_have_value("")
    with flood.transaction() as connection:
        assert [d.detail["text"] for d in deeds_of(connection, [PHU_OC])[PHU_OC]] == ["đã gọi"]


def test_two_orders_in_a_row_are_both_answered(flood: Database, opened: Open) -> None:
    page = opened(name="truong_ca").go(f"/canh-bao/{PHU_OC}")
    for do, name, text in (("assign", "to", "tổ 3"), ("comment", "text", "đã gọi")):
        page.locator(f"form[data-order={do}] input[name={name}]").fill(text)
    page.evaluate(
        "['assign', 'comment'].forEach((do_) => document.querySelector(`form[data-order=${do_}]`).requestSubmit())"
    )
    for do in ("assign", "comment"):
        expect(page.locator(f"form[data-order={do}] input[type=text]")).to_have_value("")
    with flood.transaction() as connection:
        assert [d.action.value for d in deeds_of(connection, [PHU_OC])[PHU_OC]] == ["assigned", "commented"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.COMMITTEE, Role.OFFICER])
def test_each_role_is_offered_what_it_may_do(flood: Database, opened: Open, role: Role) -> None:
    waiting(flood)
    page = opened(role=role, name=f"{role.value}_x").go(f"/canh-bao/{KIM_LONG}")
    expect(page.locator(".public-warning")).to_contain_text("dự thảo")
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    offered = page.evaluate(
        """[...document.querySelectorAll("form.desk-form")].filter((f) => f.checkVisibility())
            .map((f) => f.dataset.order || f.dataset.plan)"""
    )
    there = page.evaluate(
        "[...document.querySelectorAll('form.desk-form')].map((f) => f.dataset.order || f.dataset.plan)"
    )
    assert set(there) >= {"acknowledge", "comment", "assign", "silence", "escalate", "end", "read", "edit", "issue"}
    assert set(offered) == {order for order in there if ORDERS[order] in RIGHTS[role]}
    assert page.locator("details.desk-fold").first.is_visible() is (Right.DECIDE in RIGHTS[role])


def test_on_a_phone_in_the_dark_nothing_is_cut_off(flood: Database, opened: Open) -> None:
    waiting(flood)
    viewer = opened(360, 780, "dark", name="truong_ca")
    page = viewer.go("/canh-bao?lang=en")
    expect(page.locator(".desk-new .desk-card")).to_contain_text("draft waits")
    look(page, "desk-board-phone")
    wait_until(page, "document.documentElement.scrollWidth <= 360")
    page.locator(".desk-new .desk-link").click()
    expect(page.locator(".public-warning h2")).to_contain_text("Warning to the public")
    expect(page.locator("img.ward-map")).to_be_visible()
    look(page, "alert-phone")
    wait_until(page, "document.documentElement.scrollWidth <= 360")
    page.locator("summary", has_text="Escalate").click()
    page.locator("form[data-plan=escalate] input[name=reason]").fill("no answer")
    page.locator("form[data-plan=escalate] button").click()
    expect(page.locator("#desk-sheet")).to_contain_text("messages to 1 recipients")
    look(page, "sheet-phone")
    page.locator("[data-desk=leave]").click()
    expect(page.locator("#desk-sheet")).not_to_be_visible()
    assert viewer.errors == []
