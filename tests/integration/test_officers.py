"""Officers at work on a real database: what they do is stored, told and audited, and an exercise stays inside."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts import actions, public_warnings
from alerts.actions import Desk
from alerts.cap.elements import children, text
from alerts.cap.press import press_of
from alerts.cap.reading import read_alerts
from alerts.decision import Judged, Rulebook, decide_together
from alerts.drafting import write_due
from alerts.escalation import rungs
from alerts.public_drafts import LESS_GRAVE, prepared
from alerts.recipients import load_recipients
from alerts.refusal import ActionRefusedError
from alerts.telling_policy import load_telling
from alerts.wording import message
from dash_app.public_behind import Behind, behind
from domain.alerts import Alert, AlertState, Event, Finding, Phase, Reason, Severity, Step
from domain.deeds import Silence
from domain.errors import DatabaseRefusedError
from domain.network import load_network
from domain.settings import load_settings
from domain.stations import Station
from domain.warnings import PublicWarning, WarningState, WarningStep
from domain.words import LANGUAGES
from rules.configuration import load_rules
from scheduler import drafting, judging, repeating
from storage import alerts as alert_store
from storage import audit, deliveries, stations, tellings
from storage import public_warnings as warning_store
from storage.cap_messages import cap_messages_of
from storage.database import Connection, Database
from tests.standing_house import standing_house

CONFIG = load_settings({}).config_dir
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture
def kim_long() -> Station:
    return load_network(CONFIG).stations["kim_long"]


@pytest.fixture
def book() -> Rulebook:
    return Rulebook(
        severities=load_rules(CONFIG / "rules.toml").severities(),
        recipients=load_recipients(CONFIG / "recipients.toml"),
        telling=load_telling(CONFIG / "alerts.toml"),
    )


@pytest.fixture
def connection(database: Database, kim_long: Station) -> Iterator[Connection]:
    with database.transaction() as c:
        stations.sync_network(c, [kim_long])
        yield c


@pytest.fixture
def desk(book: Rulebook) -> Desk:
    return Desk(person="truong_ca", now=NOW, rules=book, press=press_of(load_settings({})))


def _finding(*steps: tuple[float, int], event: Event = Event.FLOOD) -> Finding:
    made = tuple(
        Step(at=NOW + HOUR * (h - 10), level=level, value=3.6, threshold=3.5 if level else None) for h, level in steps
    )
    return Finding(
        station="kim_long", event=event, phase=Phase.OBSERVED, rule="stage", since=NOW - 20 * HOUR, steps=made
    )


def _judge(
    c: Connection, book: Rulebook, station: Station, *steps: tuple[float, int], now: datetime = NOW
) -> list[Alert]:
    found = _finding(*steps)
    stored = alert_store.alerts_of(c, station.id, Event.FLOOD, found.since)
    judged = Judged(station=station, findings=[found], stored=stored)
    changed = decide_together(c, [judged], book, clock_now=now, wall_now=now)
    write_due(c, {station.id: station}, book.telling, now)
    return changed


def _told(c: Connection, alert: Alert) -> list[str]:
    return [str(t.reason) for t in tellings.tellings_of(c, [alert.identifier])[alert.identifier]]


def test_every_version_has_its_reason_and_every_deed_its_name(connection, book, kim_long, desk) -> None:
    (alert,) = _judge(connection, book, kim_long, (1, 1), (9.5, 3))
    assert _told(connection, alert) == ["overtaken", "told"]
    actions.acknowledge(connection, desk, alert.identifier, "seen")
    actions.assign(connection, desk, alert.identifier, "ông Hai")
    actions.comment(connection, desk, alert.identifier, "gauge checked by eye")
    did = tellings.deeds_of(connection, [alert.identifier])[alert.identifier]
    assert [(d.person, d.action.value, d.version) for d in did] == [
        ("truong_ca", "acknowledged", 2),
        ("truong_ca", "assigned", 2),
        ("truong_ca", "commented", 2),
    ]
    written = {(e.actor, e.action) for e in audit.entries(connection, subject=alert.identifier)}
    assert {("scheduler", "raised"), ("truong_ca", "assigned")} <= written
    with pytest.raises(ActionRefusedError, match="control characters"):
        actions.comment(connection, desk, alert.identifier, "a\x07b")
    with pytest.raises(ActionRefusedError, match="no alert"):
        actions.acknowledge(connection, desk, "nothing")


def test_a_person_ends_an_alert_until_it_becomes_graver(connection, book, kim_long, desk) -> None:
    (alert,) = _judge(connection, book, kim_long, (1, 2))
    ended = actions.end(connection, desk, alert.identifier, "the gauge was lifted for cleaning")
    assert (ended.state, ended.versions[-1].reason) == (AlertState.ENDED, Reason.ENDED_BY_PERSON)
    assert _told(connection, alert) == ["told", "told"]
    assert _judge(connection, book, kim_long, (1, 2)) == [], "the same finding does not raise it again"
    assert _judge(connection, book, kim_long, (1, 2), (3, 1)) == []
    (again,) = _judge(connection, book, kim_long, (1, 2), (3, 1), (9, 3))
    assert (again.identifier, again.state, again.level) == (alert.identifier, AlertState.ACTIVE, 3)
    with pytest.raises(ActionRefusedError, match="has ended"):
        actions.end(connection, desk, actions.end(connection, desk, again.identifier, "x").identifier, "y")


def test_a_silence_holds_back_and_what_it_held_back_is_told_when_it_is_lifted(database, book, kim_long, desk) -> None:
    house = _House(database, book, kim_long)
    with database.transaction() as c:
        stations.sync_network(c, [kim_long])
        wanted = Silence(
            id=0, made_by="", reason="cleaning", station="kim_long", basin=None, event=None,
            severity=Severity.MINOR, starts_at=NOW, ends_at=NOW + HOUR,
        )  # fmt: skip
        silence = actions.silence(c, desk, wanted)
        (alert,) = _judge(c, book, kim_long, (9.5, 1))
        assert _told(c, alert) == ["silenced"]
        assert deliveries.deliveries_of(c, alert.identifier) == []
    assert repeating.repeat_alerts(house, None, NOW) == 0
    with database.transaction() as c:
        actions.lift(c, desk, silence.id)
    assert repeating.repeat_alerts(house, None, NOW + timedelta(minutes=1)) == 1
    assert repeating.repeat_alerts(house, None, NOW + timedelta(minutes=2)) == 0
    with database.transaction() as c:
        assert _told(c, alert) == ["silenced", "told"]
        assert {d.version for d in deliveries.deliveries_of(c, alert.identifier)} == {2}
        with pytest.raises(ActionRefusedError, match="no silence"):
            actions.lift(c, desk, silence.id)


class _House:
    """What the repeat job needs of the house."""

    def __init__(self, database: Database, book: Rulebook, *known: Station) -> None:
        self.database, self.rulebook, self.telling = database, book, book.telling
        self.stations = {station.id: station for station in known}
        self.rules = load_rules(CONFIG / "rules.toml")


def test_an_escalation_reaches_whom_the_floor_kept_out(connection, book, kim_long, desk) -> None:
    ward = next(r for r in book.recipients if r.severity_floor not in {Severity.MINOR, Severity.UNKNOWN})
    (alert,) = _judge(connection, book, kim_long, (9.5, 1))
    assert ward.id not in {d.recipient for d in deliveries.deliveries_of(connection, alert.identifier)}
    grown = actions.escalate(connection, desk, alert.identifier, ward.id, "the bridge is closed")
    assert grown.versions[-1].severity is Severity.MINOR, "the message says the true severity"
    assert ward.id in {d.recipient for d in deliveries.deliveries_of(connection, alert.identifier)}
    assert _judge(connection, book, kim_long, (9.5, 1)) == []
    with pytest.raises(ActionRefusedError, match="no recipient"):
        actions.escalate(connection, desk, alert.identifier, "nobody", "x")


def test_an_escalation_outside_the_hours_of_a_rule_does_not_say_that_no_level_is_exceeded(
    connection, book, kim_long, desk
) -> None:
    (alert,) = _judge(connection, book, kim_long, (1, 3))
    detail = {"observed_level": 0, "schedule": "ended", "applies_again_at": "2025-10-27T22:00:00+07:00"}
    newest = replace(alert.versions[-1], number=2, reason=Reason.OFF_SCHEDULE, phase=Phase.FORECAST, detail=detail)
    alert_store.save_alert(connection, replace(alert, versions=(*alert.versions, replace(newest, value=None))))
    grown = actions.escalate(connection, desk, alert.identifier, "city_command", "the bridge is closed")
    said = message(grown, grown.versions[-1], kim_long, recipient="city_command", language="en")
    assert "no level exceeded" not in said.headline
    assert "below every level" not in said.body


def test_an_escalation_goes_to_the_post_on_duty_and_is_refused_where_nobody_would_hear(
    connection, book, kim_long, desk
) -> None:
    (alert,) = _judge(connection, book, kim_long, (9.5, 1))
    grown = actions.escalate(connection, desk, alert.identifier, "city_command", "the bridge is closed")
    rows = [d for d in deliveries.deliveries_of(connection, alert.identifier) if d.version == len(grown.versions)]
    city = book.recipients.named("city_command")
    assert [(d.person, d.channel) for d in rows if not d.copy] == rungs(book.recipients, city, NOW)[:1]
    assert rungs(book.recipients, city, NOW)[0][0], "a roster says who is on duty"
    with pytest.raises(ActionRefusedError, match="told of no warnings"):
        actions.escalate(connection, desk, alert.identifier, "operator", "x")
    (stored,) = alert_store.alerts_of(connection, "kim_long", Event.FLOOD, NOW - HOUR * 20)
    assert len(stored.versions) == len(grown.versions), "nothing of it is stored"


def test_the_end_by_a_person_reaches_everybody_who_heard_of_the_gravest_level(connection, book, kim_long, desk) -> None:
    (alert,) = _judge(connection, book, kim_long, (1, 3))
    heard = {d.recipient for d in deliveries.deliveries_of(connection, alert.identifier)}
    for steps in (((1, 3), (8, 2)), ((1, 3), (8, 2), (9, 1))):
        _judge(connection, book, kim_long, *steps)
    ended = actions.end(connection, desk, alert.identifier, "over")
    rows = deliveries.deliveries_of(connection, alert.identifier)
    assert {d.recipient for d in rows if d.version == len(ended.versions)} == heard


def test_an_exercise_stays_inside_whoever_writes_to_the_outbox_of_a_real_channel(
    connection, book, kim_long, desk
) -> None:
    """Whoever writes the row: the database drops it."""
    real = [r.model_copy(update={"channels": ("telegram", "file")}) for r in book.recipients[:3]]
    loud = replace(desk, rules=replace(book, recipients=real))
    drill = actions.exercise(connection, loud, station="kim_long", event=Event.FLOOD, level=4, because="drill of 2026")
    actions.escalate(connection, loud, drill.identifier, real[0].id, "drill")
    insert = "insert into delivery (alert, version, recipient, channel, language, due_at, at) values (%s, 1, 'x', %s, 'vi', now(), now())"
    connection.execute(insert, (drill.identifier, "sms"))
    connection.execute(insert, (drill.identifier, "console"))
    connection.execute("update delivery set channel = 'sms' where alert = %s and recipient = 'x'", (drill.identifier,))
    rows = deliveries.deliveries_of(connection, drill.identifier)
    assert rows
    assert {row.channel for row in rows} <= {"console", "file"}
    (alert,) = _judge(connection, book, kim_long, (9.5, 3))
    assert not alert.exercise, "the real flood is an alert of its own"
    connection.execute(insert, (alert.identifier, "sms"))
    assert "sms" in {d.channel for d in deliveries.deliveries_of(connection, alert.identifier)}


def test_a_drill_is_a_drill_for_other_programs_too(connection, book, kim_long, desk) -> None:
    _judge(connection, book, kim_long, (9.5, 3))
    actions.exercise(connection, desk, station="kim_long", event=Event.FLOOD, level=4, because="drill of 2026")
    assert connection.execute("select exercise, severity from v_alert order by exercise").fetchall() == [
        (False, "Severe"),
        (True, "Extreme"),
    ]
    for name in ("v_alert", "v_delivery"):
        columns = connection.execute(f"select * from {name} limit 0").description or ()
        assert columns[-1].name == "exercise", "appended: other programs rely on the others"
    told = connection.execute("select distinct exercise from v_delivery order by 1").fetchall()
    assert told == [(False,), (True,)]


def test_the_level_at_which_a_drill_stands_is_refused(connection, book, kim_long, desk) -> None:
    """It was told to everybody as a step down."""
    drill = actions.exercise(connection, desk, station="kim_long", event=Event.FLOOD, level=3, because="drill")
    with pytest.raises(ActionRefusedError, match="stands at level 3 already"):
        actions.exercise(connection, desk, station="kim_long", event=Event.FLOOD, level=3, because="drill")
    moved = actions.exercise(connection, desk, station="kim_long", event=Event.FLOOD, level=2, because="drill")
    assert (moved.identifier, [v.reason for v in moved.versions]) == (
        drill.identifier,
        [Reason.RAISED, Reason.DOWNGRADED],
    )


def test_two_officers_who_begin_a_drill_in_the_same_moment_begin_one(database, book, kim_long, desk) -> None:
    with database.transaction() as c:
        stations.sync_network(c, [kim_long])
    refused: list[str] = []

    def begin() -> None:
        try:
            with database.transaction() as other:
                colleague = replace(desk, person="chi_huy")
                actions.exercise(other, colleague, station="kim_long", event=Event.FLOOD, level=3, because="drill")
        except ActionRefusedError as error:
            refused.append(str(error))

    thread = threading.Thread(target=begin)
    with database.transaction() as c:
        actions.exercise(c, desk, station="kim_long", event=Event.FLOOD, level=3, because="drill")
        thread.start()
        _until_it_waits_for_a_lock(database)
    thread.join(60)
    assert ["stands at level 3 already" in text for text in refused] == [True]
    with database.transaction() as c:
        assert [len(a.versions) for a in alert_store.active_alerts(c)] == [1]


def test_a_draft_speaks_of_the_newest_reading_not_of_a_repetition(connection, book, kim_long) -> None:
    (alert,) = _judge(connection, book, kim_long, (9.5, 3))
    newest = alert.versions[-1]
    said = replace(newest, number=newest.number + 1, reason=Reason.REPEATED, value=None, threshold=None)
    repeated = replace(alert, versions=(*alert.versions, said))
    draft = prepared(repeated, kim_long, book.telling, NOW, None)
    assert draft is not None
    assert draft.content.alert_version == newest.number
    assert "Repeated" not in draft.content.texts["en"].headline


def test_a_public_warning_waits_for_an_officer_who_has_read_it_in_both_languages(
    connection, book, kim_long, desk
) -> None:
    _judge(connection, book, kim_long, (1, 2))
    assert warning_store.warnings(connection) == [], "not severe"
    (alert,) = _judge(connection, book, kim_long, (1, 2), (9.5, 3))
    (draft,) = warning_store.warnings(connection)
    assert (draft.state, draft.unread, draft.content.risk_indicator) == (WarningState.DRAFT, ("vi", "en"), 2)
    assert "cấp độ rủi ro 2" in draft.content.texts["vi"].description
    assert "tự nó không phải" not in draft.content.texts["vi"].description
    name = draft.identifier
    with pytest.raises(ActionRefusedError, match="truc_ban may not issue"):
        public_warnings.issue(connection, replace(desk, person="truc_ban"), name)
    with pytest.raises(ActionRefusedError, match=r"nobody has read this text of .* in vi and en"):
        public_warnings.issue(connection, desk, name)
    for language in ("vi", "en"):
        public_warnings.mark_read(connection, desk, name, language)
    public_warnings.edit(connection, desk, name, {"en": {"headline": "Flood at Kim Long"}})
    with pytest.raises(ActionRefusedError, match=r"nobody has read this text of .* in vi and en"):
        public_warnings.issue(connection, desk, name)
    for language in ("vi", "en"):
        public_warnings.mark_read(connection, desk, name, language)
    issued = public_warnings.issue(connection, desk, name)
    assert (issued.state, issued.versions[-1].step) == (WarningState.ISSUED, WarningStep.ISSUED)
    with pytest.raises(ActionRefusedError, match="edit it first"):
        public_warnings.issue(connection, desk, name)
    _judge(connection, book, kim_long, (1, 2), (9.5, 3), (9.8, 4))
    assert warning_store.warnings(connection)[0].content.texts["en"].headline == "Flood at Kim Long", (
        "officers take it on"
    )
    public_warnings.take_up(connection, desk, name)
    for language in ("vi", "en"):
        public_warnings.mark_read(connection, desk, name, language)
    assert public_warnings.issue(connection, desk, name).versions[-1].step is WarningStep.UPDATED
    assert public_warnings.expire(connection, NOW + 11 * HOUR) == 0
    assert public_warnings.expire(connection, NOW + 12 * HOUR) == 1
    assert warning_store.warnings(connection)[0].state is WarningState.EXPIRED
    write_due(connection, {kim_long.id: kim_long}, book.telling, NOW + 12 * HOUR)
    (again,) = [w for w in warning_store.warnings(connection, alive_only=True) if w.alert == alert.identifier]
    assert (again.state, again.identifier != name) == (WarningState.DRAFT, True), (
        "the flood goes on: somebody decides anew"
    )
    said = [e.detail["step"] for e in audit.entries(connection, subject=name) if e.action == "public_warning"]
    assert said[::-1] == ["issued", "updated"]
    chain = cap_messages_of(connection, name)
    assert [(m.msg_type, m.status, m.scope) for m in chain] == [
        ("Alert", "Actual", "Public"),
        ("Update", "Actual", "Public"),
    ]
    assert chain[1].referenced == (chain[0].identifier,)
    assert alert.identifier == draft.alert


def test_four_eyes_are_two_persons(connection, book, kim_long, desk) -> None:
    policy = book.telling.model_copy(update={"approval": book.telling.approval.model_copy(update={"four_eyes": True})})
    careful = replace(desk, rules=replace(book, telling=policy))
    _judge(connection, book, kim_long, (9.5, 3))
    name = warning_store.warnings(connection)[0].identifier
    for language in ("vi", "en"):
        public_warnings.mark_read(connection, careful, name, language)
    public_warnings.approve(connection, careful, name)
    with pytest.raises(ActionRefusedError, match="second officer"):
        public_warnings.issue(connection, careful, name)
    second = replace(careful, person="chi_huy")
    public_warnings.mark_read(connection, second, name, "vi")
    with pytest.raises(ActionRefusedError, match=r"chi_huy has not read this text of .* in en"):
        public_warnings.approve(connection, second, name)
    public_warnings.mark_read(connection, second, name, "en")
    public_warnings.approve(connection, second, name)
    assert public_warnings.issue(connection, careful, name).state is WarningState.ISSUED


def test_who_may_issue_and_not_edit_can_be_the_second_pair_of_eyes(connection, book, kim_long, desk) -> None:
    second, approval = book.telling.officer[-1], book.telling.approval
    officers = (*book.telling.officer[:-1], second.model_copy(update={"may": ("issue",)}))
    update = {"approval": approval.model_copy(update={"four_eyes": True}), "officer": officers}
    careful = replace(desk, rules=replace(book, telling=book.telling.model_copy(update=update)))
    _judge(connection, book, kim_long, (9.5, 3))
    name = warning_store.warnings(connection)[0].identifier
    public_warnings.edit(connection, careful, name, {"en": {"headline": "Flood at Kim Long"}})
    other = replace(careful, person=second.id)
    for language in LANGUAGES:
        public_warnings.mark_read(connection, other, name, language)
    public_warnings.approve(connection, other, name)
    assert public_warnings.issue(connection, careful, name).state is WarningState.ISSUED
    with pytest.raises(ActionRefusedError, match="may not edit"):
        public_warnings.edit(connection, other, name, {"en": {"headline": "x"}})
    with pytest.raises(ActionRefusedError, match=r"nobody_known may not read public warnings; truc_ban, .* may"):
        public_warnings.mark_read(connection, replace(careful, person="nobody_known"), name, "vi")


def _issued(c: Connection, desk: Desk) -> PublicWarning:
    (draft,) = warning_store.warnings(c, alive_only=True)
    for language in LANGUAGES:
        public_warnings.mark_read(c, desk, draft.identifier, language)
    return public_warnings.issue(c, desk, draft.identifier)


def _infos(c: Connection, warning: PublicWarning) -> list[tuple[str, str, str]]:
    """Response, instruction and description of each language of the last message."""
    (alert,) = read_alerts(cap_messages_of(c, warning.identifier)[-1].xml)
    names = ("responseType", "instruction", "description")
    return [tuple(text(info, name) for name in names) for info in children(alert, "info")]  # type: ignore[misc]


def test_a_cancel_is_an_all_clear_only_when_its_alert_has_ended(connection, book, kim_long, desk) -> None:
    (alert,) = _judge(connection, book, kim_long, (9.5, 3))
    first = _issued(connection, desk)
    public_warnings.cancel(connection, desk, first.identifier, "nhầm trạm")
    said = _infos(connection, first)
    assert [response for response, _, _ in said] == ["None", "None"]
    assert ["no all clear" in said[1][1], "không phải thông báo hết nguy hiểm" in said[0][1]] == [True, True]
    assert all("nhầm trạm" in description for _, _, description in said)
    write_due(connection, {kim_long.id: kim_long}, book.telling, NOW)
    warning_store.mark_due(connection, [alert.identifier])
    write_due(connection, {kim_long.id: kim_long}, book.telling, NOW + HOUR)
    second = _issued(connection, replace(desk, now=NOW + HOUR))
    actions.end(connection, desk, alert.identifier, "the water has gone down")
    public_warnings.cancel(connection, desk, second.identifier, "over")
    said = _infos(connection, second)
    assert [response for response, _, _ in said] == ["AllClear", "AllClear"]
    assert "evacuate" not in said[1][1]


def test_an_update_in_an_officers_own_words_is_as_grave_as_the_alert_is_now(connection, book, kim_long, desk) -> None:
    """It kept the severity of the first text, and the desk asked for an update for good."""
    _judge(connection, book, kim_long, (9.5, 3))
    first = _issued(connection, desk)
    _judge(connection, book, kim_long, (9.5, 3), (9.8, 4))
    (alert,) = alert_store.active_alerts(connection)
    assert behind(alert, first) == (Behind.OLDER,)
    public_warnings.edit(connection, desk, first.identifier, {"en": {"headline": "Higher than ever at Kim Long"}})
    update = _issued(connection, replace(desk, now=NOW + HOUR))
    assert update.versions[-1].step is WarningStep.UPDATED
    assert behind(alert, update) == ()
    (said,) = read_alerts(cap_messages_of(connection, first.identifier)[-1].xml)
    english = children(said, "info")[1]
    assert (text(english, "headline"), text(english, "severity")) == ("Higher than ever at Kim Long", "Extreme")


def test_a_forecast_warning_says_how_likely_it_is_and_when_it_begins(connection, book, kim_long, desk) -> None:
    at, detail = NOW - timedelta(minutes=30), {"probability": 0.85, "lead_h": 6.0}
    step = Step(at=at, level=3, value=3.6, threshold=3.5, detail=detail)
    found = replace(_finding(), phase=Phase.FORECAST, rule="forecast", steps=(step,))
    judged = Judged(station=kim_long, findings=[found], stored=[])
    decide_together(connection, [judged], book, clock_now=NOW, wall_now=NOW)
    write_due(connection, {kim_long.id: kim_long}, book.telling, NOW)
    issued = _issued(connection, desk)
    assert (issued.content.probability, issued.content.onset) == (0.85, at + timedelta(hours=6))
    (stored,) = warning_store.warnings(connection)
    assert stored.content == issued.content
    (message,) = read_alerts(cap_messages_of(connection, issued.identifier)[0].xml)
    info = children(message, "info")[0]
    assert (text(info, "certainty"), text(info, "urgency")) == ("Likely", "Future")
    assert datetime.fromisoformat(text(info, "onset")) == at + timedelta(hours=6)


def test_a_warning_that_was_stored_without_chance_and_beginning_is_read(connection, book, kim_long) -> None:
    _judge(connection, book, kim_long, (9.5, 3))
    connection.execute("update public_warning_version set content = content - 'probability' - 'onset'")
    (stored,) = warning_store.warnings(connection)
    assert (stored.content.probability, stored.content.onset) == (None, None)


def test_a_station_that_stands_in_no_ward_warns_of_what_lies_around_it(connection, book, kim_long, desk) -> None:
    buoy = replace(kim_long, ward=None, covers=(), lat=16.9, lon=108.2)
    stations.sync_network(connection, [buoy])
    _judge(connection, book, buoy, (9.5, 3))
    issued = _issued(connection, desk)
    (alert,) = read_alerts(cap_messages_of(connection, issued.identifier)[0].xml)
    areas = [text(area, "circle") for info in children(alert, "info") for area in children(info, "area")]
    assert areas == ["16.90000,108.20000 5.000"] * 2


def test_a_draft_goes_with_its_alert_and_a_simulated_flood_is_an_exercise(connection, book, kim_long, desk) -> None:
    played = replace(kim_long, clock="simulated")
    _judge(connection, book, played, (1, 3))
    assert warning_store.warnings(connection)[0].exercise
    _judge(connection, book, played, (1, 3), (9.5, 0))
    assert warning_store.warnings(connection)[0].state is WarningState.CANCELLED


def test_a_draft_does_not_go_on_warning_of_a_level_that_the_water_has_left(connection, book, kim_long) -> None:
    """Nobody had edited it; it could still be issued as it was, BĐ3 and Severe, with the water at BĐ1."""
    _judge(connection, book, kim_long, (1, 3))
    (draft,) = warning_store.warnings(connection)
    assert draft.content.severity is Severity.SEVERE
    _judge(connection, book, kim_long, (1, 3), (9, 1))
    (dropped,) = warning_store.warnings(connection)
    assert (dropped.state, dropped.versions[-1].note) == (WarningState.CANCELLED, LESS_GRAVE)
    _judge(connection, book, kim_long, (1, 3), (9, 1), (9.5, 3), now=NOW + timedelta(minutes=1))
    states = {warning.identifier: warning.state for warning in warning_store.warnings(connection)}
    assert states.pop(draft.identifier) is WarningState.CANCELLED
    assert list(states.values()) == [WarningState.DRAFT], "it rose again, and the public may have to hear of it"


def test_who_heard_hears_of_what_follows_though_versions_between_were_held_back_or_overtaken(
    connection, book, kim_long, desk
) -> None:
    (alert,) = _judge(connection, book, kim_long, (1, 3))
    heard = {d.recipient for d in deliveries.deliveries_of(connection, alert.identifier)}
    minor = {r.id for r in book.recipients if r.severity_floor in {Severity.MINOR, Severity.UNKNOWN}}
    assert heard - minor, "wards hear of Severe and not of Minor"
    (alert,) = _judge(connection, book, kim_long, (1, 3), (8, 2), (9, 1))  # after an outage: one message of two steps
    rows = deliveries.deliveries_of(connection, alert.identifier)
    assert {d.recipient for d in rows if d.version == len(alert.versions)} == heard


def test_whom_an_officer_had_told_by_name_hears_of_the_end(connection, book, kim_long, desk) -> None:
    ward = next(r for r in book.recipients if r.severity_floor not in {Severity.MINOR, Severity.UNKNOWN})
    (alert,) = _judge(connection, book, kim_long, (9, 1))
    actions.escalate(connection, desk, alert.identifier, ward.id, "the bridge is closed")
    (ended,) = _judge(connection, book, kim_long, (9, 1), (9.9, 0))
    rows = deliveries.deliveries_of(connection, alert.identifier)
    assert ward.id in {d.recipient for d in rows if d.version == len(ended.versions)}


def test_an_officers_update_that_meets_the_expiry_stands(database, book, kim_long, desk) -> None:
    """The expiry looked at the warning, the officer prolonged it, and the expiry ended what it had not seen."""
    with database.transaction() as c:
        stations.sync_network(c, [kim_long])
        _judge(c, book, kim_long, (9.5, 3))
        (draft,) = warning_store.warnings(c)
        for language in LANGUAGES:
            public_warnings.mark_read(c, desk, draft.identifier, language)
        public_warnings.issue(c, desk, draft.identifier)
    later = NOW + timedelta(hours=13)
    expired: list[int] = []

    def expire() -> None:
        with database.transaction() as other:
            expired.append(public_warnings.expire(other, later))

    with database.transaction() as c:
        prolongs = replace(desk, now=later)
        public_warnings.edit(c, prolongs, draft.identifier, {"vi": {"headline": "Lũ còn lên"}})
        for language in LANGUAGES:
            public_warnings.mark_read(c, prolongs, draft.identifier, language)
        public_warnings.issue(c, prolongs, draft.identifier)
        thread = threading.Thread(target=expire)
        thread.start()
        _until_it_waits_for_a_lock(database)
    thread.join(60)
    with database.transaction() as c:
        (warning,) = warning_store.warnings(c)
    assert (warning.state, expired) == (WarningState.ISSUED, [0])


def _until_it_waits_for_a_lock(database) -> None:
    waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    until = time.monotonic() + 60
    while True:
        with database.transaction() as c:
            if c.execute(waiting).fetchone() is not None:
                return
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_cancel_takes_back_what_was_said_and_not_an_edit_that_nobody_has_read(
    connection, book, kim_long, desk
) -> None:
    _judge(connection, book, kim_long, (9.5, 3))
    (draft,) = warning_store.warnings(connection)
    for language in LANGUAGES:
        public_warnings.mark_read(connection, desk, draft.identifier, language)
    issued = public_warnings.issue(connection, desk, draft.identifier)
    public_warnings.edit(connection, desk, draft.identifier, {"vi": {"headline": "chưa ai đọc"}})
    cancelled = public_warnings.cancel(connection, desk, draft.identifier, "over")
    assert cancelled.content == issued.content


def test_a_decision_that_met_an_officers_is_left_for_the_next_round(connection, book, kim_long, desk) -> None:
    (alert,) = _judge(connection, book, kim_long, (1, 2))
    judged = Judged(station=kim_long, findings=[_finding((1, 2), (9.5, 3))], stored=[alert])
    actions.end(connection, desk, alert.identifier, "in between")
    assert decide_together(connection, [judged], book, clock_now=NOW, wall_now=NOW) == []
    (again,) = _judge(connection, book, kim_long, (1, 2), (9.5, 3))
    assert [v.reason for v in again.versions][-2:] == [Reason.ENDED_BY_PERSON, Reason.UPGRADED]


def test_the_parts_of_a_storm_are_stored_side_by_side_and_one_that_fails_costs_no_other(
    database, book, kim_long, monkeypatch
) -> None:
    monkeypatch.setattr(judging, "_TOGETHER", 1)
    gauges = [replace(kim_long, id=f"g{number}", clock="live") for number in range(5)]
    with database.transaction() as c:
        stations.sync_network(c, [gauge for gauge in gauges if gauge.id != "g1"])
    judged = [
        Judged(station=gauge, findings=[replace(_finding((0, 0), (10, 3)), station=gauge.id)], stored=[])
        for gauge in gauges
    ]
    with pytest.raises(ExceptionGroup) as failed:
        judging.decide_all(database, judged, book, NOW, NOW)
    assert [type(each) for each in failed.value.exceptions] == [DatabaseRefusedError]
    with database.transaction() as c:
        raised = alert_store.list_alerts(c)
    assert sorted(alert.station for alert in raised) == ["g0", "g2", "g3", "g4"]
    # The drafts follow: one that cannot be written costs no other, and nothing is lost by it or by a process that ends in between.
    house = standing_house(database, stations={gauge.id: gauge for gauge in gauges})
    with database.transaction() as c:
        assert write_due(c, house.stations, book.telling, NOW).drafts == 4
        c.rollback()  # killed before the commit
    monkeypatch.setattr("alerts.drafting.prepared", _no_words_for_g3)
    with pytest.raises(ExceptionGroup, match="drafts that could not be written"):
        drafting.draft(house, None, NOW)
    with database.transaction() as c:
        assert {draft.alert for draft in warning_store.warnings(c)} == {
            a.identifier for a in raised if a.station != "g3"
        }
    monkeypatch.setattr("alerts.drafting.prepared", prepared)
    house.storm.set()  # a storm comes first, and does not hold back drafts for ever
    monkeypatch.setattr(drafting, "LONGEST_WAIT_S", 0.2)
    assert drafting.draft(house, None, NOW) == 1
    assert drafting.draft(house, None, NOW) == 0
    with database.transaction() as c:
        drafts = warning_store.warnings(c, alive_only=True)
        assert len(audit.entries(c, actor="scheduler")) == len(raised) + len(drafts)
    assert sorted(draft.alert for draft in drafts) == sorted(alert.identifier for alert in raised)


def _no_words_for_g3(alert: Alert, *others: Any) -> PublicWarning | None:
    if alert.station == "g3":
        raise KeyError("words")
    return prepared(alert, *others)


def test_a_flood_of_the_basin_speaks_for_the_minor_alerts_of_the_same_storm_whatever_part_they_are_in(
    database, book, kim_long, monkeypatch
) -> None:
    monkeypatch.setattr(judging, "_TOGETHER", 1)
    gauges = {f"g{number}": replace(kim_long, id=f"g{number}", clock="live") for number in range(6)}
    elsewhere = replace(kim_long, id="elsewhere", clock="live", basin="o_lau")
    with database.transaction() as c:
        stations.sync_network(c, [*gauges.values(), elsewhere])
    levels = dict.fromkeys(gauges, 1) | {"g5": 3, "elsewhere": 1}
    judged = [
        Judged(
            station=gauges.get(name, elsewhere),
            findings=[replace(_finding((0, 0), (10, level)), station=name)],
            stored=[],
        )
        for name, level in levels.items()
    ]
    assert judging.decide_all(database, judged, book, NOW, NOW) == len(levels)
    with database.transaction() as c:
        told = {alert.station: _told(c, alert) for alert in alert_store.list_alerts(c)}
    assert told == {name: ["inhibited"] for name in gauges} | {"g5": ["told"], "elsewhere": ["told"]}


def test_a_flood_of_the_basin_takes_back_what_was_decided_a_turn_before_it_and_nobody_was_sent(
    database, book, kim_long
) -> None:
    """Rows that wait for their group, for the morning or for a free line; what one of its receivers has is not taken back."""
    gauges = {name: replace(kim_long, id=name) for name in ("waits", "sent", "graver", "speaks")}
    away = replace(kim_long, id="away", basin="o_lau")
    with database.transaction() as c:
        stations.sync_network(c, [*gauges.values(), away])

    def turn(levels: dict[str, int], *steps: tuple[float, int]) -> None:
        judged = [
            Judged(
                station=gauges.get(name, away),
                findings=[replace(_finding(*steps, (10, level)), station=name)],
                stored=[a for a in alert_store.list_alerts(c) if a.station == name],
            )
            for name, level in levels.items()
        ]
        judging.decide_all(database, judged, book, NOW, NOW)

    with database.transaction() as c:
        turn({"waits": 1, "sent": 1, "graver": 2, "away": 1}, (0, 0))
    with database.transaction() as c:
        found = {alert.station: alert for alert in alert_store.list_alerts(c)}
        row = next(d for d in deliveries.deliveries_of(c, found["sent"].identifier) if not d.copy)
        rooms = [deliveries.Room(channel=row.channel, quota=1, per_recipient=1)]
        c.execute("update delivery set due_at = %s where id = %s", (NOW - HOUR, row.id))
        assert [d.id for d in deliveries.claim(c, "test", NOW - HOUR, rooms)] == [row.id]
    with database.transaction() as c:
        turn({"speaks": 1}, (0, 0))
        turn({"speaks": 3}, (0, 0), (9, 1))
    with database.transaction() as c:
        assert {name: _told(c, alert) for name, alert in found.items()} == {
            "waits": ["inhibited"], "sent": ["told"], "graver": ["told"], "away": ["told"],
        }  # fmt: skip
        states = {d.state for d in deliveries.deliveries_of(c, found["waits"].identifier) if not d.copy}
        assert states == {"overtaken"}
        (noted,) = [e for e in audit.entries(c, subject=found["waits"].identifier) if e.action == "inhibited"]
        assert noted.detail == {"version": 1, "by": "flood_of_the_basin"}
    house = _House(database, book, *gauges.values(), away)
    with database.transaction() as c:
        turn({"speaks": 0}, (0, 0), (9, 3))
        spoken = {alert.station: _told(c, alert) for alert in alert_store.list_alerts(c)}["speaks"]
    assert spoken == ["told", "told", "told"], "nobody takes back its own beginning"
    assert repeating.repeat_alerts(house, None, NOW) >= 1
    with database.transaction() as c:
        assert _told(c, found["waits"]) == ["inhibited", "told"], "told when the flood that spoke for it is over"


def test_a_message_is_stored_while_its_alert_is_being_decided(database, book, kim_long) -> None:
    """Delivery, which holds the end of the audit chain, stores the next rung; the decision holds the alert and waits for that end."""
    with database.transaction() as c:
        stations.sync_network(c, [kim_long])
        (alert,) = _judge(c, book, kim_long, (1, 2))
    with database.transaction() as deciding:
        assert alert_store.lock_alerts(deciding, [alert.identifier]) == {alert.identifier: 1}
        with database.transaction() as delivering:
            delivering.execute("set local lock_timeout to '5s'")
            deliveries.enqueue(
                delivering,
                [
                    deliveries.NewDelivery(
                        alert=alert.identifier,
                        version=1,
                        recipient="next",
                        channel="sms",
                        language="vi",
                        due_at=NOW,
                    )
                ],
            )
