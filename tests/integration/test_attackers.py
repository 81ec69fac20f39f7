"""What somebody tries who has a leaked account, cookie or token, or nothing: over a real web process, each refused as it is meant."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import dash
import httpx
import pytest
from fastapi import FastAPI
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as open_socket

from dash_app import bounded_http, turns
from dash_app.guarded_socket import UNREADABLE
from domain import passwords
from domain.access_table import CALLBACKS, SCOPES, Role
from storage import api_tokens, people
from storage.database import Connection, Database
from storage.stations import sync_network
from tests.integration.test_the_gate import client_of, house
from tests.open_house import gauge
from tests.signing_in import COOKIE, session_cookie

__all__ = ["house"]
House = tuple[str, str, FastAPI]
CALLBACK = "/_dash-update-component"
GOOD = "con sông chảy về biển"
#: What no page sends as a value.
ODD: tuple[Any, ...] = (None, [], {}, 5, True, "\0", "../../etc/passwd", "x" * 5_000, [[1]], {"a": {"b": [1]}}, 1e308)


def stored(house: House, do: Any) -> Any:
    with Database(house[1], max_size=1) as database, database.transaction() as connection:
        return do(connection)


def asked(output: str, value: Any, otherwise: dict[str, Any] | None = None) -> dict[str, Any]:
    """A request for a callback as the pages send it, with one value everywhere."""
    entry = dash.get_app().callback_map[output]
    names = [] if entry["no_output"] else output.removeprefix("..").removesuffix("..").split("...")
    filled = [dict(zip(("id", "_", "property"), name.rpartition("."), strict=True)) for name in names]
    outputs = [{"id": one["id"], "property": one["property"]} for one in filled]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") or not outputs else outputs[0],
        "inputs": [one | {"value": value} for one in entry["inputs"]],
        "state": [one | {"value": value} for one in entry["state"]],
        "changedPropIds": [],
    } | (otherwise or {})


def test_no_request_for_a_callback_ends_in_a_500(house: House) -> None:
    """Dash trusts its pages: what they do not send is refused before it, and what is let through is answered."""
    outputs = [name for name, entry in dash.get_app().callback_map.items() if entry.get("callback") is not None]
    assert len(outputs) == len(CALLBACKS)
    with client_of(house, Role.OFFICER) as client:
        for output in outputs:
            for value in ODD:
                assert client.post(CALLBACK, json=asked(output, value)).status_code in {200, 204, 400}, (output, value)
            other = [{"id": "quan-tri", "property": "data", "value": 1}]
            for wrong in (
                {"inputs": 5},
                {"inputs": other * 3},
                {"outputs": other},
                {"outputs": 5},
                {"changedPropIds": 5},
                {"state": [{"id": {"type": "x"}, "property": "y"}]},
                {"output": [output]},
            ):
                answer = client.post(CALLBACK, json=asked(output, None, wrong))
                assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), wrong
        for body in (b"[" * 200_000, b'{"a":' * 900 + b"1" + b"}" * 900, b'{"output":"\xff"}', b"null", b""):
            answer = client.post(CALLBACK, content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 400, body[:20]


def test_a_socket_ends_at_the_first_message_that_no_page_sends(house: House) -> None:
    address, cookie = house[0], session_cookie(house[1], Role.VIEWER)
    where, headers = address.replace("http", "ws") + "/tin-moi", {"Cookie": f"{COOKIE}={cookie}"}

    def ends(message: str | bytes) -> int:
        with open_socket(where, origin=address, additional_headers=headers, open_timeout=30) as opened:  # type: ignore[arg-type]
            try:
                opened.send(message)
                while True:
                    opened.recv(timeout=30)
            except ConnectionClosed as closed:
                return 0 if closed.rcvd is None else int(closed.rcvd.code)

    for wrong in ("[" * 200_000, "[]", "5", "", b"{}", '{"lang": 5}', '{"lang": "vi", "seen": [1]}'):
        assert ends(wrong) == UNREADABLE, wrong[:20]


def raw(house: House, *pieces: bytes) -> bytes:
    """What a connection answers to bytes, until it is closed."""
    host, port = house[0].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        found = b""
        try:
            for piece in pieces:
                connection.sendall(piece)
            while piece := connection.recv(65_536):
                found += piece
        except ConnectionError:
            pass  # it was shut while we were still sending
        return found


def test_heads_without_end_and_without_haste_are_cut_off(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    few, many = b"X: " + b"a" * 30_000 + b"\r\n", b"X: " + b"a" * 60_000 + b"\r\n"
    assert raw(house, begun, few, b"Connection: close\r\n\r\n").startswith(b"HTTP/1.1 200")
    endless = raw(house, begun, *[many] * 30)
    assert endless == b"" or endless.startswith(b"HTTP/1.1 431")
    assert b"200 OK" not in raw(house, b"GET /healthz?" + b"a" * 3_000_000 + b" HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert raw(house, b"GET /\xff\x00 HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400")
    monkeypatch.setattr(bounded_http, "LONGEST_HEAD_S", 0.2)
    for slow in (b"", b"GET /healthz HT", begun):
        assert raw(house, slow) == b""


def test_a_form_that_no_page_sends_is_refused_by_its_field(house: House) -> None:
    with httpx.Client(base_url=house[0], headers={"Origin": house[0]}, timeout=60) as client:
        for content, said in (
            (b"ten=a%00b&mat_khau=x", "ten"),
            (b"ten=a&ten=b", "ten"),
            (b"&".join(b"f%d=1" % n for n in range(60)), "50 fields"),
        ):
            answer = client.post("/vao", content=content, headers={"Content-Type": "application/x-www-form-urlencoded"})
            assert (answer.status_code, said in answer.json()["detail"]) == (400, True), answer.text
        assert client.post("/vao", json={"ten": "lan"}).status_code == 415
        assert client.post("/vao", data={"ten": "lan' or 1=1 --", "mat_khau": "x" * 100_000}).status_code == 401


def test_a_crowd_at_the_sign_in_is_asked_to_come_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_MOST_WAITING", -turns._AT_ONCE)
    given = {"ten": "lan", "mat_khau": "x"}
    answer = httpx.post(house[0] + "/vao?lang=en", data=given, headers={"Origin": house[0]}, timeout=60)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    assert "Try again in a few seconds" in answer.text
    cookies = {COOKIE: session_cookie(house[1], Role.VIEWER)}
    with httpx.Client(base_url=house[0], cookies=cookies, headers={"Origin": house[0]}, timeout=60) as client:
        assert client.get("/toi").status_code == 200
        assert client.post("/mat-khau", data={"cu": "x", "moi": GOOD, "lai": GOOD}).status_code == 429


def test_many_tries_at_once_are_no_more_than_one_after_the_other(house: House) -> None:
    made = people.Person(name="nga", shown="Nga", role=Role.VIEWER, password_hash=passwords.hashed(GOOD))
    stored(house, lambda c: people.add_person(c, made, by="test"))
    codes: list[int] = []

    def guess(number: int) -> None:
        data = {"ten": "nga", "mat_khau": f"sai {number}"}
        codes.append(httpx.post(house[0] + "/vao", data=data, headers={"Origin": house[0]}, timeout=60).status_code)

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [401] * 5 + [429] * 15


def test_a_cookie_does_not_tell_the_password_it_was_made_with(house: House) -> None:
    made = people.Person(name="tam", shown="Tâm", role=Role.OFFICER, password_hash=passwords.hashed(GOOD))
    stored(house, lambda c: people.add_person(c, made, by="test"))
    cookies = {COOKIE: session_cookie(house[1], Role.OFFICER, "tam")}
    with httpx.Client(base_url=house[0], cookies=cookies, headers={"Origin": house[0]}, timeout=60) as client:
        new = {"moi": "sóng vỗ bờ cát trắng", "lai": "sóng vỗ bờ cát trắng"}
        codes = [client.post("/mat-khau", data={"cu": f"sai {n}", **new}).status_code for n in range(6)]
        assert codes == [422] * 5 + [429]
        assert client.post("/mat-khau", data={"cu": GOOD, **new}).status_code == 429


@pytest.fixture
def partners(house: House) -> Iterator[tuple[httpx.Client, httpx.Client, str]]:
    """Who sees every station, who sees one, and the id of the second's token."""
    now = datetime.now(UTC)

    def give(connection: Connection) -> list[tuple[Any, str]]:
        sync_network(connection, [gauge("kim_long"), gauge("phu_oc")])
        day = timedelta(days=1)
        return [
            api_tokens.add_token(connection, "evn", SCOPES, now=now, lasts=day, by="test", stations=shared)
            for shared in (None, ["kim_long"])
        ]

    (_, whole), (token, part) = stored(house, give)
    whole_client, part_client = (
        httpx.Client(base_url=house[0], headers={"Authorization": f"Bearer {text}"}, timeout=60)
        for text in (whole, part)
    )
    with whole_client, part_client:
        yield whole_client, part_client, token.id


def test_what_is_kept_for_one_partner_is_not_given_to_another(
    house: House, partners: tuple[httpx.Client, httpx.Client, str]
) -> None:
    whole, part, token = partners
    for path in ("/api/v1/latest", "/api/v1/stations", "/api/sta/v1.1/Things"):
        for _ in range(300):  # a new station is there after a few seconds
            everything = whole.get(path)
            if "phu_oc" in everything.text:
                break
            threading.Event().wait(0.2)
        for _ in range(2):  # read anew, and from memory
            answer = part.get(path, headers={"If-None-Match": everything.headers["etag"]})
            assert answer.status_code == 200, path
            assert "kim_long" in answer.text
            assert "phu_oc" not in answer.text
            assert "phu_oc" in whole.get(path).text
        assert {"Authorization", "Cookie"} <= set(answer.headers["vary"].split(", "))
        assert "private" in answer.headers["cache-control"]
    tag = part.get("/api/v1/latest").headers["etag"]
    stored(house, lambda c: api_tokens.revoke_token(c, token, datetime.now(UTC), by="test"))
    for _ in range(200):  # what is changed elsewhere is believed for two seconds more
        answer = part.get("/api/v1/latest", headers={"If-None-Match": tag})
        if answer.status_code == 401:
            break
        threading.Event().wait(0.1)
    assert answer.status_code == 401


def test_the_page_for_everybody_depends_on_its_address_alone(house: House) -> None:
    plain = httpx.get(house[0] + "/cong-khai", timeout=60)
    odd = {"X-Forwarded-Host": "evil.example", "Accept-Language": "en", "Cookie": "ews-language=en; ews_session=x"}
    for headers in (odd, {"Host": "evil.example"}, {"Authorization": "Basic eDp5"}, {"X-Original-URL": "/quan-tri"}):
        other = httpx.get(house[0] + "/cong-khai", headers=headers, timeout=60)
        assert "evil.example" not in other.text
        assert '<html lang="vi">' in other.text
        assert "set-cookie" not in other.headers
    assert plain.headers["cache-control"].startswith("public")


def test_no_address_leads_out_of_the_folders_that_are_served(house: House) -> None:
    for role in (None, Role.ADMINISTRATOR):
        with client_of(house, role) as client:
            for path in (
                "/assets/..%2f..%2fpyproject.toml",
                "/assets/%2e%2e/application.py",
                "/_dash-component-suites/dash/..%2f..%2fdash%2fdash.py",
                "/_dash-component-suites/os/path.py",
                "/geo/..%2f..%2fstations.geojson",
                "/symbols/..%2f..%2fx.svg",
                "/tram/..%2f..%2fetc/so-lieu.csv",
                "/kiem-chung/..%2fx.svg",
            ):
                answer = client.get(path)
                assert answer.status_code in {303, 401, 404}, path
                assert "import" not in answer.text or "_dash-config" in answer.text, path


def test_files_refuse_what_they_would_ignore(house: House) -> None:
    with client_of(house, Role.ADMINISTRATOR) as client:
        for path, field in (
            ("/tram/kim_long/so-lieu.csv?dayz=3", "dayz"),
            ("/tram/kim_long/so-lieu.csv?days=3&days=4", "days"),
            ("/kiem-chung.csv?from=1", "from"),
            ("/kiem-chung.json?days=1&days=2", "days"),
        ):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), path
            assert answer.json()["field"] == field
        assert client.get("/tram/kim_long/so-lieu.csv?days=3").status_code in {200, 404}
