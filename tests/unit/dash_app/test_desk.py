"""The warnings desk: where a card stands, who is late, what the pages and the sheet say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.public_drafts import OFF_HOURS, SYSTEM, prepared, step, written
from alerts.recipients import load_recipients
from alerts.refusal import ActionRefusedError
from alerts.telling_policy import load_telling
from dash_app.access import AccessRefusedError, acting
from dash_app.acting_person import acting_person
from dash_app.alert_page import alert_page
from dash_app.audit_lines import audit_lines
from dash_app.desk_board import board
from dash_app.desk_orders import Issue, Order, Quiet, order_of
from dash_app.desk_rehearsal import Rehearsal
from dash_app.desk_sheet import sheet
from dash_app.desk_snapshot import AlertView, Card, Column, DeskBook, DeskView
from dash_app.markup import markup
from dash_app.routes import Page, Place, alert_path, page_of
from dash_app.snapshot import AlertNow
from dash_app.ward_map import WardMap
from domain.access_table import ORDERS, Role
from domain.alerts import AlertState, Event, Reason, Severity
from domain.deeds import Action, Deed, Silence, Telling, TellingReason
from domain.stations import StationKind
from domain.wards import load_wards
from domain.warnings import PublicWarning, WarningState, WarningStep
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


def issued() -> PublicWarning:
    """The draft, as the public has it."""
    return step(draft(), WarningStep.ISSUED, NOW, "truong_ca", state=WarningState.ISSUED)


def grown(reason: Reason = Reason.UPGRADED) -> AlertNow:
    """The scene's alert with a second version."""
    found = scenes.alert()
    (first,) = found.alert.versions
    second = replace(first, number=2, reason=reason, level=4, severity=Severity.EXTREME)
    return replace(found, alert=replace(found.alert, severity=Severity.EXTREME, level=4, versions=(first, second)))


def anew(warning: PublicWarning, found: AlertNow) -> PublicWarning:
    """`warning` with a text that an officer had written from the newest version."""
    content = written(found.alert, found.alert.versions[-1], found.station, BOOK.telling, NOW)
    return step(warning, WarningStep.EDITED, NOW, "truong_ca", content=content)


def updated(warning: PublicWarning) -> PublicWarning:
    return step(warning, WarningStep.UPDATED, NOW, "truong_ca")


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
        "tellings": {},
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
        (card(told=(told(),), deeds=(deed(),), warning=issued()), Column.ACKNOWLEDGED),  # the public has what there is
        (
            card(found=grown(), told=(told(),), deeds=(deed(version=2),), warning=issued()),
            Column.NEW,
        ),  # and has it no more
        (card(found=grown(), told=(told(),), warning=updated(anew(issued(), grown()))), Column.SENT),
        (card(found=grown(Reason.REPEATED), told=(told(),), warning=issued()), Column.SENT),  # nothing new was said
        (card(found=ended(), warning=issued()), Column.NEW),  # it must be cancelled
        (card(found=ended(), warning=replace(issued(), state=WarningState.EXPIRED)), Column.ENDED),
    ],
)
def test_a_card_stands_where_its_alert_has_come_to(found: Card, column: Column) -> None:
    assert found.column is column


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("found", "warning", "said"),
    [
        (scenes.alert(), issued(), set()),
        (scenes.alert(), draft(), set()),
        (grown(), issued(), {"older"}),
        (grown(), anew(issued(), grown()), {"older", "unpublished"}),
        (grown(), updated(anew(issued(), grown())), set()),
        (grown(), step(draft(), WarningStep.EDITED, NOW, "truong_ca"), {"draft"}),
        (scenes.alert(state=AlertState.ENDED, ended_at=NOW), issued(), {"over"}),
    ],
)
def test_board_and_page_say_when_the_public_has_fallen_behind_the_alert(
    found: AlertNow, warning: PublicWarning, said: set[str], language: Language
) -> None:
    here = card(found=found, warning=warning)
    view = DeskView(read_at=NOW, cards=(here,), silences=(), book=BOOK)
    for text in (
        markup(board(view, language)),
        markup(alert_page(alert_view(card=here, warnings=(warning,)), language)),
    ):
        ways = ("older", "draft", "unpublished", "over")
        assert {way for way in ways if say(f"ui.desk.behind.{way}", language, had=1, now=2) in text} == said


def storm(number: int, **more: Any) -> AlertNow:
    """Heavy rain at one of many gauges: the higher its number, the newer."""
    place = scenes.station(f"rain_{number}", StationKind.RAIN, name_vi=f"Mưa {number}", name_en=f"Rain {number}")
    raised_at = NOW - timedelta(minutes=120 - number)
    return scenes.alert(place, event=Event.HEAVY_RAIN, identifier=f"rain.{number}", raised_at=raised_at, **more)


def cards_of(text: str) -> list[str]:
    """The alerts of the cards, in their order."""
    return re.findall(r'<article[^>]*data-key="([^"]+)"', text)


def test_no_draft_is_folded_away_and_the_one_that_waits_longest_comes_first() -> None:
    drafts = [card(found=storm(n), warning=draft()) for n in range(49)]
    others = [card(found=storm(n)) for n in range(49, 60)]
    view = DeskView(read_at=NOW, cards=(*reversed(drafts), *others), silences=(), book=BOOK)
    text = markup(board(view, "vi"))
    assert cards_of(text) == [f"rain.{n}" for n in range(49)]
    folded = re.search(r"<details[^>]*>.*?</details>", text)
    assert folded is not None
    assert say("ui.desk.more", "vi", count=11) in folded.group()
    assert [f"rain.{n}" for n in range(49, 60)] == re.findall(r'href="/canh-bao/([^"]+)"', folded.group())


def test_a_flood_of_a_valley_or_a_basin_comes_before_rain() -> None:
    kinds = [(Event.HEAVY_RAIN, "r"), (Event.BASIN_FLOOD, "b"), (Event.FLASH_FLOOD, "v"), (Event.FLOOD, "f")]
    cards = tuple(card(found=scenes.alert(event=event, identifier=name), told=(told(),)) for event, name in kinds)
    text = markup(board(DeskView(read_at=NOW, cards=cards, silences=(), book=BOOK), "vi"))
    assert cards_of(text) == ["b", "v", "f", "r"]


def test_what_is_being_written_is_known_by_its_order_and_its_alert() -> None:
    """The page is painted anew in place: a form that is not told apart takes over what was written in another."""
    text = markup(alert_page(alert_view(), "vi")) + markup(
        board(DeskView(read_at=NOW, cards=(), silences=(SILENCE,), book=BOOK), "vi")
    )
    keys = re.findall(r'<form[^>]*data-key="([^"]+)"', text)
    name = scenes.alert().alert.identifier
    assert len(keys) == text.count("<form")
    assert {f"order-{do}-{name}" for do in ("assign", "comment", "silence", "escalate", "end", "edit")} <= set(keys)
    assert text.count("<details") == len(re.findall(r'<details[^>]*data-key="fold-', text)) == 5
    assert 'data-key="silence-3"' in text


@pytest.mark.parametrize(
    ("language", "until"), [("vi", "06:00 28/10/2025 (+07:00)"), ("en", "28 Oct 2025 06:00 (+07:00)")]
)
def test_the_audit_says_the_end_of_a_silence_in_the_time_of_hue(language: Language, until: str) -> None:
    detail = {"until": "2025-10-27T23:00:00+00:00", "reason": "bảo trì"}
    entry = AuditEntry(number=7, at=NOW, actor="truong_ca", action="silenced", subject="silence 3", detail=detail)
    text = markup(audit_lines([entry], language))
    assert f"bảo trì · {until}" in text
    assert "T23:00" not in text


def test_who_is_late_and_when_it_climbs_on() -> None:
    found = card(told=(told("a", 25), told("b", 5), told("c", 30)), answers=(answer("c"),))
    assert [t.recipient for t in found.late(NOW, timedelta(minutes=10))] == ["a"]
    assert [t.recipient for t in found.unanswered] == ["a", "b"]
    assert found.next_escalation == NOW - timedelta(minutes=15)
    assert replace(found, found=ended()).unanswered == ()


@pytest.mark.parametrize(
    ("reason", "why", "column"),
    [
        (Reason.LATE_DATA, TellingReason.UNCHANGED, Column.ACKNOWLEDGED),
        (Reason.UPGRADED, TellingReason.OVERTAKEN, Column.ACKNOWLEDGED),
        (Reason.ESCALATED, TellingReason.TOLD, Column.ACKNOWLEDGED),
        (Reason.UPGRADED, TellingReason.SILENCED, Column.SENT),
        (Reason.UPGRADED, TellingReason.TOLD, Column.SENT),
    ],
)
def test_what_nobody_was_asked_anew_takes_no_answer_back(reason: Reason, why: TellingReason, column: Column) -> None:
    """After a silent correction the desk said "not confirmed", while nothing climbed and nothing was repeated any more."""
    found = grown(reason)
    second = found.alert.versions[-1]
    third = replace(second, number=3, reason=Reason.REPEATED)
    found = replace(found, alert=replace(found.alert, versions=(*found.alert.versions, third)))
    judged = {2: Telling(alert="x", version=2, told=why is TellingReason.TOLD, reason=why)}
    again = replace(told("a"), version=3)  # the repetition
    assert card(found=found, told=(again,), answers=(answer("a"),), tellings=judged).column is column
    assert card(found=found, told=(again,), deeds=(deed(Action.ACKNOWLEDGED),), tellings=judged).column is column


def test_an_order_asks_the_one_to_whom_it_was_told() -> None:
    ordered = replace(told("b"), version=2)
    found = card(found=grown(Reason.ESCALATED), told=(told("a"), ordered), answers=(answer("a"), answer("b")))
    assert found.unanswered == (ordered,)


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


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_draft_that_went_with_the_hours_of_a_rule_is_no_end_of_the_alert(language: Language) -> None:
    dropped = step(draft(), WarningStep.CANCELLED, NOW, SYSTEM, note=OFF_HOURS, state=WarningState.CANCELLED)
    text = markup(alert_page(alert_view(card=card(found=ended()), warnings=(dropped,)), language))
    assert say("ui.desk.public.alert_off_hours", language) in text
    assert say("ui.desk.public.alert_ended", language) not in text


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
