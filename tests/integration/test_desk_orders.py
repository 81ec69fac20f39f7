"""What the desk writes: orders in one transaction with their audit, sheets that leave nothing behind, and what is refused."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from alerts.drafting import prepare
from dash_app.access import acting as acting_as
from dash_app.desk_acting import Acting
from dash_app.desk_snapshot import Column
from dash_app.feed import Feed
from dash_app.pages import Pages
from dash_app.reading_desk import read_desk
from domain.access_table import Role
from domain.alerts import AlertState, Reason
from domain.settings import load_settings
from domain.warnings import PublicWarning, WarningState
from rules.configuration import load_rules
from storage import audit, public_warnings
from storage.alerts import alert, save_alert
from storage.cap_messages import cap_messages_of
from storage.database import Database
from storage.deliveries import deliveries_of
from storage.stations import load_stations, sync_network
from storage.tellings import deeds_of, silences
from tests.browser import scene
from tests.signing_in import visitor

ALERT = "hue.kim_long.flood.scene"


@pytest.fixture
def acting(database: Database) -> Acting:
    """The desk over a flood at one gauge, with a draft for the public."""
    stations = scene.network(["kim_long"])
    settings = load_settings({})
    hands = Acting(database, settings, load_rules(settings.config_dir / "rules.toml"))
    found = scene.flood_alert(stations[0])
    assert found is not None
    with database.transaction() as connection:
        sync_network(connection, stations, clock="simulated")
        scene._store_alerts(database, connection, stations)
        station = load_stations(connection)["kim_long"]
        prepare(connection, station, found, hands.book.telling, scene.NOW)
    return hands


class Officer:
    """Fills in forms as the browser does."""

    def __init__(self, acting: Acting, name: str | None) -> None:
        self._acting, self._name, self._n = acting, name, 0

    def _said(self, do: str, fields: dict[str, Any]) -> dict[str, Any]:
        self._n += 1
        return {"n": self._n, "order": {"do": do, "alert": ALERT, **fields}}

    def act(self, do: str, **fields: Any) -> dict[str, Any]:
        return self._ask(self._acting.act, self._said(do, fields))

    def plan(self, do: str, **fields: Any) -> dict[str, Any]:
        return self._ask(self._acting.plan, self._said(do, fields))

    def _ask(self, callback: Callable[..., Any], said: dict[str, Any]) -> dict[str, Any]:
        """Off the main thread: a browser test of the same run has an event loop there."""

        def asked() -> dict[str, Any]:
            with acting_as(None if self._name is None else visitor(Role.OFFICER, self._name)):
                answer: dict[str, Any] = asyncio.run(callback(said, "vi"))
            return answer

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asked).result()


def seen(sheet: dict[str, Any]) -> str:
    """What the sheet would send back as read."""
    assert sheet["ok"], sheet["html"]
    field = re.search(r'<input[^>]*name="seen"[^>]*>', sheet["html"])
    assert field is not None
    return re.search(r'value="(\d+)"', field.group()).group(1)  # type: ignore[union-attr]


def snapshot(database: Database) -> tuple[int, ...]:
    with database.transaction() as connection:
        entries = audit.entries(connection, limit=1)
        found = alert(connection, ALERT)
        assert found is not None
        return (entries[0].number if entries else 0, len(found.versions), len(deliveries_of(connection, ALERT)))


def test_an_officer_reads_issues_and_ends_by_sheets(database: Database, acting: Acting) -> None:
    officer = Officer(acting, "truong_ca")
    with database.transaction() as connection:
        warning = public_warnings.warnings(connection, alerts=[ALERT])[0]
    about = {"warning": warning.identifier}
    before = snapshot(database)
    refused = officer.plan("issue", **about)
    assert not refused["ok"]
    assert "chưa được đọc bản tiếng Việt, tiếng Anh" in refused["html"]
    assert snapshot(database) == before

    text = str(warning.written.number)
    parts = {"headline": "Lũ", "description": "a\r\nb", "instruction": "c"}
    assert officer.act("edit", **about, **parts, language="vi", seen=text)["ok"]
    stale = officer.act("read", **about, language="vi", seen=text)
    assert "đã thay đổi sau khi bạn đọc" in stale["html"]
    with database.transaction() as connection:
        text = str(public_warnings.warnings(connection, identifier=warning.identifier)[0].written.number)
    for language in ("vi", "en"):
        assert officer.act("read", **about, language=language, seen=text)["ok"]

    before = snapshot(database)
    number = seen(officer.plan("issue", **about))
    assert snapshot(database) == before  # a sheet leaves nothing behind
    assert not officer.act("issue", **about)["ok"]  # and there is no way round it
    done = officer.act("issue", **about, seen=number)
    assert done["ok"]
    assert "ban hành" in done["html"]
    assert "truong_ca" in done["html"]
    again = officer.act("issue", **about, seen=number)
    assert "đã thay đổi sau khi mở tờ xác nhận" in again["html"]
    with database.transaction() as connection:
        issued = public_warnings.warnings(connection, identifier=warning.identifier)[0]
        assert issued.state is WarningState.ISSUED
        assert issued.content.texts["vi"].description == "a\nb"
        assert len(cap_messages_of(connection, warning.identifier)) == 1

    sheet = officer.plan("escalate", to="city_command", reason="không ai trả lời")
    messages = re.search(r"(\d+) tin nhắn tới 1 nơi nhận", sheet["html"])
    assert messages is not None
    before = snapshot(database)
    assert officer.act("escalate", to="city_command", reason="không ai trả lời", seen=seen(sheet))["ok"]
    assert snapshot(database)[2] - before[2] == int(messages.group(1))  # what the sheet said
    assert officer.act("end", reason="hết lũ", seen=seen(officer.plan("end", reason="hết lũ")))["ok"]
    with database.transaction() as connection:
        over = alert(connection, ALERT)
        assert over is not None
        assert over.state is AlertState.ENDED
        actions = [d.action.value for d in deeds_of(connection, [ALERT])[ALERT]]
    assert actions == ["escalated", "ended"]


def test_who_saw_which_state_of_an_alert_stands_in_its_audit_once(database: Database, acting: Acting) -> None:
    feed, nothing = Feed(database, load_rules(load_settings({}).config_dir / "rules.toml")), cast("Any", None)

    def opened(name: str | None, pages: Pages) -> str:
        def asked() -> str:
            with acting_as(None if name is None else visitor(Role.OFFICER, name)):
                return json.dumps(
                    asyncio.run(pages.screen(1, f"/canh-bao/{ALERT}", "vi", None, None)), ensure_ascii=False
                )

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asked).result()

    first, second = (Pages(feed, nothing, book=acting.book, sheets=nothing, gauges=nothing) for _ in range(2))
    with database.transaction() as connection:
        found = alert(connection, ALERT)
        assert found is not None
    for name, pages in (("an", first), ("an", first), ("an", second), ("binh", second), (None, second)):
        page = opened(name, pages)
        assert "đã xem: phiên bản" in page, "they are shown that they have seen it"
    assert Officer(acting, "truong_ca").act("comment", text="x")["ok"]
    opened("an", first)
    with database.transaction() as connection:
        newest = found.versions[-1]
        save_alert(connection, replace(found, versions=(*found.versions, replace(newest, number=newest.number + 1))))
    feed.revision += 1
    opened("an", first)
    with database.transaction() as connection:
        saw = [(e.actor, e.detail["version"]) for e in audit.entries(connection, subject=ALERT) if e.action == "saw"]
    assert saw[::-1] == [("an", newest.number), ("binh", newest.number), ("an", newest.number + 1)]


def test_light_orders_and_what_is_refused(database: Database, acting: Acting) -> None:
    officer = Officer(acting, "truc_ban")
    assert officer.act("acknowledge")["ok"]
    assert officer.act("assign", to="An")["ok"]
    assert officer.act("comment", text="đã gọi")["ok"]
    assert officer.act("silence", hours="2", severity="Minor", reason="bảo trì")["ok"]
    with database.transaction() as connection:
        number = silences(connection, scene.NOW)[0].id
        assert [d.person for d in deeds_of(connection, [ALERT])[ALERT]] == ["truc_ban"] * 3
        warning = public_warnings.warnings(connection, alerts=[ALERT])[0]
    assert officer.act("lift", silence=number)["ok"]
    assert officer.act("silence", hours="2", severity="Minor", reason="xả hồ", area="basin")["ok"]
    with database.transaction() as connection:
        (wide,) = silences(connection, scene.NOW)
    assert (wide.station, wide.basin) == (None, "huong")
    before = snapshot(database)
    assert "truc_ban không được ban hành" in officer.plan("issue", warning=warning.identifier)["html"]
    assert not officer.act("comment", text=" ")["ok"]
    assert not officer.act("silence", hours="900", severity="Minor", reason="x")["ok"]
    everything = officer.act("silence", hours="2", severity="Extreme", reason="x")  # no form offers it
    assert "Không được tạm ngừng báo ở mức Đặc biệt nghiêm trọng" in everything["html"]
    assert not Officer(acting, None).act("comment", text="ai?")["ok"]  # nobody is signed in
    assert not officer.act("explode")["ok"]
    assert snapshot(database) == before


def grow(database: Database, reason: Reason) -> int:
    """One more version of the alert; its number."""
    with database.transaction() as connection:
        found = alert(connection, ALERT)
        assert found is not None
        newest = found.versions[-1]
        version = replace(newest, number=newest.number + 1, reason=reason)
        save_alert(connection, replace(found, versions=(*found.versions, version)))
    return version.number


def test_nobody_acknowledges_what_they_have_not_seen(database: Database, acting: Acting) -> None:
    officer = Officer(acting, "truc_ban")
    shown = grow(database, Reason.UPGRADED)
    newest = grow(database, Reason.REPEATED)  # says nothing new
    assert officer.act("acknowledge", seen=str(shown))["ok"]
    grow(database, Reason.UPGRADED)
    before = snapshot(database)
    late = officer.act("acknowledge", seen=str(newest))
    assert "Cảnh báo đã thay đổi sau khi bạn xem" in late["html"]
    assert snapshot(database) == before
    with database.transaction() as connection:
        assert [d.version for d in deeds_of(connection, [ALERT])[ALERT]] == [newest]


def test_an_order_to_tell_another_leaves_the_page_as_it_was_read(database: Database, acting: Acting) -> None:
    shown = grow(database, Reason.UPGRADED)
    grow(database, Reason.ESCALATED)
    assert Officer(acting, "truc_ban").act("acknowledge", seen=str(shown))["ok"]


def test_a_text_is_not_written_over_another_that_its_officer_has_not_read(database: Database, acting: Acting) -> None:
    first, second = Officer(acting, "truong_ca"), Officer(acting, "chi_huy")
    about = {"warning": draft(database).identifier}
    shown = str(draft(database).written.number)
    parts = {"headline": "Lũ", "description": "Nước lên", "instruction": "Lên cao"}
    assert first.act("edit", **about, **parts, language="vi", seen=shown)["ok"]
    before = snapshot(database)
    for undone in (
        second.act("edit", **about, **(parts | {"headline": "Bão"}), language="vi", seen=shown),
        second.act("anew", **about, seen=shown),
    ):
        assert "Văn bản đã thay đổi sau khi bạn đọc" in undone["html"]
    assert snapshot(database) == before
    assert second.act("edit", **about, **(parts | {"headline": "Flood"}), language="en", seen=shown)["ok"]  # nobody's
    texts = draft(database).content.texts
    assert (texts["vi"].headline, texts["en"].headline) == ("Lũ", "Flood")
    assert second.act("anew", **about, seen=str(draft(database).written.number))["ok"]


def test_an_alert_that_has_ended_stays_on_the_board_while_the_public_is_warned(
    database: Database, acting: Acting
) -> None:
    officer, name = Officer(acting, "truong_ca"), draft(database).identifier
    for language in ("vi", "en"):
        text = str(draft(database).written.number)
        assert officer.act("read", warning=name, language=language, seen=text)["ok"]
    assert officer.act("issue", warning=name, seen=seen(officer.plan("issue", warning=name)))["ok"]
    assert officer.act("end", reason="hết lũ", seen=seen(officer.plan("end", reason="hết lũ")))["ok"]
    with database.transaction() as connection:
        over = alert(connection, ALERT)
        assert over is not None
        for number in range(25):  # newer, and over too
            raised_at = over.raised_at + timedelta(minutes=number + 1)
            save_alert(connection, replace(over, identifier=f"{ALERT}.{number}", raised_at=raised_at))

    def column() -> Column | None:
        overview = Feed(database, load_rules(load_settings({}).config_dir / "rules.toml")).overview()
        assert overview is not None
        with database.transaction() as connection:
            cards = read_desk(connection, overview, acting.book).cards
        return next((card.column for card in cards if card.found.alert.identifier == ALERT), None)

    assert column() is Column.NEW
    cancelled = {"warning": name, "reason": "hết lũ"}
    assert officer.act("cancel", **cancelled, seen=seen(officer.plan("cancel", **cancelled)))["ok"]
    assert column() is None


def test_four_eyes_are_two_officers_through_the_page(database: Database, acting: Acting) -> None:
    policy = acting.book.telling
    assert policy.approval is not None
    careful = policy.model_copy(update={"approval": policy.approval.model_copy(update={"four_eyes": True})})
    acting.book = replace(acting.book, telling=careful)
    first, second = Officer(acting, "truong_ca"), Officer(acting, "chi_huy")
    name = draft(database).identifier
    about = {"warning": name}
    parts = {"headline": "Lũ", "description": "Nước lên", "instruction": "Lên cao"}
    assert first.act("edit", **about, **parts, language="vi", seen=str(draft(database).written.number))["ok"]
    text = str(draft(database).written.number)
    for language in ("vi", "en"):
        assert first.act("read", **about, language=language, seen=text)["ok"]
    alone = first.plan("issue", **about)
    assert not alone["ok"]
    assert "cần cán bộ thứ hai duyệt trước" in alone["html"]
    before = snapshot(database)
    own = first.act("approve", **about, seen=text)
    assert not own["ok"]
    assert "truong_ca đã soạn văn bản này" in own["html"]
    assert "may not" not in own["html"]
    barred = Officer(acting, "truc_ban").act("approve", **about, seen=text)
    assert "truc_ban không được ban hành" in barred["html"]
    assert snapshot(database) == before

    assert second.act("approve", **about, seen=text)["ok"]
    assert (
        "chưa có gì thay đổi" in second.plan("issue", **about)["html"]
    )  # nor does the second issue by their own approval
    number = seen(first.plan("issue", **about))
    assert first.act("issue", **about, seen=number)["ok"]
    issued = draft(database)
    assert issued.state is WarningState.ISSUED
    assert [(v.step.value, v.person) for v in issued.versions[-2:]] == [
        ("approved", "chi_huy"),
        ("issued", "truong_ca"),
    ]
    with database.transaction() as connection:
        assert len(cap_messages_of(connection, name)) == 1


def draft(database: Database) -> PublicWarning:
    """The warning to the public of the scene's flood."""
    with database.transaction() as connection:
        return public_warnings.warnings(connection, alerts=[ALERT])[0]
