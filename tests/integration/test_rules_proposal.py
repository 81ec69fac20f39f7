"""Changed rules on the page: written, refused with the reason, tried over stored history, adopted with who and why."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest

from dash_app.application import run
from domain.access_table import Role
from domain.network import load_network
from domain.settings import load_settings
from storage import audit, rule_sets, stations
from storage.database import Database
from tests.conftest import TemplateServer
from tests.ports import free_port
from tests.signing_in import signed_in_client

ADDRESS = "/quy-tac/sua"


@pytest.fixture(scope="module")
def web(database_servers: Any) -> Iterator[tuple[str, str]]:
    """A web process: its address and its database, with one gauge."""
    server: TemplateServer = database_servers("postgresql")
    with server.database() as url:
        with Database(url, max_size=1) as database, database.transaction() as c:
            stations.sync_network(c, [load_network(load_settings({}).config_dir).stations["kim_long"]])
        stop, ready, port = threading.Event(), threading.Event(), free_port()
        arguments = (load_settings({}, http_port=port), url, "mqtt://127.0.0.1:1", stop)
        thread = threading.Thread(target=run, args=arguments, kwargs={"ready": ready.set}, daemon=True)
        thread.start()
        assert ready.wait(60)
        yield f"http://127.0.0.1:{port}", url
        stop.set()
        thread.join(20)


def _text(answer: httpx.Response) -> str:
    found = re.search(r"<textarea[^>]*>\n(.*)</textarea>", answer.text, re.DOTALL)
    assert found is not None
    return unescape(found.group(1))


def _field(answer: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', answer.text)
    assert found is not None, name
    return found.group(1)


def test_rules_are_proposed_tried_and_adopted_on_the_page(web: tuple[str, str]) -> None:
    address, url = web
    with signed_in_client(url, address, Role.OFFICER, timeout=300) as client:
        opened = client.get(ADDRESS)
        text, base = _text(opened), _field(opened, "so")
        assert base == "0"
        assert 'name = "stage"' in text

        def send(viec: str, content: str, **more: str) -> httpx.Response:
            return client.post(ADDRESS, data={"viec": viec, "so": base, "van_ban": content} | more)

        faulty = send("thu", text.replace("clear_ratio = 0.8", "clear_ratio = 8"))
        assert faulty.status_code == 422
        assert "clear_ratio" in faulty.text
        assert "clear_ratio = 8" in _text(faulty), "what was written is not lost"
        stranger = send("thu", text.replace('where = "phu_oc"', 'where = "phu_ok"'))
        assert (stranger.status_code, "phu_ok" in stranger.text) == (422, True)
        assert send("thu", text).status_code == 409, "nothing was changed"

        english = client.post(ADDRESS, data={"doi": "en", "lang": "vi", "so": base, "van_ban": "my words"})
        assert _text(english) == "my words", "another language loses nothing"
        assert [_field(english, "lang"), _field(client.get(f"{ADDRESS}?lang=en"), "lang"), _field(opened, "lang")] == [
            "en",
            "en",
            "vi",
        ]
        changed = text.replace("clear_ratio = 0.8", "clear_ratio = 0.7")
        assert changed != text
        tried = send("thu", changed)
        assert tried.status_code == 200
        assert "+clear_ratio = 0.7" in tried.text
        assert "in force" in tried.text, "the table of ews rules backtest"
        mark = _field(tried, "da_thu")

        assert send("ap_dung", changed, ly_do="why").status_code == 409, "not tried"
        assert send("ap_dung", changed + "\n", ly_do="why", da_thu=mark).status_code == 409, "another text was tried"
        assert send("ap_dung", changed, ly_do=" ", da_thu=mark).status_code == 409, "no reason"
        with Database(url, max_size=1) as database, database.transaction() as c:
            assert rule_sets.newest_number(c) == 0
        adopted = send("ap_dung", changed, ly_do="fewer night calls", da_thu=mark)
        assert adopted.status_code == 303
        assert send("ap_dung", changed, ly_do="again", da_thu=mark).status_code == 409, "others are in force by now"
    with Database(url, max_size=1) as database, database.transaction() as c:
        (stored,) = rule_sets.rule_sets(c)
        (noted,) = audit.entries(c, subject="rules 1")
    assert (stored.content, stored.adopted_by, stored.reason) == (changed, "test_officer", "fewer night calls")
    assert (noted.actor, noted.action) == ("test_officer", "rules_adopted")


def test_the_form_opens_with_the_text_of_an_older_version_and_replaces_the_newest(web: tuple[str, str]) -> None:
    address, url = web
    with Database(url, max_size=1) as database, database.transaction() as c:
        older = rule_sets.adopt(c, person="x", reason="x", content="# older\n", difference="")
        newest = rule_sets.adopt(c, person="x", reason="x", content="# newest\n", difference="")
    with signed_in_client(url, address, Role.OFFICER) as client:
        opened = client.get(f"{ADDRESS}?ban={older}")
        assert (_text(opened), _field(opened, "so")) == ("# older\n", str(newest))
        assert _text(client.get(f"{ADDRESS}?ban={newest + 7}")) == "# newest\n"
        assert client.get(f"{ADDRESS}?ban=-1").status_code == 400


@pytest.mark.parametrize("role", [Role.VIEWER, Role.COMMITTEE])
def test_who_may_only_look_changes_no_rule(web: tuple[str, str], role: Role) -> None:
    address, url = web
    with signed_in_client(url, address, role) as client:
        assert client.get(ADDRESS).status_code == 403
        assert client.post(ADDRESS, data={"viec": "ap_dung", "van_ban": "x"}).status_code == 403
