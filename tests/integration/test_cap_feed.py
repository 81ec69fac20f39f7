"""Public warnings as others fetch them: what is in force is in the feed, and nothing that is not for the public."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from lxml import etree

from alerts.cap.checking import check
from alerts.cap.message import CapMessage, MsgType, Scope, Status
from alerts.cap.press import Press, press_of
from alerts.cap.public import Announcement
from alerts.cap.publishing import CapRefusedError, earlier_messages, publish
from dash_app.application import run
from domain.alerts import Event, Phase, Severity
from domain.settings import load_settings
from storage import audit
from storage.cap_messages import active_cap_messages, cap_messages_of
from storage.database import Database
from storage.migrate import migrate
from tests.cap_scenes import HOUR, TEXTS, public
from tests.conftest import EmbeddedServer
from tests.integration.test_web_process import until
from tests.ports import free_port

NOW = datetime.now(UTC).replace(microsecond=0)
ATOM = {"a": "http://www.w3.org/2005/Atom", "cap": "urn:oasis:names:tc:emergency:cap:1.2"}


@pytest.fixture
def web() -> Iterator[Callable[..., httpx.Client]]:
    """A client of a web process over a database."""
    stop = threading.Event()
    threads, clients = [], []

    def start(url: str, **changes: object) -> httpx.Client:
        port, ready = free_port(), threading.Event()
        settings = load_settings({}, http_port=port, **changes)
        thread = threading.Thread(
            target=run, args=(settings, url, "mqtt://127.0.0.1:1", stop), kwargs={"ready": ready.set}, daemon=True
        )
        thread.start()
        threads.append(thread)
        assert ready.wait(60)
        clients.append(httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60))
        return clients[-1]

    yield start
    for client in clients:
        client.close()
    stop.set()
    for thread in threads:
        thread.join(10)


def say(database: Database, *messages: CapMessage, alert: str = "w1") -> None:
    with database.transaction() as c:
        for message in messages:
            publish(c, message, alert=alert, actor="officer", signer=None, now=NOW)


def titles(client: httpx.Client, path: str = "/cap/feed.atom") -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200
    feed = etree.fromstring(answer.content)
    for required in ("id", "title", "updated", "author/a:name", "link[@rel='self']"):
        assert feed.find(f"a:{required}", ATOM) is not None, required
    for entry in feed.iterfind("a:entry", ATOM):
        for required in ("id", "title", "updated", "author/a:name", "summary", "link[@type='application/cap+xml']"):
            assert entry.find(f"a:{required}", ATOM) is not None, required
    return [str(title.text) for title in feed.iterfind("a:entry/a:title", ATOM)]


FIRST = public("w1.1", sent=NOW - 2 * HOUR)
SECOND = public("w1.2", MsgType.UPDATE, [FIRST.reference], sent=NOW - HOUR)
END = public("w1.3", MsgType.CANCEL, [FIRST.reference, SECOND.reference], sent=NOW)


def test_a_warning_from_issue_to_end(database: Database, database_url: str, web: Callable[..., httpx.Client]) -> None:
    client = web(database_url)
    assert titles(client) == []
    say(database, FIRST)
    assert titles(client) == ["Lũ trên sông Hương"]
    assert titles(client, "/cap/feed.atom?lang=en") == ["Flood on the Hương"]
    say(database, SECOND)
    feed = etree.fromstring(client.get("/cap/feed.atom").content)
    (link,) = feed.xpath("a:entry/a:link[@type='application/cap+xml']/@href", namespaces=ATOM)
    assert link.endswith("/cap/w1.2.xml")
    answer = client.get(link)
    assert answer.headers["content-type"].startswith("application/cap+xml")
    assert check(answer.content, NOW) == []
    say(database, END)
    assert titles(client) == []
    assert client.get("/cap/w1.3.xml").status_code == 200
    with database.transaction() as c:
        assert [m.identifier for m in cap_messages_of(c, "w1")] == ["w1.1", "w1.2", "w1.3"]
        # The web process may note its first account at any time while it starts.
        newest = next(entry for entry in audit.entries(c, limit=10) if entry.actor != "web")
        assert (newest.actor, newest.action, newest.subject) == ("officer", "cap_published", "w1.3")


def test_what_is_not_for_the_public_stays_inside(
    database: Database, database_url: str, web: Callable[..., httpx.Client]
) -> None:
    inside = [
        public("drill.1", sent=NOW, status=Status.EXERCISE),
        public("test.1", sent=NOW, status=Status.TEST),
        public("finding.1", sent=NOW, scope=Scope.RESTRICTED),
        public("draft.1", sent=NOW, status=Status.DRAFT),
    ]
    say(database, *inside, public("old.1", sent=NOW - 13 * HOUR, expires=NOW - timedelta(seconds=1)))
    client = web(database_url)
    assert titles(client) == []
    for message in inside:
        assert client.get(f"/cap/{message.identifier}.xml").status_code == 404
    assert client.get("/cap/old.1.xml").status_code == 200
    for path in ("/cap/none.xml", "/cap/..%2F..%2Fetc%2Fpasswd.xml", "/cap/feed.xml", "/cap/%00.xml"):
        assert client.get(path).status_code in {401, 404, 422}, path  # 401: no address of the feed, so not open to all
    assert client.get("/cap/feed.atom?lang=fr").status_code == 400


def test_an_exercise_cannot_end_a_real_warning(database: Database) -> None:
    fake = public("w1.9", MsgType.CANCEL, [FIRST.reference], sent=NOW, status=Status.EXERCISE)
    stranger = replace(public("x.1", MsgType.CANCEL, [FIRST.reference], sent=NOW), sender="other@x.invalid")
    say(database, FIRST, fake)
    say(database, stranger, alert="x")
    with database.transaction() as c:
        assert [m.identifier for m in active_cap_messages(c, NOW)] == ["w1.1"]


def test_readers_that_have_it_are_told_so(
    database: Database, database_url: str, web: Callable[..., httpx.Client]
) -> None:
    client = web(database_url)
    empty = client.get("/cap/feed.atom")
    say(database, FIRST)
    answer = client.get("/cap/feed.atom")
    tag, changed = answer.headers["etag"], answer.headers["last-modified"]
    assert changed == format_datetime(FIRST.sent, usegmt=True)
    assert empty.headers["etag"] != tag
    assert client.get("/cap/feed.atom", headers={"If-None-Match": f'W/{tag}, "x"'}).status_code == 304
    assert client.get("/cap/feed.atom", headers={"If-None-Match": empty.headers["etag"]}).status_code == 200
    assert client.get("/cap/feed.atom", headers={"If-Modified-Since": changed}).status_code == 304
    for since in ("Mon, 01 Jan 2001 00:00:00 GMT", "yesterday", ""):
        assert client.get("/cap/feed.atom", headers={"If-Modified-Since": since}).status_code == 200
    assert client.head("/cap/feed.atom").headers["etag"] == tag
    assert client.get("/cap/feed.atom?lang=en").headers["etag"] != tag


def test_the_address_and_the_switch_of_the_settings(
    database: Database, database_url: str, web: Callable[..., httpx.Client]
) -> None:
    say(database, FIRST)
    feed = web(database_url, public_url="https://ews.hue.invalid/").get("/cap/feed.atom").text
    assert "https://ews.hue.invalid/cap/w1.1.xml" in feed
    assert "127.0.0.1" not in feed
    off = web(database_url, cap_feed="off")
    assert off.get("/cap/feed.atom").status_code == 404
    assert off.get("/cap/w1.1.xml").status_code == 404


def test_publishing_again_changes_nothing_and_another_is_refused(database: Database) -> None:
    say(database, FIRST)
    say(database, FIRST)
    with database.transaction() as c:
        assert len(audit.entries(c)) == 1
    with pytest.raises(CapRefusedError, match="issued before"):
        say(database, public("w1.1", sent=NOW))


def test_a_faulty_message_is_not_issued(database: Database) -> None:
    faulty = [
        public("w2.1", MsgType.UPDATE, sent=NOW),
        public("w2.1", sent=NOW + HOUR),
        public("w2.1", sent=NOW, expires=NOW),
        public("w2.1", sent=NOW, texts={"vi": replace(TEXTS["vi"], description="<b>x</b>")}),
    ]
    for message in faulty:
        with pytest.raises(CapRefusedError, match="is not issued: line"):
            say(database, message)
    with database.transaction() as c:
        assert cap_messages_of(c, "w1") == []
        assert audit.entries(c) == []


def test_the_references_of_the_next_message(database: Database) -> None:
    with database.transaction() as c:
        assert earlier_messages(c, "w1", NOW) == ()
    say(database, FIRST, SECOND)
    with database.transaction() as c:
        assert earlier_messages(c, "w1", NOW) == (FIRST.reference, SECOND.reference)
        assert earlier_messages(c, "w1", NOW + 30 * HOUR) == (SECOND.reference,)


def _first(warning: str, press: Press) -> Announcement:
    """The first word of a warning to the public."""
    return Announcement(
        warning=warning,
        number=4,
        sent=NOW,
        msg_type=MsgType.ALERT,
        exercise=False,
        event=Event.FLOOD,
        severity=Severity.SEVERE,
        phase=Phase.OBSERVED,
        expires=NOW + 12 * HOUR,
        texts=TEXTS,
        areas=press.wards.areas(["19774"]),
    )


def test_a_sender_that_is_renamed_during_a_warning_goes_on_with_its_chain(database: Database) -> None:
    """Its first Alert stood beside its Update in the feed, and survived its Cancel."""
    old, new = (press_of(load_settings({}, cap_sender=f"{name}@example.vn")) for name in ("old", "new"))
    first = _first("w9", old)
    with database.transaction() as c:
        old.announce(c, first, "officer", NOW)
        new.announce(c, replace(first, number=5, msg_type=MsgType.UPDATE), "officer", NOW)
        assert [m.identifier for m in active_cap_messages(c, NOW + HOUR)] == ["w9.5"]
        new.announce(c, replace(first, number=6, msg_type=MsgType.CANCEL, because="over"), "officer", NOW)
        assert active_cap_messages(c, NOW + HOUR) == []


def test_what_officers_announce_is_a_chain(database: Database) -> None:
    press = press_of(load_settings({}, cap_sender="ews@example.vn"))
    first = _first("w7", press)
    update = replace(first, number=6, msg_type=MsgType.UPDATE, severity=Severity.EXTREME)
    end = replace(first, number=7, msg_type=MsgType.CANCEL, because="the water fell")
    drill = replace(first, warning="w8", exercise=True)
    with database.transaction() as c:
        said = [press.announce(c, step, "officer", NOW) for step in (first, update, drill)]
        assert [m.identifier for m in active_cap_messages(c, NOW + HOUR)] == ["w7.6"]
        said.append(press.announce(c, end, "officer", NOW))
        assert [press.announce(c, step, "officer", NOW + HOUR) for step in (first, update, drill, end)] == said
        assert active_cap_messages(c, NOW + HOUR) == []
        assert [(m.identifier, m.referenced) for m in cap_messages_of(c, "w7")] == [
            ("w7.4", ()),
            ("w7.6", ("w7.4",)),
            ("w7.7", ("w7.4", "w7.6")),
        ]
    assert [m.sent - NOW for m in said] == [timedelta(seconds=s) for s in (0, 1, 0, 2)]
    assert (said[2].status, said[2].scope) == ("Exercise", "Restricted")


def test_a_database_that_is_away_is_said(own_postgresql: EmbeddedServer, web: Callable[..., httpx.Client]) -> None:
    migrate(own_postgresql.url)
    client = web(own_postgresql.url)
    assert titles(client) == []
    own_postgresql.stop_immediately()
    assert until(lambda: client.get("/cap/feed.atom").status_code == 503)
    own_postgresql.start()
    assert until(lambda: client.get("/cap/feed.atom").status_code == 200)
