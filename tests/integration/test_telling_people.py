"""Messages that really travel: e-mail by SMTP, retained MQTT, the link in the message, sirens, the watcher."""

from __future__ import annotations

import asyncio
import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from alerts.acknowledgement import Link, link_key, read_token, token
from alerts.channels.apprise import apprise_channel
from alerts.channels.configuration import ChannelTable, Outlet, open_outlets
from alerts.channels.message import GiveUp, Message, Sent
from alerts.channels.mqtt import Publisher
from alerts.delivery import Office
from alerts.outbox import deliveries_for
from alerts.recipients import Recipients
from alerts.sirens import load_sirens
from cli.siren_listing import siren_listing
from dash_app.application import create_app
from domain.alerts import AlertState, Severity
from domain.errors import ConfigurationError
from domain.settings import Settings
from domain.siren_orders import Order
from scheduler.house import House
from scheduler.service import build_house
from scheduler.sounding import answered, sound
from scheduler.watching import Watcher
from scheduler.watching import words as watching_words
from storage import audit, jobs, sirens, watch_alarms
from storage.acknowledgements import acknowledgements_of
from storage.alerts import save_alert
from storage.contacts import Contact, set_contact
from storage.database import Database
from storage.deliveries import enqueue
from tests.hanging_broker import Hanging
from tests.integration.receiver import Receiver
from tests.integration.test_office import T0, Phone, _recipient, _station, _tell
from tests.ports import free_port

CONFIG = Path(__file__).resolve().parents[2] / "config"


def until(what: str, check: Callable[[], Any], seconds: float = 120.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, what
        time.sleep(0.02)
    return found


class _Mailbox:
    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.answer = "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: object, _session: object, envelope: Any
    ) -> str:
        if self.answer.startswith("250"):
            self.mails.append(envelope.content)
        return self.answer


@pytest.fixture
def mailbox() -> Iterator[tuple[_Mailbox, int]]:
    box = _Mailbox()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def test_a_mail_arrives_as_it_was_written(mailbox: tuple[_Mailbox, int], caplog: pytest.LogCaptureFixture) -> None:
    box, port = mailbox
    gateway = f"mailto://127.0.0.1:{port}?from=ews@hue.example&to={{to}}"
    message = Message(
        identifier="a1",
        version=1,
        recipient="ward",
        language="vi",
        headline="Mực nước sông Hương tại Kim Long 3,58 m",
        body="Mức độ: Nghiêm trọng\nMực nước: <b & c> 3,58 m\n<a href='x'>Xác nhận:</a> https://w.example/xac-nhan/abc",
        acknowledge_url="https://w.example/xac-nhan/abc",
        address="chair@phuxuan.example",
        gateway=gateway,
    )
    assert apprise_channel(60.0)(message) == Sent()
    mail = message_from_bytes(box.mails[0], policy=policy.default)
    assert mail["to"] == "chair@phuxuan.example"
    assert mail["subject"] == message.headline
    body = mail.get_body(("plain", "html"))
    assert body is not None
    assert body.get_content_type() == "text/plain"
    assert body.get_content().strip().splitlines() == message.body.splitlines()
    box.answer = "550 no such user"
    assert not isinstance(apprise_channel(60.0)(message), Sent)
    assert "phuxuan" not in caplog.text, "addresses are secret"


@pytest.mark.parametrize("address", ["", "nonsense", "unknown-scheme://x"])
def test_an_address_apprise_does_not_know_is_given_up(address: str) -> None:
    message = Message(identifier="a1", version=1, recipient="w", language="vi", headline="h", body="b", address=address)
    assert isinstance(apprise_channel(1.0)(message), GiveUp)


class Ear:
    """A subscriber that remembers."""

    def __init__(self, url: str, topic: str) -> None:
        self.heard: queue.SimpleQueue[tuple[str, bytes, bool]] = queue.SimpleQueue()
        self.client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self.client.on_connect = lambda client, *_: client.subscribe(topic, qos=1)
        self.client.on_message = lambda _c, _u, m: self.heard.put((m.topic, bytes(m.payload), m.retain))
        ready = threading.Event()
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.connect("127.0.0.1", int(url.rsplit(":", 1)[1]))
        self.client.loop_start()
        assert ready.wait(60)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_the_state_of_a_ward_is_retained_and_cleared_at_the_end(database: Database, broker_url: str) -> None:
    publisher = Publisher(broker_url)
    outlets = open_outlets({"mqtt": ChannelTable(kind="mqtt")}, alert_dir=Path("unused"), publisher=publisher)
    people = Recipients.of([_recipient("ward", area="19774", copies=["mqtt"])])
    office = Office(database, outlets, people, lambda: T0)
    try:
        alert = _tell(database, people, _station("kim_long"), Severity.SEVERE)
        office.work(seconds=60)
        ear = Ear(broker_url, "ews/alerts/v1/19774")
        topic, payload, retained = ear.heard.get(timeout=60)
        said = json.loads(payload)
        assert (topic, retained, said["area"], said["count"]) == ("ews/alerts/v1/19774", True, "19774", 1)
        assert said["alerts"][0]["identifier"] == alert.identifier
        assert said["alerts"][0]["at"].endswith("+07:00")
        ended = _ended(alert)
        with database.transaction() as connection:
            save_alert(connection, ended)
            enqueue(connection, deliveries_for(ended, ended.versions[-1], _station("kim_long"), people, T0))
        office.work(seconds=60)
        assert ear.heard.get(timeout=60)[1] == b"", "empty: nothing is retained any more"
        ear.close()
    finally:
        office.close()
        publisher.close()


def _ended(alert: Any) -> Any:
    from dataclasses import replace

    last = replace(alert.versions[-1], number=2, level=0)
    return replace(alert, versions=(*alert.versions, last), state=AlertState.ENDED, ended_at=T0)


class Pages:
    """A browser of the web application, without a port."""

    def __init__(self, app: Any) -> None:
        self.feed = app.state.feed
        self._transport = httpx.ASGITransport(app=app)

    def _ask(self, method: str, path: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://w") as client:
                return await client.request(method, path)

        with ThreadPoolExecutor(1) as thread:  # a browser test before this one may have left a loop in the main thread
            return thread.submit(lambda: asyncio.run(ask())).result()

    def get(self, path: str) -> httpx.Response:
        return self._ask("GET", path)

    def head(self, path: str) -> httpx.Response:
        return self._ask("HEAD", path)

    def post(self, path: str) -> httpx.Response:
        return self._ask("POST", path)


@pytest.fixture
def pages(database: Database, tmp_path: Path) -> Iterator[tuple[Pages, bytes]]:
    settings = Settings(data_dir=tmp_path, config_dir=CONFIG)
    app = create_app(settings, database.url, "mqtt://127.0.0.1:1")
    yield Pages(app), link_key(None, tmp_path)
    app.state.feed._database.close()
    app.state.entrance.close()
    app.state.giving.close()


def _link(**more: object) -> Link:
    values: dict[str, object] = {
        "alert": "a.kim_long",
        "version": 1,
        "recipient": "city_command",
        "person": "duty_officer",
        "message": "",
        "expires_at": datetime.now(UTC) + timedelta(hours=1),
    }
    return Link(**values | more)  # type: ignore[arg-type]


def test_the_link_asks_and_the_button_confirms(database: Database, pages: tuple[Pages, bytes]) -> None:
    client, key = pages
    people = Recipients.of([_recipient("city_command", "phone")])
    phone = Phone()
    office = Office(
        database,
        {"phone": Outlet(name="phone", send=phone)},
        people,
        lambda: datetime.now(UTC),
        public_url="http://w",
        link_key=key,
    )
    alert = _tell(database, people, _station("kim_long"), Severity.SEVERE)
    office.work(seconds=60)
    office.close()
    url = phone.heard[0].acknowledge_url
    assert url is not None
    path = url.removeprefix("http://w")
    for _ in range(3):  # mail scanners follow links
        page = client.get(path)
        assert page.status_code == 200
        assert client.head(path).status_code == 200
    assert "<button>" in page.text
    assert "kim_long" in page.text
    assert page.headers["cache-control"] == "no-store"

    def said() -> int:
        with database.transaction() as connection:
            return len(acknowledgements_of(connection, [alert.identifier]))

    assert said() == 0
    assert "<button>" not in client.post(path).text
    assert client.post(path).status_code == 200
    assert said() == 1
    assert "<button>" not in client.get(path).text
    with database.transaction() as connection:
        entry = audit.entries(connection, subject=alert.identifier)[0]
    assert (entry.actor, entry.action) == ("city_command", "acknowledged")


def test_a_link_that_expired_or_was_forged_confirms_nothing(pages: tuple[Pages, bytes], database: Database) -> None:
    client, key = pages
    expired = token(_link(expires_at=datetime.now(UTC) - timedelta(seconds=1)), key)
    forged = token(_link(), b"another key of sixteen")
    good = token(_link(), key)
    for text, status in ((expired, 410), (forged, 404), (good[:-2], 404), ("x", 404), ("a.b", 404), (good, 404)):
        assert client.post(f"/xac-nhan/{text}").status_code == status
    with database.transaction() as connection:
        assert acknowledgements_of(connection, ["a.kim_long"]) == []


def test_a_token_says_what_was_signed() -> None:
    link = _link(expires_at=datetime(2025, 10, 27, tzinfo=UTC))
    assert read_token(token(link, b"k"), b"k") == link
    assert read_token(token(link, b"k"), b"j") is None


def test_a_key_is_made_once_and_a_short_one_refused(tmp_path: Path) -> None:
    first = link_key(None, tmp_path)
    assert link_key(None, tmp_path) == first
    assert (tmp_path / "link.key").stat().st_mode & 0o077 == 0
    (tmp_path / "link.key").write_text("short")
    with pytest.raises(ConfigurationError, match="shorter"):
        link_key(None, tmp_path)


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    made = build_house(Settings(data_dir=tmp_path, config_dir=CONFIG), database, threading.Event())
    yield made
    made.office.close()


def _order(database: Database, signal: str = "flood_bd2", repeats: int = 2, at: datetime = T0) -> int:
    order = Order(
        id=0,
        siren="city_hall",
        signal=signal,
        repeats=repeats,
        ordered_by="Nguyễn Văn A",
        reason="BĐ3 trong 2 giờ",
        exercise=False,
        ordered_at=at,
        expires_at=at + timedelta(minutes=10),
    )
    with database.transaction() as connection:
        return sirens.add_order(connection, order)


def test_a_siren_sounds_as_often_as_allowed_and_answers(database: Database, house: House, broker_url: str) -> None:
    house.publisher = Publisher(broker_url)
    ear = Ear(broker_url, "ews/sirens/v1/+/sound")
    try:
        number = _order(database)
        for second in range(0, 300, 5):
            sound(house, None, T0 + timedelta(seconds=second))
        blasts = [json.loads(ear.heard.get(timeout=60)[1]) for _ in range(2)]
        assert [(b["order"], b["number"], b["blasts"], b["blast_s"], b["gap_s"]) for b in blasts] == [
            (number, 1, 2, 10, 10),
            (number, 2, 2, 10, 10),
        ]
        assert ear.heard.empty()
        answered(
            house, "ews/sirens/v1/huong_tra/answer", b'{"order": %d, "number": 1}' % number, T0
        )  # not the one asked
        answered(house, "ews/sirens/v1/city_hall/answer", b'{"order": %d, "number": 1}' % number, T0)
        answered(house, "ews/sirens/v1/city_hall/answer", b'{"order": %d, "number": 1, "answer": "x"}' % number, T0)
        answered(house, "ews/sirens/v1/city_hall/answer", b"\xff nonsense", T0)
        with database.transaction() as connection:
            ((_, stored),) = sirens.orders(connection, since=T0)
            actions = [entry.action for entry in audit.entries(connection, subject="city_hall")]
        assert [b.answer for b in stored] == ["sounded", None]
        assert sorted(actions) == ["siren_answered", "siren_blast", "siren_blast", "siren_ordered"]
    finally:
        ear.close()
        house.publisher.close()


def test_a_broker_that_is_away_costs_no_blast(database: Database, house: House, broker_url: str) -> None:
    """Both blasts of an order were used up within a minute in which the broker was being started again."""
    away, there = Publisher(f"mqtt://127.0.0.1:{free_port()}"), Publisher(broker_url)
    ear = Ear(broker_url, "ews/sirens/v1/+/sound")
    try:
        number = _order(database)
        house.publisher = away
        for second in range(0, 60, 20):
            assert sound(house, None, T0 + timedelta(seconds=second)) == 0
        house.publisher = there
        for second in range(60, 300, 5):
            sound(house, None, T0 + timedelta(seconds=second))
        blasts = [json.loads(ear.heard.get(timeout=60)[1]) for _ in range(2)]
        assert [(blast["order"], blast["number"]) for blast in blasts] == [(number, 1), (number, 2)]
        assert ear.heard.empty()
    finally:
        ear.close()
        away.close()
        there.close()


def test_a_siren_that_refuses_or_says_nothing_is_listed_and_told(database: Database, house: House) -> None:
    number = _order(database)
    for second in (0, 60):
        sound(house, None, T0 + timedelta(seconds=second))
    payload = b'{"order": %d, "number": 1, "answer": "refused", "note": "battery 9.8 V\\u0000"}' % number
    answered(house, "ews/sirens/v1/city_hall/answer", payload, T0 + timedelta(seconds=1))
    watcher = Watcher(house, house.outlets, deadman_url=None, deadman_every_s=60.0)
    watcher.look(T0 + timedelta(minutes=2))
    (refused,) = watcher.look(T0 + timedelta(minutes=2))
    assert watching_words(refused, "en")[0].endswith(
        f"did not sound blast 1 of order {number} of 07:00 27/10/2025: refused: battery 9.8 V"
    )
    watcher.look(T0 + timedelta(minutes=6))
    found = watcher.open["siren/city_hall"]
    assert (found.key, dict(found.facts)["number"]) == ("unanswered", "2")
    answered(house, "ews/sirens/v1/city_hall/answer", b'{"order": %d, "number": 2}' % number, T0)
    assert watcher.look(T0 + timedelta(minutes=6))[0].trouble is None, (
        "it sounds again: what it did not do before is over"
    )
    with database.transaction() as connection:
        listed = siren_listing(sirens.orders(connection, since=T0), house.sirens, T0 + timedelta(minutes=3))
    assert [line.split()[-1] for line in listed.splitlines()[-2:]] == ["V", "sounded"]
    assert "1/2" in listed, "two blasts, one of them sounded"


def test_a_stopped_or_expired_order_sounds_no_more(database: Database, house: House) -> None:
    _order(database, "storm", 3)
    sound(house, None, T0)
    with database.transaction() as connection:
        assert sirens.stop_orders(connection, None, "Nguyễn Văn A", T0 + timedelta(seconds=30))
    _order(database, "storm", 3, at=T0 - timedelta(minutes=11))
    for minute in range(30):
        sound(house, None, T0 + timedelta(minutes=minute))
    with database.transaction() as connection:
        found = sirens.orders(connection, since=T0 - timedelta(hours=1))
    assert sorted(len(blasts) for _, blasts in found) == [0, 1]


def test_the_watcher_tells_the_operator_of_a_late_job_and_of_its_end(
    database: Database, house: House, tmp_path: Path
) -> None:
    operator = house.recipients.named("operator")
    assert operator is not None
    with database.transaction() as connection:
        set_contact(
            connection, Contact(recipient="operator", person="", channel="telegram", address="demo:"), by="test"
        )
        jobs.record_start(connection, "judge", T0, every=timedelta(minutes=1))
        jobs.record_success(connection, "judge", T0)
    folder = tmp_path / "alerts" / "demo" / "telegram" / "operator"
    with Receiver() as outside:
        watcher = Watcher(house, house.outlets, deadman_url=outside.url("ok/alive"), deadman_every_s=0.0)
        watcher._began = T0
        now = T0 + timedelta(minutes=2)
        assert watcher.look(now) == []
        until("the sign of life", lambda: outside.seen)
        late = T0 + timedelta(minutes=10)
        assert watcher.look(late) == [], "seen once may be chance"
        calls = len(outside.seen)
        assert [c.subject for c in watcher.look(late + timedelta(seconds=5))] == ["job/judge"]
        assert len(outside.seen) == calls, "no sign of life while something is wrong"
        (file,) = until("a message", lambda: list(folder.glob("*.txt")) if folder.exists() else [])
        assert "tác vụ judge" in file.read_text(encoding="utf-8")
        with database.transaction() as connection:
            (alarm,) = watch_alarms.watch_alarms(connection)
            assert alarm.subject == "job/judge"
            jobs.record_success(connection, "judge", late)
        watcher.look(late + timedelta(seconds=10))
        assert len(outside.seen) == calls + 1
        with database.transaction() as connection:
            assert watch_alarms.watch_alarms(connection) == []
        until("the end", lambda: len(list(folder.glob("*.txt"))) == 2)


def test_a_sign_of_life_that_nobody_outside_takes_is_told_once(house: House, tmp_path: Path) -> None:
    """It was in the log alone: a wrong address kept nobody's watch, for months."""
    with Receiver() as outside:
        gone = outside.url("ok/alive")
    watcher = Watcher(house, house.outlets, deadman_url=gone, deadman_every_s=0.0)
    said = [c for n in range(8) for c in watcher.look(T0 + timedelta(seconds=5 * n))]
    assert [(c.subject, c.since) for c in said] == [("deadman", T0)], "not of every call"
    folder = tmp_path / "alerts" / "operator"
    (file,) = until("a message", lambda: list(folder.glob("*.txt")) if folder.exists() else [])
    assert "tín hiệu báo sống" in file.read_text(encoding="utf-8")
    with Receiver() as outside:
        watcher._deadman_url = outside.url("ok/alive")
        watcher.look(T0 + timedelta(minutes=1))
        assert outside.seen, "it goes on calling"
    assert [(c.subject, c.trouble) for c in watcher.look(T0 + timedelta(minutes=2))] == [("deadman", None)]


def test_a_sign_of_life_is_well_again_when_one_was_taken_not_when_the_process_is_new(house: House) -> None:
    """After each restart the operator was told that it was well, before anything had been called."""
    with Receiver() as outside:
        gone = outside.url("ok/alive")
    first = Watcher(house, house.outlets, deadman_url=gone, deadman_every_s=0.0)
    for n in range(5):
        first.look(T0 + timedelta(seconds=5 * n))
    heir = Watcher(house, house.outlets, deadman_url=gone, deadman_every_s=0.0)
    later = T0 + timedelta(minutes=1)
    assert [c for n in range(5) for c in heir.look(later + timedelta(seconds=5 * n))] == []
    assert heir.open["deadman"].since == T0
    with Receiver() as outside:
        heir._deadman_url = outside.url("ok/alive")
        assert heir.look(later + timedelta(seconds=30)) == []
    assert [(c.subject, c.trouble) for c in heir.look(later + timedelta(seconds=35))] == [("deadman", None)]


def test_a_sign_of_life_that_nobody_asks_for_any_more_is_missed_by_nobody(house: House) -> None:
    with house.database.transaction() as connection:
        watch_alarms.begin(connection, "deadman", T0, "not taken")
    heir = Watcher(house, house.outlets, deadman_url=None, deadman_every_s=60.0)
    assert [(c.subject, c.trouble) for c in heir.look(T0 + timedelta(minutes=1))] == [("deadman", None)]


def test_the_watcher_speaks_when_the_database_is_gone(house: House, tmp_path: Path) -> None:
    house.database.url = "postgresql://nobody@127.0.0.1:9/none"
    watcher = Watcher(house, house.outlets, deadman_url=None, deadman_every_s=60.0)
    watcher.look(T0)
    assert [c.subject for c in watcher.look(T0)] == ["database"]
    folder = tmp_path / "alerts" / "operator"
    (file,) = until("a message", lambda: list(folder.glob("*.txt")) if folder.exists() else [])
    assert "cơ sở dữ liệu" in file.read_text(encoding="utf-8")


def test_an_alarm_that_ended_too_early_is_open_again_and_stops_no_other(database: Database) -> None:
    """The same beginning once more: a server that was away for one look, a receiver that comes and goes."""
    with database.transaction() as connection:
        watch_alarms.begin(connection, "channel/sms", T0, "refused")
        watch_alarms.end(connection, "channel/sms", T0 + timedelta(minutes=1))
        watch_alarms.begin(connection, "channel/sms", T0, "refused again")
        watch_alarms.begin(connection, "channel/sms", T0 + timedelta(minutes=2), "and again")
        watch_alarms.begin(connection, "broker", T0, "does not answer")
        found = {alarm.subject: (alarm.since, alarm.found) for alarm in watch_alarms.watch_alarms(connection)}
    assert found == {"channel/sms": (T0, "and again"), "broker": (T0, "does not answer")}


def test_what_an_earlier_watcher_said_ends_with_the_next_one(database: Database, house: House, tmp_path: Path) -> None:
    """A scheduler that ended while the broker was away left it away for good: in `ews watch`, and in the bar of every page."""
    with database.transaction() as connection:
        watch_alarms.begin(connection, "broker", T0, "does not answer")
    watcher = Watcher(house, house.outlets, deadman_url=None, deadman_every_s=60.0)
    assert [(c.subject, c.trouble, c.since) for c in watcher.look(T0 + timedelta(hours=1))] == [("broker", None, T0)]
    with database.transaction() as connection:
        assert watch_alarms.watch_alarms(connection) == []
    folder = tmp_path / "alerts" / "operator"
    (file,) = until("the end", lambda: list(folder.glob("*.txt")) if folder.exists() else [])
    assert "Hết báo động hệ thống: máy chủ MQTT" in file.read_text(encoding="utf-8")


def test_the_watcher_speaks_of_the_broker_of_intake_and_of_delivery_itself(
    database: Database, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.watching._BROKER_S", 0.1)
    house.publisher = Publisher("mqtt://127.0.0.1:9")
    _tell(database, Recipients.of([_recipient("ward", "sms")]), _station("kim_long"), Severity.SEVERE)
    with database.transaction() as connection:
        jobs.record_start(connection, "ingest", T0, every=timedelta(seconds=5))
    watcher = Watcher(house, house.outlets, deadman_url=None, deadman_every_s=60.0)
    watcher._began = T0
    try:
        watcher.look(T0 + timedelta(minutes=2))
        changes = watcher.look(T0 + timedelta(minutes=2))
        assert sorted(change.subject for change in changes) == ["broker", "delivery", "ingest"]
    finally:
        house.publisher.close()


def test_a_broker_that_hangs_without_closing_is_noticed_at_the_next_question() -> None:
    """It takes the connection and holds it, like a stopped process or a full disk: until its own question had gone unanswered paho took
    it for well, for up to a minute.
    """
    with Hanging() as broker:
        publisher = Publisher(broker.url, topics=("ews/sirens/v1/+/answer",))
        try:
            assert publisher.probe(10.0) is None
            broker.hang.set()
            assert publisher.probe(0.3) == "the broker holds the connection and does not answer"
            broker.hang.clear()
            assert publisher.probe(10.0) is None
        finally:
            publisher.close()


def test_asking_the_broker_again_brings_no_message_twice(broker_url: str) -> None:
    heard: queue.Queue[bytes] = queue.Queue()
    publisher = Publisher(broker_url, topics=("ews/t/+/answer",), heard=lambda _topic, payload: heard.put(payload))
    try:
        for _ in range(3):
            assert publisher.probe(60.0) is None
        assert isinstance(publisher.publish("ews/t/a/answer", b"x", 60.0, retain=True), Sent)
        assert heard.get(timeout=60) == b"x"
        for _ in range(3):
            assert publisher.probe(60.0) is None
        assert heard.empty()
        publisher.publish("ews/t/a/answer", b"", 60.0, retain=True)
    finally:
        publisher.close()


def test_a_database_that_hangs_is_told_of(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the connection and never says a word, as when all its processes are stopped."""
    monkeypatch.setattr("scheduler.watching._DATABASE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        house.database.url = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none"
        watcher = Watcher(house, house.outlets, deadman_url=None, deadman_every_s=60.0)
        began = time.monotonic()
        watcher.look(T0)
        assert [change.subject for change in watcher.look(T0)] == ["database"]
        assert time.monotonic() - began < 5.0


def test_pages_say_when_the_scheduler_is_late(pages: tuple[Pages, bytes], database: Database) -> None:
    client, _ = pages
    client.feed._answers()
    assert client.get("/healthz").json()["late"] == []
    with database.transaction() as connection:
        jobs.record_start(connection, "judge", T0, every=timedelta(minutes=1))
    client.feed._answers()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert [each["job"] for each in answer.json()["late"]] == ["judge"]


def test_sirens_and_channels_that_contradict_themselves_are_refused(tmp_path: Path) -> None:
    text = (CONFIG / "sirens.toml").read_text(encoding="utf-8")
    for before, after, said in (
        ('name = "storm"', 'name = "flood_bd2"', "twice"),
        ("blast_s = 20", "blast_s = 0", "blast_s"),
        ("most_repeats = 3", "most_repeats = 99", "most_repeats"),
        ("blasts = 3", "blast = 3", "unknown key"),
    ):
        path = tmp_path / "sirens.toml"
        path.write_text(text.replace(before, after, 1), encoding="utf-8")
        with pytest.raises(ConfigurationError, match=said):
            load_sirens(path)
