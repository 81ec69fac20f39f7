"""The office on a real database: receivers that hang, groups, escalation, kill -9, and random troubles."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.channels.configuration import Outlet
from alerts.channels.message import Channel, GiveUp, Message, Outcome, Retry, Sent
from alerts.delivery import Office
from alerts.outbox import deliveries_for
from alerts.recipients import Escalation, Recipient, Recipients
from domain.alerts import Alert, AlertState, AlertVersion, Event, Phase, Reason, Severity
from domain.deeds import Silence, Telling, TellingReason
from domain.errors import DatabaseUnavailableError
from domain.stations import Series, Station, StationKind
from storage import audit, desk
from storage.acknowledgements import Acknowledgement, acknowledge
from storage.alerts import save_alert
from storage.answers import answers
from storage.database import Connection, Database
from storage.deliveries import Delivery, defer, deliveries_of, enqueue
from storage.stations import sync_network
from storage.tellings import add_silence, add_tellings
from tests.integration.receiver import Receiver

T0 = datetime(2025, 10, 27, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def _station(name: str, basin: str | None = "huong") -> Station:
    return Station(
        id=name,
        name_vi=name,
        name_en=name,
        kind=StationKind.RIVER,
        lat=16.45,
        lon=107.56,
        river="Hương",
        basin=basin,
        covers=("19774",),
        series=(Series(quantity="water_level", cadence=timedelta(minutes=10)),),
        simulated=False,
        verified=True,
        source="test",
    )


def _recipient(name: str, *channels: str, **more: object) -> Recipient:
    values: dict[str, object] = {
        "id": name,
        "name_vi": name,
        "name_en": name,
        "role": "committee",
        "area": "city",
        "language": "en",
        "channels": channels,
        "severity_floor": "Minor",
    }
    return Recipient.model_validate(values | more)


def _alert(station: str, *severities: Severity) -> Alert:
    versions = tuple(
        AlertVersion(
            number=number,
            reason=Reason.RAISED if number == 1 else Reason.UPGRADED,
            at=T0,
            decided_at=T0,
            level=number,
            severity=severity,
            phase=Phase.OBSERVED,
            value=1.5,
            threshold=1.0,
        )
        for number, severity in enumerate(severities, start=1)
    )
    return Alert(
        identifier=f"a.{station}",
        station=station,
        event=Event.FLOOD,
        state=AlertState.ACTIVE,
        severity=severities[-1],
        level=len(severities),
        phase=Phase.OBSERVED,
        raised_at=T0,
        ended_at=None,
        versions=versions,
    )


def _tell(
    database: Database,
    people: Recipients,
    station: Station,
    *severities: Severity,
    due_at: datetime = T0,
    event: Event = Event.FLOOD,
) -> Alert:
    """Store an alert and the messages of its newest version."""
    alert = _alert(station.id, *severities)
    if event is not Event.FLOOD:
        alert = replace(alert, identifier=f"{alert.identifier}.{event}", event=event)
    with database.transaction() as connection:
        sync_network(connection, [station])
        save_alert(connection, alert)
        enqueue(connection, deliveries_for(alert, alert.versions[-1], station, people, due_at))
    return alert


class Clock:
    """A wall clock that tests turn."""

    def __init__(self) -> None:
        self.now = T0

    def __call__(self) -> datetime:
        return self.now


class Phone:
    """A channel that remembers, and answers as it is told to."""

    def __init__(self, answer: Callable[[Message], Outcome] = lambda _: Sent()) -> None:
        self.heard: list[Message] = []
        self.answer = answer

    def __call__(self, message: Message) -> Outcome:
        outcome = self.answer(message)
        if isinstance(outcome, Sent):
            self.heard.append(message)
        return outcome

    @property
    def names(self) -> list[tuple[str, int, str]]:
        """What arrived, in order."""
        return [(m.identifier, m.version, m.recipient) for m in self.heard]


@contextmanager
def _office(
    database: Database,
    people: Recipients,
    clock: Callable[[], datetime],
    gap: timedelta = timedelta(0),
    storm: threading.Event | None = None,
    **channels: Channel,
) -> Iterator[Office]:
    outlets = {
        name: Outlet(name=name, send=send, grouping="basin" if gap else "each") for name, send in channels.items()
    }
    office = Office(
        database,
        outlets,
        people,
        clock,
        public_url="https://w.example",
        link_key=b"k" * 16,
        group_wait=gap,
        storm=storm,
    )
    try:
        yield office
    finally:
        office.close()


def _rows(database: Database, alert: Alert) -> list[Delivery]:
    with database.transaction() as connection:
        return deliveries_of(connection, alert.identifier)


def test_a_receiver_that_hangs_costs_the_others_nothing(database: Database) -> None:
    let_go = threading.Event()

    def hang(message: Message) -> Outcome:
        if message.recipient == "stuck":
            let_go.wait(300)
        return Sent()

    phone = Phone(hang)
    people, until = Recipients.of([_recipient("stuck", "phone"), _recipient("free", "phone")]), time.monotonic() + 120
    with _office(database, people, Clock(), phone=phone) as office:
        for number in range(30):
            _tell(database, people, _station(f"s{number}"), Severity.SEVERE)
        while sum(name == "free" for _, _, name in phone.names) < 30:
            office.work(seconds=0.5)
            assert time.monotonic() < until, "the one that hangs holds up the others"
        assert not any(name == "stuck" for _, _, name in phone.names)
        let_go.set()
        office.work(seconds=60)
        assert len(phone.heard) == 60


def test_a_receiver_that_fails_rests_and_urgent_news_takes_the_next_channel(database: Database) -> None:
    dead, mail = Phone(lambda _: Retry("no signal")), Phone()
    people = Recipients.of([_recipient("ward", "sms", "mail")], Escalation(tries=2))
    clock = Clock()
    with _office(database, people, clock, sms=dead, mail=mail) as office:
        tried: list[str] = []
        dead.answer = lambda m: (tried.append(m.identifier), Retry("no signal"))[1]
        _tell(database, people, _station("first"), Severity.SEVERE)
        office.work(seconds=60)
        clock.now += 5 * SECOND
        office.work(seconds=60)
        assert mail.names == [("a.first", 1, "ward")], "after two tries"
        for number in range(20):
            _tell(database, people, _station(f"s{number}"), Severity.SEVERE, due_at=clock.now)
        office.work(seconds=60)
        assert len(mail.heard) == 21, "while it rests nobody waits for it"
        assert len(tried) == 2


def test_alerts_of_one_basin_are_one_message_the_highest_first(database: Database) -> None:
    phone = Phone()
    people = Recipients.of([_recipient("ward", "phone")])
    with _office(database, people, Clock(), gap=timedelta(seconds=0.2), phone=phone) as office:
        for number in range(12):
            severity = Severity.SEVERE if number == 7 else Severity.MODERATE
            _tell(database, people, _station(f"s{number:02d}", "huong" if number < 10 else "bo"), severity)
        office.work(seconds=60)
    assert sorted(message.headline.split(":")[0] for message in phone.heard) == ["Bo basin", "Huong basin"]
    huong = next(message for message in phone.heard if message.headline.startswith("Huong"))
    assert huong.identifier == "a.s07"
    assert "10 warnings" in huong.headline
    assert "Severe 1, Moderate 9" in huong.body


def test_of_equally_severe_alerts_the_flood_is_the_headline(database: Database) -> None:
    """It was whichever had the higher level or came first: a text message said how fast the water rose, not that it was above BĐ3."""
    phone = Phone()
    people = Recipients.of([_recipient("ward", "phone")])
    with _office(database, people, Clock(), gap=timedelta(seconds=0.2), phone=phone) as office:
        for event in (Event.RAPID_RISE, Event.FLOOD):
            _tell(database, people, _station("kim_long"), Severity.SEVERE, event=event)
        office.work(seconds=60)
    assert [message.identifier for message in phone.heard] == ["a.kim_long"]


def test_the_alerts_of_a_station_in_no_basin_are_headed_by_its_name(database: Database) -> None:
    """It was its id: "Wind_thuan_an: 2 warnings"."""
    phone = Phone()
    people = Recipients.of([_recipient("ward", "phone")])
    port = replace(_station("wind_port", None), name_en="Thuan An port", river=None)
    with _office(database, people, Clock(), gap=timedelta(seconds=0.2), phone=phone) as office:
        for event in (Event.FLOOD, Event.RAPID_RISE):
            _tell(database, people, port, Severity.MODERATE, event=event)
        office.work(seconds=60)
    assert [message.headline.split(":")[0] for message in phone.heard] == ["Thuan An port"]


def test_a_storm_that_is_still_being_stored_is_one_message_however_long_that_takes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.delivery.LONGEST_GATHERING", 60 * MINUTE)
    phone, storm = Phone(), threading.Event()
    people = Recipients.of([_recipient("ward", "phone")])
    storm.set()
    with _office(database, people, Clock(), gap=timedelta(milliseconds=1), storm=storm, phone=phone) as office:
        for number in range(3):
            _tell(database, people, _station(f"s{number}"), Severity.SEVERE)
            office.work(seconds=0.1)
        assert not phone.heard
        storm.clear()
        office.work(seconds=60)
    assert [message.headline.split(":")[0] for message in phone.heard] == ["Huong basin"]
    assert "3 warnings" in phone.heard[0].headline


def test_a_lone_alert_is_told_as_itself_and_soon(database: Database) -> None:
    phone = Phone()
    people = Recipients.of([_recipient("ward", "phone")])
    with _office(database, people, Clock(), gap=timedelta(seconds=0.2), phone=phone) as office:
        _tell(database, people, _station("kim_long"), Severity.SEVERE)
        office.work(seconds=60)
    assert [m.identifier for m in phone.heard] == ["a.kim_long"]
    assert "basin" not in phone.heard[0].headline


def test_while_an_officer_silences_an_alert_nobody_else_is_told_of_it(database: Database) -> None:
    """The ladder was climbed on: an officer who had telephoned could not stop the night's messages to everybody else."""
    phone, mail, clock = Phone(), Phone(), Clock()
    people = Recipients.of([_recipient("ward", "phone", "mail")], Escalation(after_min=10, rounds=1))
    silence = Silence(
        id=0,
        made_by="truong_ca",
        reason="told by telephone",
        station="kim_long",
        basin=None,
        event=Event.FLOOD,
        severity=Severity.MODERATE,
        starts_at=T0,
        ends_at=T0 + 30 * MINUTE,
    )
    with database.transaction() as connection:
        add_silence(connection, replace(silence, event=Event.HEAVY_RAIN, severity=Severity.EXTREME))
        add_silence(connection, silence)
        add_silence(connection, replace(silence, severity=Severity.SEVERE, ends_at=T0 + 20 * MINUTE))
    _tell(database, people, _station("kim_long"), Severity.SEVERE)
    for minutes, reached in (
        (0, 0),
        (15, 0),
        (20, 1),
    ):  # a new office each time: one looks for the unanswered once a second
        clock.now = T0 + minutes * MINUTE
        with _office(database, people, clock, phone=phone, mail=mail) as office:
            office.work(seconds=60)
        assert (len(phone.heard), len(mail.heard)) == (1, reached), minutes
    assert mail.names == [("a.kim_long", 1, "ward")], (
        "when it ends it goes on; the others are not of it, or not so grave"
    )


def test_nobody_answers_and_the_warning_climbs_even_over_a_restart(database: Database) -> None:
    phone, clock = Phone(), Clock()
    people = Recipients.of(
        [_recipient("city", "phone"), _recipient("ward", "phone", "mail", escalates_to="city", area="19774")],
        Escalation(after_min=10, rounds=1),
    )
    only_ward = Recipients.of([people[1]], people.escalation)
    mail = Phone()
    with _office(database, people, clock, phone=phone, mail=mail) as office:
        alert = _tell(database, only_ward, _station("kim_long"), Severity.SEVERE)
        office.work(seconds=60)
        clock.now += 9 * MINUTE
        office.work(seconds=60)
    assert (len(phone.heard), len(mail.heard)) == (1, 0)
    clock.now += MINUTE
    with _office(database, people, clock, phone=phone, mail=mail) as office:
        office.work(seconds=60)
        assert mail.names == [("a.kim_long", 1, "ward")], "ten minutes of wall time, whoever was restarted"
    clock.now += 10 * MINUTE
    with _office(database, people, clock, phone=phone, mail=mail) as office:
        office.work(seconds=60)
        assert phone.names[-1] == ("a.kim_long", 1, "city")
        assert "Not acknowledged by: ward" in phone.heard[-1].body
        assert phone.heard[-1].headline.startswith("[NOT ACKNOWLEDGED: ward] ")
    with database.transaction() as connection:
        said = Acknowledgement(alert=alert.identifier, version=1, recipient="ward", person="", at=clock.now, how="link")
        assert acknowledge(connection, said)
        assert not acknowledge(connection, said), "said once"
    clock.now += 60 * MINUTE
    with _office(database, people, clock, phone=phone, mail=mail) as office:
        office.work(seconds=60)
    assert (len(phone.heard), len(mail.heard)) == (2, 1), "an answer ends it"


def test_who_confirmed_the_flood_has_not_confirmed_that_a_ward_does_not_answer(database: Database) -> None:
    sms, mail, clock = Phone(), Phone(), Clock()
    city, ward = _recipient("city", "sms", "mail"), _recipient("ward", "sms", escalates_to="city", area="19774")
    people = Recipients.of([city, ward], Escalation(after_min=10, rounds=1))

    def work(minute: int) -> None:
        clock.now = T0 + minute * MINUTE
        with _office(database, people, clock, sms=sms, mail=mail) as office:
            office.work(seconds=60)

    def confirm(origin: str) -> None:
        said = Acknowledgement(
            alert="a.kim_long", version=1, recipient="city", person="", at=clock.now, how="link", origin=origin
        )
        with database.transaction() as connection:
            assert acknowledge(connection, said)

    _tell(database, people, _station("kim_long"), Severity.SEVERE)
    work(0)
    confirm("")
    work(10)
    assert sms.heard[-1].headline.startswith("[NOT ACKNOWLEDGED: ward] ")
    work(20)
    assert mail.heard[-1].headline.startswith("[NOT ACKNOWLEDGED: ward] "), "the city goes on being asked"
    confirm("ward")
    heard = len(sms.heard) + len(mail.heard)
    work(40)
    assert len(sms.heard) + len(mail.heard) == heard


def test_a_repetition_does_not_throw_the_ladder_back_to_its_foot(database: Database) -> None:
    """Repeated every half hour, a ladder of eighty minutes still reaches the city: nobody at its foot may be awake."""
    phone, clock = Phone(), Clock()
    channels = ("phone", "mail", "zalo", "chat")
    ward = _recipient("ward", *channels, escalates_to="city", area="19774")
    people = Recipients.of([_recipient("city", "phone", area="19000"), ward], Escalation(after_min=10, rounds=2))
    alert = _tell(database, people, _station("kim_long"), Severity.EXTREME)
    for minute in range(0, 50, 10):
        clock.now = T0 + minute * MINUTE
        if minute == 30:
            alert = _repeat(database, people, alert, clock.now)
        with _office(database, people, clock, **dict.fromkeys(channels, phone)) as office:
            office.work(seconds=60)
    heard = sorted((message.recipient, message.version) for message in phone.heard)
    assert heard == [("city", 1), *[("ward", 1)] * 4, ("ward", 2)]
    assert "Not acknowledged by: ward" in next(m.body for m in phone.heard if m.recipient == "city")


def _repeat(database: Database, people: Recipients, alert: Alert, now: datetime) -> Alert:
    """Say the newest version again, as the job does."""
    newest = alert.versions[-1]
    said = replace(newest, number=newest.number + 1, reason=Reason.REPEATED, at=now, decided_at=now)
    grown = replace(alert, versions=(*alert.versions, said))
    with database.transaction() as connection:
        save_alert(connection, grown)
        enqueue(connection, deliveries_for(grown, said, _station(alert.station), people, now))
    return grown


def test_a_correction_that_nobody_was_told_of_and_an_order_to_another_take_no_confirmation_back(
    database: Database,
) -> None:
    """The ward confirmed, its warning was repeated after a correction of the past, and the city heard that it does not answer."""
    phone, clock = Phone(), Clock()
    ward = _recipient("ward", "phone", escalates_to="city", area="19774")
    people = Recipients.of([_recipient("city", "phone", area="19000"), ward], Escalation(after_min=10, rounds=1))
    alert = _tell(database, people, _station("kim_long"), Severity.SEVERE)
    said = Acknowledgement(alert=alert.identifier, version=1, recipient="ward", person="ông Ba", at=T0, how="link")
    for number, reason in ((2, Reason.LATE_DATA), (3, Reason.ESCALATED)):
        newest = replace(alert.versions[-1], number=number, reason=reason)
        alert = replace(alert, versions=(*alert.versions, newest))
    with database.transaction() as connection:
        save_alert(connection, alert)
        told = [(1, TellingReason.TOLD), (2, TellingReason.UNCHANGED), (3, TellingReason.TOLD)]
        add_tellings(
            connection,
            [
                Telling(alert=alert.identifier, version=number, told=reason is TellingReason.TOLD, reason=reason)
                for number, reason in told
            ],
        )
        acknowledge(connection, said)
    for minute in (0, 60, 75):
        clock.now = T0 + minute * MINUTE
        if minute == 60:
            alert = _repeat(database, people, alert, clock.now)
        with _office(database, people, clock, phone=phone) as office:
            office.work(seconds=60)
    assert ("ward", 4) in {(m.recipient, m.version) for m in phone.heard}, "it was said again"
    assert "city" not in {m.recipient for m in phone.heard}
    with database.transaction() as connection:
        assert [(each.version, each.person) for each in answers(connection, [alert.identifier])["ward"]] == [
            (4, "ông Ba")
        ]


def test_a_change_that_was_held_back_is_confirmed_by_its_repetition_alone(database: Database) -> None:
    phone, clock = Phone(), Clock()
    ward = _recipient("ward", "phone", escalates_to="city", area="19774")
    people = Recipients.of([_recipient("city", "phone", area="19000"), ward], Escalation(after_min=10, rounds=1))
    alert = _tell(database, people, _station("kim_long"), Severity.SEVERE)
    said = Acknowledgement(alert=alert.identifier, version=1, recipient="ward", person="ông Ba", at=T0, how="link")
    graver = replace(alert.versions[-1], number=2, reason=Reason.UPGRADED, severity=Severity.EXTREME)
    alert = replace(alert, versions=(*alert.versions, graver))
    with database.transaction() as connection:
        save_alert(connection, alert)
        held = Telling(alert=alert.identifier, version=2, told=False, reason=TellingReason.SILENCED)
        add_tellings(connection, [held])
        acknowledge(connection, said)
    for minute in (0, 15, 20, 35):
        clock.now = T0 + minute * MINUTE
        if minute == 20:  # the silence is over
            alert = _repeat(database, people, alert, clock.now)
        with _office(database, people, clock, phone=phone) as office:
            office.work(seconds=60)
    assert "city" in {m.recipient for m in phone.heard}, "nobody has confirmed the graver level"
    with database.transaction() as connection:
        assert [each.person for each in answers(connection, [alert.identifier])["ward"]] == [None]


def test_who_leads_again_sends_what_another_left_half_sent_and_knows_the_stations_anew(database: Database) -> None:
    phone, hanging, clock = Phone(), threading.Event(), Clock()
    people = Recipients.of([_recipient("city", "phone")])
    with _office(database, people, clock, phone=phone) as office:
        _tell(database, people, _station("kim_long"), Severity.SEVERE)
        office.work(seconds=60)
        assert len(phone.heard) == 1
        with _office(database, people, clock, phone=Phone(lambda _: hanging.wait(60) and Sent())) as other:
            _tell(database, people, _station("phu_oc"), Severity.SEVERE)
            other.work(seconds=0.5)
        hanging.set()
        renamed = replace(_station("kim_long"), name_en="Kim Long anew")
        _tell(database, people, renamed, Severity.SEVERE, event=Event.RAPID_RISE)
        office.work(seconds=1)
        assert ("a.phu_oc", 1, "city") not in phone.names, "nobody has told it"
        office.begin_anew()
        office.work(seconds=60)
    (left,) = [message for message in phone.heard if message.identifier == "a.phu_oc"]
    assert left.may_repeat


def test_what_is_severe_at_night_does_not_wait_behind_what_quiet_hours_hold_back(database: Database) -> None:
    phone, clock, night = Phone(), Clock(), T0 + 900 * MINUTE  # 22:00 in Huế
    people = Recipients.of([_recipient("ward", "phone", quiet={"begins": clock_time(21), "ends": clock_time(5, 30)})])
    with _office(database, people, clock, phone=phone) as office:
        clock.now = night
        alert = _tell(database, people, _station("kim_long"), Severity.MODERATE, due_at=night)
        office.work()
        assert phone.heard == []
        clock.now = night + 180 * MINUTE
        _tell(database, people, _station("kim_long"), Severity.MODERATE, Severity.SEVERE, due_at=clock.now)
        office.work()
        assert [message.version for message in phone.heard] == [2]
        clock.now = night + 480 * MINUTE
        office.work()
    assert [message.version for message in phone.heard] == [2]
    with database.transaction() as connection:
        states = {each.version: each.state for each in deliveries_of(connection, alert.identifier)}
    assert states == {1: "overtaken", 2: "sent"}


def test_what_may_have_arrived_goes_again_as_it_was_and_what_is_new_beside_it(database: Database) -> None:
    """The provider had taken the first two under the key of the first; it dropped a repeat of that key, and the third with it."""
    keys: set[str] = set()
    taken: list[Message] = []

    def provider(message: Message) -> Outcome:
        """Drops repeats of a key; its first answer is lost."""
        if message.key not in keys:
            taken.append(message)
        first = not keys
        keys.add(message.key)
        return Retry("no answer", may_have_arrived=True) if first else Sent()

    people, clock = Recipients.of([_recipient("ward", "phone")]), Clock()
    with _office(database, people, clock, gap=timedelta(seconds=0.2), phone=Phone(provider)) as office:
        alerts = [_tell(database, people, _station(name), Severity.SEVERE) for name in ("a", "b")]
        office.work(seconds=60)
        alerts.append(_tell(database, people, _station("c"), Severity.MODERATE))
        clock.now += MINUTE
        office.work(seconds=60)
        clock.now += MINUTE
        office.work(seconds=60)
    assert len(taken) == 2
    assert "2 warnings" in taken[0].headline
    assert (taken[1].identifier, taken[1].may_repeat) == ("a.c", False)
    assert {row.state for alert in alerts for row in _rows(database, alert)} == {"sent"}


def test_a_channel_that_recovers_at_night_wakes_nobody_for_what_can_wait(database: Database) -> None:
    """Retries, the next channel, and what rested with its receiver: all were due, and went out in the middle of the night."""
    phone, mail, clock = Phone(lambda _: Retry("away")), Phone(lambda _: Retry("away")), Clock()
    evening = clock.now = T0 + 839 * MINUTE  # 20:59 in Huế
    quiet = {"begins": clock_time(21), "ends": clock_time(5, 30)}
    people = Recipients.of([_recipient("ward", "phone", "mail", quiet=quiet)], Escalation(tries=2))
    with _office(database, people, clock, phone=phone, mail=mail) as office:
        alerts = [_tell(database, people, _station(f"s{n}"), Severity.MODERATE, due_at=evening) for n in range(4)]
        office.work()
        for minute in range(1, 120, 7):
            clock.now = evening + minute * MINUTE
            office.work()
        phone.answer = mail.answer = lambda _: Sent()
        clock.now = evening + 240 * MINUTE
        office.work()
        assert (phone.heard, mail.heard) == ([], [])
        _tell(database, people, _station("s0"), Severity.MODERATE, Severity.SEVERE, due_at=clock.now)
        office.work()
        assert {(m.identifier, m.version) for m in [*phone.heard, *mail.heard]} == {("a.s0", 2)}
        clock.now = evening + 511 * MINUTE  # 05:30
        office.work(seconds=60)
    heard = {(m.identifier, m.version) for m in [*phone.heard, *mail.heard]}
    assert heard == {("a.s0", 2), ("a.s1", 1), ("a.s2", 1), ("a.s3", 1)}
    assert {row.state for alert in alerts for row in _rows(database, alert)} <= {"sent", "failed", "overtaken"}


def test_what_waits_at_night_is_looked_for_once_a_second_and_as_quiet_hours_begin(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every round of a storm read all that waited and was not urgent."""
    held: list[list[str]] = []

    def counted(connection: Connection, quiet: Mapping[str, datetime]) -> None:
        held.append(sorted(quiet))
        defer(connection, quiet)

    monkeypatch.setattr("alerts.delivery.deliveries.defer", counted)
    phone, clock = Phone(), Clock()
    quiet = {"begins": clock_time(21), "ends": clock_time(5, 30)}
    people = Recipients.of([_recipient("ward", "phone", quiet=quiet), _recipient("city", "mail")])
    evening = clock.now = T0 + 840 * MINUTE - timedelta(milliseconds=100)  # nearly 21:00 in Huế
    with _office(database, people, clock, phone=phone, mail=Phone()) as office:
        office.work()
        _tell(database, people, _station("late"), Severity.MODERATE, due_at=evening)
        for number in range(5):
            _tell(database, people, _station(f"s{number}"), Severity.SEVERE, due_at=evening)
        clock.now = evening + timedelta(milliseconds=200)
        office.work()
        assert "a.late" not in {message.identifier for message in phone.heard}
        assert len(phone.heard) == 5
        office.work()
        assert held == [[], ["ward"]]
        clock.now += SECOND
        office.work()
    assert held == [[], ["ward"], ["ward"]]


def test_who_is_asked_in_the_stead_of_many_hears_it_once_and_of_each(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty communes that sleep through a flood are one message to the city, not twenty that say the same."""
    phone, clock, gap = Phone(), Clock(), timedelta(milliseconds=1)
    wards = [_recipient(f"ward{number}", "phone", escalates_to="city") for number in range(3)]
    people = Recipients.of([_recipient("city", "phone"), *wards], Escalation(after_min=10, rounds=1))
    monkeypatch.setattr("alerts.delivery.STEAD_GATHERING", 60 * MINUTE)
    monkeypatch.setattr("alerts.delivery.LONGEST_GATHERING", 60 * MINUTE)
    for ward in wards:  # their turns come one after another
        with _office(database, people, clock, gap=gap, phone=phone) as office:
            alert = _tell(
                database,
                Recipients.of([ward], people.escalation),
                _station("kim_long"),
                Severity.SEVERE,
                due_at=clock.now,
            )
            office.work(seconds=60)
        clock.now += SECOND
    clock.now += 10 * MINUTE - 3 * SECOND
    for _ in wards:
        with _office(database, people, clock, gap=gap, phone=phone) as office:
            office.work(seconds=0.1)
        clock.now += SECOND
    assert [message.recipient for message in phone.heard] == ["ward0", "ward1", "ward2"]
    monkeypatch.setattr("alerts.delivery.STEAD_GATHERING", gap)
    with _office(database, people, clock, gap=gap, phone=phone) as office:
        office.work(seconds=60)
    (asked,) = [message for message in phone.heard if message.recipient == "city"]
    assert asked.headline.startswith("[NOT ACKNOWLEDGED BY 3] "), "a text message carries no more than the headline"
    assert "Not acknowledged by: ward0; ward1; ward2." in asked.body
    assert "warnings. Highest" not in asked.headline, "it is one alert"
    rows = [row for row in _rows(database, alert) if row.recipient == "city"]
    assert {(row.origin, row.state) for row in rows} == {(f"ward{number}", "sent") for number in range(3)}


def test_what_was_overtaken_while_a_channel_failed_is_not_told_after_it(database: Database) -> None:
    phone, clock = Phone(lambda _: Retry("no signal")), Clock()
    mail = Phone()
    people = Recipients.of([_recipient("ward", "phone", "mail")], Escalation(tries=1))
    with _office(database, people, clock, phone=phone, mail=mail) as office:
        mail.answer = lambda _: Retry("no signal either")
        alert = _tell(database, people, _station("kim_long"), Severity.MODERATE)
        office.work(seconds=60)
        phone.answer = lambda _: Sent()
        clock.now += SECOND
        newer = replace(alert, versions=_alert("kim_long", Severity.MODERATE, Severity.SEVERE).versions)
        with database.transaction() as connection:
            save_alert(connection, newer)
            enqueue(connection, deliveries_for(newer, newer.versions[1], _station("kim_long"), people, clock.now))
        office.work(seconds=60)
        mail.answer = lambda _: Sent()
        clock.now += 60 * MINUTE
        office.work(seconds=60)
    assert phone.names == [("a.kim_long", 2, "ward")]
    assert mail.names == [], "version 1 after version 2 would be old news as new"
    states = {(row.version, row.channel): row.state for row in _rows(database, alert)}
    assert states == {(1, "phone"): "failed", (1, "mail"): "overtaken", (2, "phone"): "sent"}
    with database.transaction() as connection:
        said = {(e.action, e.detail["channel"]) for e in audit.entries(connection, actor="delivery")}
    assert said == {("not_sent", "phone"), ("overtaken", "mail"), ("sent", "phone")}


_NUMBERS = itertools.count()  # a station for each example: they share a database
_TROUBLE = st.lists(st.sampled_from(["sent", "sent", "retry", "lost", "give_up"]), max_size=40)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trouble=_TROUBLE, restarts=st.sets(st.integers(0, 6), max_size=3))
def test_whatever_fails_nothing_is_lost_order_is_kept_and_repeats_are_marked(
    database: Database, trouble: Sequence[str], restarts: set[int]
) -> None:
    """Random answers and restarts; at the end everything arrives, in order, and every repeat is marked as one."""
    left, arrived = list(trouble), list[Message]()
    station = _station(f"k{next(_NUMBERS)}")

    def answer(message: Message) -> Outcome:
        word = left.pop(0) if left else "sent"
        if word in {"sent", "lost"}:
            arrived.append(message)
        outcomes: dict[str, Outcome] = {
            "retry": Retry("busy"),
            "lost": Retry("no answer", may_have_arrived=True),
            "give_up": GiveUp("refused"),
        }
        return outcomes.get(word, Sent())

    people, clock = Recipients.of([_recipient("ward", "sms", "mail")], Escalation(tries=2)), Clock()
    for version in (1, 2, 3):
        severities = [Severity.MODERATE] * version
        alert = _tell(database, people, station, *severities, due_at=clock.now)
        for step in range(7):
            with _office(database, people, clock, sms=answer, mail=answer) as office:
                office.work(seconds=60)
                if step not in restarts:
                    clock.now += 11 * MINUTE
                    office.work(seconds=30)
            clock.now += 11 * MINUTE
    rows = _rows(database, alert)
    assert all(row.state != "sending" for row in rows), "nothing is left under way"
    for version in (1, 2, 3):
        ended = {row.state for row in rows if row.version == version}
        assert ended & {"sent", "overtaken", "waiting"} or ended == {"failed"}, "lost"
    assert [m.version for m in arrived] == sorted(m.version for m in arrived), "in order"
    first: dict[str, int] = defaultdict(int)
    for message in arrived:
        first[message.key] += 1
        assert message.may_repeat or first[message.key] == 1, "a repeat says so"
    with database.transaction() as connection:  # the next example shall not deliver what this one left waiting
        connection.execute("update delivery set state = 'overtaken' where state = 'waiting'")


_KILLED = """
import os, sys, signal
from datetime import UTC, datetime
sys.path.insert(0, {root!r})
from alerts.channels.configuration import Outlet
from alerts.channels.file import file_channel
from alerts.channels.message import Sent
from alerts.channels.webhook import webhook_channel
from alerts.delivery import Office
from alerts.recipients import Recipients
from tests.integration.test_office import _recipient
from storage.database import Connection, Database
from dataclasses import replace
send = webhook_channel(10.0)
sent = 0
def killed(message):
    global sent
    outcome = send(replace(message, address={url!r}, secret="s"))
    sent += 1
    if sent == {after}:
        os.kill(os.getpid(), signal.SIGKILL)
    return outcome
people = Recipients.of([_recipient("ward", "phone")])
outlets = {{"phone": Outlet(name="phone", send=killed, concurrency=1, machine=True)}}
office = Office(Database({database!r}), outlets, people, lambda: datetime.now(UTC))
office.work(seconds=30)
"""


def test_kill_9_between_sending_and_marking_repeats_that_message_marked_and_loses_none(
    database: Database, database_url: str
) -> None:
    """Real processes: each is killed the instant after the receiver answered; the last one works to the end."""
    people = Recipients.of([_recipient("ward", "phone")])
    alerts = [_tell(database, people, _station(f"s{n}"), Severity.SEVERE) for n in range(3)]
    root = str(Path(__file__).resolve().parents[2])
    with Receiver() as receiver:
        for after in (1, 1, 0):
            code = _KILLED.format(root=root, url=receiver.url(), database=database_url, after=after)
            done = subprocess.run([sys.executable, "-c", code], check=False, timeout=300, cwd=root, env=os.environ)
            assert done.returncode == (-signal.SIGKILL if after else 0)
        keys = [(seen.headers["Idempotency-Key"], seen.headers["X-EWS-May-Repeat"]) for seen in receiver.seen]
    told = {key for key, _ in keys}
    assert told == {f"{alert.identifier}.1.ward.phone" for alert in alerts}, "nothing lost"
    seen: set[str] = set()
    for key, marked in keys:
        assert marked == "1" or key not in seen, "whatever comes twice is marked"
        seen.add(key)
    assert len(keys) <= len(alerts) + 2, "one repeat for each kill at most"
    assert all(row.state == "sent" for alert in alerts for row in _rows(database, alert))


def test_a_database_that_goes_away_while_messages_are_under_way_repeats_nothing(database: Database) -> None:
    phone, clock = Phone(), Clock()
    people = Recipients.of([_recipient("ward", "phone")])
    with _office(database, people, clock, phone=phone) as office:
        alert = _tell(database, people, _station("kim_long"), Severity.SEVERE)
        answered = threading.Event()

        def slow(_: Message) -> Outcome:
            answered.wait(300)
            return Sent()

        phone.answer = slow
        office.work(seconds=0.1)
        with database.transaction() as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                " and datname = current_database()"
            )
        answered.set()
        until, state = time.monotonic() + 120, ""
        while not phone.heard or state != "sent":
            assert time.monotonic() < until
            with suppress(DatabaseUnavailableError):  # a server process may take its time to go
                office.work(seconds=1)
                state = _rows(database, alert)[0].state
    assert len(phone.heard) == 1


def test_whom_no_channel_reaches_is_shown_as_not_reached(database: Database) -> None:
    """A ward without a number stood on the pages like one that nothing had been sent to, in the middle of a flood."""
    phone = Phone(lambda message: Sent() if message.recipient == "city" else GiveUp("no number"))
    people = Recipients.of([_recipient("city", "phone"), _recipient("ward", "phone", area="19774")])
    with _office(database, people, Clock(), phone=phone) as office:
        alert = _tell(database, people, _station("kim_long"), Severity.SEVERE)
        minor = _tell(database, people, _station("kim_long"), Severity.MODERATE, event=Event.RAPID_RISE)
        office.work(seconds=60)
    names = [alert.identifier, minor.identifier]
    with database.transaction() as connection:
        told, said = desk.told(connection, names), answers(connection, names)
    assert {name: [(t.recipient, t.reached) for t in told[name]] for name in names} == {
        alert.identifier: [("city", True), ("ward", False)],
        minor.identifier: [("city", True)],  # nobody has to answer it: no call at night
    }
    assert [(each.alert, each.reached, each.urgent, each.sent_at) for each in said["ward"]] == [
        (alert.identifier, False, True, T0)
    ]
