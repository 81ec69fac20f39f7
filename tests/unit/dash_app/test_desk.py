"""The warnings desk: where a card stands, who is late, what the pages and the sheet say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.public_drafts import prepared, step
from alerts.recipients import load_recipients
from alerts.refusal import ActionRefusedError
from alerts.telling_policy import load_telling
from dash_app.access import AccessRefusedError, acting
from dash_app.acting_person import acting_person
from dash_app.alert_page import alert_page
from dash_app.desk_board import board
from dash_app.desk_orders import Issue, Order, Quiet, order_of
from dash_app.desk_rehearsal import Rehearsal
from dash_app.desk_sheet import sheet
from dash_app.desk_snapshot import AlertView, Card, Column, DeskBook, DeskView
from dash_app.markup import markup
from dash_app.routes import Page, Place, alert_path, page_of
from dash_app.ward_map import WardMap
from domain.access_table import ORDERS, Role
from domain.alerts import AlertState, Severity
from domain.deeds import Action, Deed, Silence
from domain.wards import load_wards
from domain.warnings import PublicWarning, WarningStep
from domain.words import LANGUAGES, Language, say
from storage.acknowledgements import Acknowledgement
from storage.audit import AuditEntry
from storage.desk import Told
from tests.signing_in import visitor
from tests.unit.dash_app import scenes
from tests.unit.dash_app.scenes import NOW

CONFIG = Path(__file__).resolve().parents[3] / "config"
BOOK = DeskBook(
    recipients=load_recipients(CONFIG / "recipients.toml"),
    telling=load_telling(CONFIG / "alerts.toml"),
    wards=load_wards(CONFIG / "geo" / "wards.geojson")[0],
)


def told(recipient: str = "city_command", minutes: float = 25.0, *, urgent: bool = True) -> Told:
    sent_at = NOW - timedelta(minutes=minutes)
    escalate_at = sent_at + timedelta(minutes=10) if urgent else None
    return Told(
        alert="hue.kim_long.flood.1",
        recipient=recipient,
        version=1,
        sent_at=sent_at,
        urgent=urgent,
        escalate_at=escalate_at,
    )


def answer(recipient: str, version: int = 1) -> Acknowledgement:
    return Acknowledgement(
        alert="hue.kim_long.flood.1", version=version, recipient=recipient, person="trực", at=NOW, how="link"
    )


def deed(action: Action = Action.ACKNOWLEDGED, version: int = 1, **detail: str) -> Deed:
    return Deed(alert="hue.kim_long.flood.1", version=version, at=NOW, person="truong_ca", action=action, detail=detail)


def draft() -> PublicWarning:
    found = scenes.alert()
    made = prepared(found.alert, found.station, BOOK.telling, NOW, None)
    assert made is not None
    return made


def card(**more: Any) -> Card:
    described: dict[str, Any] = {
        "found": scenes.alert(),
        "now": scenes.standing(),
        "counts": {},
        "told": (),
        "answers": (),
        "deeds": (),
        "warning": None,
        "silence": None,
    }
    return Card(**described | more)


def ended() -> Any:
    return scenes.alert(state=AlertState.ENDED, ended_at=NOW)


SILENCE = Silence(
    id=3,
    made_by="truong_ca",
    reason="bảo trì",
    station="kim_long",
    basin=None,
    event=None,
    severity=Severity.SEVERE,
    starts_at=NOW,
    ends_at=NOW + timedelta(hours=1),
)


@pytest.mark.parametrize(
    ("found", "column"),
    [
        (card(), Column.NEW),
        (card(told=(told(),), warning=draft()), Column.NEW),  # sent, but the public's warning waits
        (card(counts={"waiting": 3}), Column.DECIDED),
        (card(silence=SILENCE), Column.DECIDED),
        (card(deeds=(deed(Action.COMMENTED, text="xem"),)), Column.DECIDED),
        (card(told=(told(),)), Column.SENT),
        (card(told=(told(urgent=False),)), Column.SENT),
        (card(told=(told("a"), told("b")), answers=(answer("a"),)), Column.SENT),
        (card(told=(told("a"), told("b")), answers=(answer("a"), answer("b"))), Column.ACKNOWLEDGED),
        (card(told=(told(),), deeds=(deed(),)), Column.ACKNOWLEDGED),
        (card(told=(told(),), deeds=(deed(version=0),)), Column.SENT),  # it has changed since
        (card(found=ended(), told=(told(),)), Column.ENDED),
    ],
)
def test_a_card_stands_where_its_alert_has_come_to(found: Card, column: Column) -> None:
    assert found.column is column


def test_who_is_late_and_when_it_climbs_on() -> None:
    found = card(told=(told("a", 25), told("b", 5), told("c", 30)), answers=(answer("c"),))
    assert [t.recipient for t in found.late(NOW, timedelta(minutes=10))] == ["a"]
    assert [t.recipient for t in found.unanswered] == ["a", "b"]
    assert found.next_escalation == NOW - timedelta(minutes=15)
    assert replace(found, found=ended()).unanswered == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_board_says_what_an_officer_must_know(language: Language) -> None:
    late = card(told=(told(minutes=25),), warning=draft(), deeds=(deed(Action.ASSIGNED, to="chi_huy"),))
    view = DeskView(read_at=NOW, cards=(late, card(found=ended())), silences=(SILENCE,), book=BOOK)
    text = markup(board(view, language))
    name = BOOK.recipient("city_command", language)
    for part in (name, "Kim Long", "chi_huy", 'data-order="acknowledge"', 'data-order="lift"', "bảo trì"):
        assert part in text
    assert text.count("<article") == 2
    assert text.count('data-order="acknowledge"') == 1


def alert_view(**more: Any) -> AlertView:
    entry = AuditEntry(number=7, at=NOW, actor="truong_ca", action="acknowledged", subject="x", detail={})
    described: dict[str, Any] = {
        "read_at": NOW,
        "card": card(told=(told(),)),
        "tellings": {},
        "warnings": (draft(),),
        "audit": (entry, *(replace(entry, action=action) for action in ("raised", "exercise_raised", "inhibited"))),
        "book": BOOK,
    }
    return AlertView(**described | more)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_an_alert_offers_every_action_and_both_texts(language: Language) -> None:
    text = markup(alert_page(alert_view(), language))
    for do in ("acknowledge", "assign", "comment", "silence", "read", "edit", "anew"):
        assert f'data-order="{do}"' in text
    for do in ("escalate", "end", "issue", "cancel"):  # these reach people: only by a sheet
        assert f'data-plan="{do}"' in text
        assert f'data-order="{do}"' not in text
    for each in LANGUAGES:
        assert draft().content.texts[each].headline in text
    reached = say("alert.reason.raised", language)
    for said in (reached, f"[{say('alert.mark.other', language)}] {reached}", say("ui.telling.inhibited", language)):
        assert f"</strong> · {said}" in text, "why an alert changed stands in the audit in words"
    assert "№ 7" in text


def test_an_ended_alert_takes_remarks_only_and_an_ended_warning_nothing() -> None:
    over = replace(draft(), state=step(draft(), WarningStep.CANCELLED, NOW, "truong_ca").state)
    text = markup(alert_page(alert_view(card=card(found=ended()), warnings=(over,)), "vi"))
    assert 'data-order="comment"' in text
    assert "data-plan" in text  # the draft of the scene still lives
    gone = replace(over, state=type(over.state)("cancelled"))
    text = markup(alert_page(alert_view(card=card(found=ended()), warnings=(gone,)), "vi"))
    assert "data-plan" not in text


def test_the_sheet_counts_messages_and_names_what_was_seen() -> None:
    found = scenes.alert()
    order = Issue(alert=found.alert.identifier, warning=draft().identifier)
    rehearsed = Rehearsal(order=order, seen=4, alert=found.alert, warning=draft(), deliveries=(), messages=())
    text = markup(sheet(rehearsed, found.station, BOOK, "truong_ca", "vi"))
    assert re.search(r'<input[^>]*name="seen"[^>]*>', text).group().count('value="4"') == 1  # type: ignore[union-attr]
    assert "data-hold" in text
    assert "Không gửi tin nhắn nào." in text
    for language in LANGUAGES:
        assert draft().content.texts[language].headline in text


def test_forms_become_orders() -> None:
    said = {"do": "silence", "alert": "a", "hours": "3", "severity": "Minor", "reason": "bảo trì"}
    assert order_of(said) == Quiet(alert="a", hours=3.0, severity=Severity.MINOR, reason="bảo trì")
    for wrong in (None, {}, {"do": "explode", "alert": "a"}, said | {"hours": "soon"}, said | {"more": "x"}):
        with pytest.raises(ActionRefusedError):
            order_of(wrong)


def test_every_order_asks_for_a_right() -> None:
    kinds = Order.__subclasses__()
    assert {str(kind.__struct_config__.tag) for kind in kinds} == set(ORDERS)
    with pytest.raises(AccessRefusedError):
        acting_person(order_of({"do": "acknowledge", "alert": "a"}))
    for role, right in ((Role.VIEWER, False), (Role.COMMITTEE, False), (Role.OFFICER, True)):
        with acting(visitor(role)):
            may = True
            try:
                acting_person(order_of({"do": "assign", "alert": "a", "to": "b"}))
            except AccessRefusedError:
                may = False
            assert may is right


def test_the_address_of_an_alert_leads_to_it() -> None:
    name = "hue-ews.kim_long.flood.20251027T000000000000Z"
    assert page_of(alert_path(name)) == Page(place=Place.WARNINGS, alert=name)
    assert page_of("/canh-bao/a b") is None


def test_the_ward_map_colours_the_warned_wards_alone() -> None:
    svg = WardMap(CONFIG).svg({"19774", "19753"}, Severity.SEVERE)
    assert svg.count("<path") == 40
    assert svg.count('fill="#dfe4e8"') == 38
    assert len(svg) < 60_000
