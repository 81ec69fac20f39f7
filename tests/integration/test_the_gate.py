"""The one table against everything that is registered: each role and none asks each route, callback and the socket."""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, cast

import dash
import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Mount
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect as open_socket

from dash_app.application import create_app, run
from dash_app.routes import Place
from domain.access_table import CALLBACKS, NOBODY, PAGES, RIGHTS, ROUTES, SCOPES, Right, Role
from domain.settings import load_settings
from domain.words import LANGUAGES, say
from storage import api_tokens
from storage.database import Database
from storage.stations import sync_network
from tests.conftest import TemplateServer
from tests.open_house import gauge
from tests.ports import free_port
from tests.signing_in import COOKIE, session_cookie

PEOPLE = [role for role in Role if role is not Role.SERVICE]
#: Each role, programs by each scope of their tokens, and nobody.
Who = Role | Right | None
EVERYBODY: list[Who] = [*PEOPLE, *sorted(SCOPES), None]
#: Signing out would end the session of the walk; it is asked last, by itself.
LEAVES = ("POST", "/ra")


def registered(server: FastAPI) -> set[tuple[str, str]]:
    """Method and address of every route, nested routers too; HEAD stands under GET."""
    found: set[tuple[str, str]] = set()

    def walk(routes: Any, above: str = "") -> None:
        for route in routes:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                walk(inner.routes, above)
            elif isinstance(route, Mount) and isinstance(route.app, FastAPI):
                walk(route.app.router.routes, above + route.path)
            elif isinstance(route, Mount):
                found.add(("GET", f"{above}{route.path}/{{path:path}}"))
            elif getattr(route, "methods", None) is None:
                found.add(("WEBSOCKET", above + route.path))
            else:
                found.update((method, above + route.path) for method in route.methods - {"HEAD", "OPTIONS"})

    walk(server.router.routes)
    return found


@pytest.fixture(scope="module")
def house(database_servers: Any) -> Iterator[tuple[str, str, FastAPI]]:
    """A web process: its address, its database, and the same application unserved."""
    server: TemplateServer = database_servers("postgresql")
    with server.database() as url:
        stop, ready, port = threading.Event(), threading.Event(), free_port()
        provider = {"oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": "ews", "oidc_client_secret": "secret"}
        settings = load_settings({}, http_port=port, public_view="on", **provider)
        app = create_app(settings, url, "mqtt://127.0.0.1:1")
        arguments = (settings, url, "mqtt://127.0.0.1:1", stop)
        thread = threading.Thread(target=run, args=arguments, kwargs={"ready": ready.set}, daemon=True)
        thread.start()
        assert ready.wait(60)
        yield f"http://127.0.0.1:{port}", url, app
        stop.set()
        thread.join(20)
        app.state.feed._database.close()
        app.state.entrance.close()
        app.state.giving.close()


def test_every_route_page_and_callback_is_named_in_the_table(house: tuple[str, str, FastAPI]) -> None:
    routes = registered(house[2])
    assert routes - set(ROUTES) == set(), "routes that the table does not name"
    assert set(ROUTES) - routes == set(), "the table names routes that are gone"
    assert {place.value for place in Place} <= set(PAGES)
    functions = [entry.get("callback") for entry in dash.get_app().callback_map.values()]
    assert {function.__qualname__ for function in functions if function is not None} == set(CALLBACKS)


def asked(path: str) -> str:
    """An address of a route with something in its places."""
    return re.sub(r"{[^}]*}", "nothing", path)


def is_let_in(answer: httpx.Response) -> bool:
    """Whether the gate let a request through to what may then find nothing, or nothing it understands."""
    return answer.status_code not in {401, 403} and "/vao" not in answer.headers.get("location", "")


def rights_of(who: Who) -> frozenset[Right]:
    if who is None:
        return NOBODY
    return RIGHTS[who] if isinstance(who, Role) else RIGHTS[Role.SERVICE] | {who}


def shown_by(url: str, who: Who) -> dict[str, str]:
    """The header by which somebody is known."""
    if who is None:
        return {}
    if isinstance(who, Role):
        return {"Cookie": f"{COOKIE}={session_cookie(url, who)}"}
    day = timedelta(days=1)
    with Database(url, max_size=1) as database, database.transaction() as connection:
        _, text = api_tokens.add_token(connection, "walk", [who], now=datetime.now(UTC), lasts=day, by="test")
    return {"Authorization": f"Bearer {text}"}


def client_of(house: tuple[str, str, FastAPI], who: Who) -> httpx.Client:
    return httpx.Client(base_url=house[0], headers={"Origin": house[0]} | shown_by(house[1], who), timeout=60)


@pytest.mark.parametrize("who", EVERYBODY)
def test_each_role_and_nobody_reach_what_the_table_says_and_nothing_else(
    house: tuple[str, str, FastAPI], who: Who
) -> None:
    rights = rights_of(who)
    walked = [(method, path, right) for (method, path), right in ROUTES.items() if method != "WEBSOCKET"]
    walked += [("GET", place + ("/kim_long" if place == "/tram" else ""), right) for place, right in PAGES.items()]
    with client_of(house, who) as client:
        for method, path, right in walked:
            if (method, path) == LEAVES or path == "/_dash-update-component" or (method, path) == ("POST", "/vao"):
                continue
            answer = client.request(method, asked(path), follow_redirects=False)
            assert is_let_in(answer) is (right in rights), (method, path, answer.status_code)
            assert answer.status_code < 500 or path == "/healthz", (method, path, answer.text[:200])


@pytest.mark.parametrize("who", EVERYBODY)
def test_each_callback_and_the_socket_are_open_to_the_roles_of_the_table(
    house: tuple[str, str, FastAPI], who: Who
) -> None:
    rights, shown = rights_of(who), shown_by(house[1], who)
    callbacks = {
        output: CALLBACKS[entry["callback"].__qualname__]
        for output, entry in dash.get_app().callback_map.items()
        if entry.get("callback") is not None
    }
    with httpx.Client(base_url=house[0], headers={"Origin": house[0]} | shown, timeout=60) as client:
        for output, right in callbacks.items():
            if right in rights:
                continue  # those that may are asked by every browser test
            answer = client.post("/_dash-update-component", json={"output": output, "inputs": []})
            assert answer.status_code == (401 if who is None else 403), output
    assert answer_of_socket(house[0], shown) == ("changes" if Right.LOOK in rights else "403")


def answer_of_socket(address: str, headers: dict[str, str]) -> str:
    """What a socket says that asks for the whole overview: changes, or the status or code with which it is refused."""
    where = address.replace("http", "ws") + "/tin-moi"
    try:
        with open_socket(where, origin=address, additional_headers=headers, open_timeout=30) as socket:  # type: ignore[arg-type]
            socket.send('{"lang": "vi", "seen": ""}')
            return next(iter(json.loads(gzip.decompress(cast("bytes", socket.recv(timeout=30)))).keys() & {"changes"}))
    except InvalidStatus as refused:
        return str(refused.response.status_code)
    except ConnectionClosed as closed:
        return "" if closed.rcvd is None else str(closed.rcvd.code)


def test_a_request_from_another_site_changes_nothing(house: tuple[str, str, FastAPI]) -> None:
    with client_of(house, Role.OFFICER) as client:
        for origin in ("https://evil.example", "null", house[0] + ".evil.example"):
            for path in ("/ra", "/mat-khau", "/_dash-update-component", "/vao"):
                assert client.post(path, headers={"Origin": origin}).status_code == 403, (origin, path)
        assert client.get("/toi").json()["role"] == "officer"
        bare = httpx.post(house[0] + "/ra", cookies={COOKIE: session_cookie(house[1])}, timeout=60)
        assert bare.status_code == 403
        there, cookie = house[0].replace("http", "ws") + "/tin-moi", {"Cookie": client.headers["Cookie"]}
        with pytest.raises(InvalidStatus) as refused:
            open_socket(there, origin="https://evil.example", additional_headers=cookie, open_timeout=30)  # type: ignore[arg-type]
        assert refused.value.response.status_code == 403


def test_bad_requests_get_the_answer_that_is_meant(house: tuple[str, str, FastAPI]) -> None:
    with client_of(house, Role.VIEWER) as client:
        callback = "/_dash-update-component"
        assert client.post(callback, content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
        assert client.post(callback, content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
        assert client.post("/mat-khau", json={"cu": "x"}).status_code == 415
        for method, path, allowed in (("POST", "/toi", "GET"), ("PUT", "/vao", "GET, POST"), ("GET", "/ra", "POST")):
            told = client.request(method, path)
            assert (told.status_code, told.headers["allow"]) == (405, allowed), path
        assert client.get("/api/v2/latest").json()["status"] == 404
        unread = client.get("/kiem-chung.csv?days=0")
        assert (unread.status_code, unread.json()["field"]) == (400, "days")
        assert client.post(callback, json={"output": "no.such"}).status_code == 400
        assert client.post(callback, json=[1]).status_code == 400
        too_long = client.post(callback, content=b"x" * 1_100_000)
        assert too_long.status_code == 413
        assert too_long.headers["content-type"] == "application/problem+json"
        assert client.post("/canh-bao").status_code == 403
        nowhere = client.get("/nowhere/at/all", headers={"Accept": "text/html"})
        assert (nowhere.status_code, "_dash-config" in nowhere.text) == (404, True)
        refused = client.get("/metrics")
        assert (refused.status_code, refused.json()["status"]) == (403, 403)
        assert client.post("/ra").headers["location"] == "/vao"
        assert client.get("/toi").status_code == 401
    page = httpx.get(house[0] + "/tram/kim_long", headers={"Accept": "text/html"}, timeout=60)
    assert (page.status_code, page.headers["location"]) == (303, "/vao?sau=/tram/kim_long")


def test_the_way_to_the_sign_in_and_back_keeps_moment_and_language(house: tuple[str, str, FastAPI]) -> None:
    asked = "/tram/kim_long?luc=2025-10-27T06:00:00%2B07:00&lang=en"
    with httpx.Client(base_url=house[0], headers={"Accept": "text/html"}, timeout=60) as client:
        way = client.get(asked)
        assert (way.status_code, way.headers["location"].partition("?")[0]) == (303, "/vao")
        form = client.get(way.headers["location"]).text
        back = re.search(r'name="sau" value="([^"]*)"', form)
        assert back is not None
        assert unescape(back.group(1)) == asked


def test_a_form_that_is_sent_after_its_session_has_ended_says_how_to_send_it_again(
    house: tuple[str, str, FastAPI],
) -> None:
    with httpx.Client(base_url=house[0], headers={"Accept": "text/html"}, timeout=60) as client:
        for path in ("/quy-tac/sua", "/quan-tri", "/mat-khau"):
            told = client.post(path, data={"van_ban": "x"})
            assert (told.status_code, told.headers["content-type"]) == (401, "text/html; charset=utf-8"), path
            for language in LANGUAGES:
                assert say("ui.access.over", language) in unescape(told.text)
            assert 'href="/vao" target="_blank"' in told.text
        assert client.post("/ra").headers["location"].startswith("/vao"), "who is out already has nothing to send again"
        program = client.post("/quan-tri", headers={"Accept": "application/json"})
        assert (program.status_code, program.json()["status"]) == (401, 401)


def test_a_token_reaches_what_its_scopes_say(house: tuple[str, str, FastAPI]) -> None:
    from datetime import UTC, datetime, timedelta

    now = datetime.now(UTC)
    with Database(house[1], max_size=1) as database, database.transaction() as connection:
        token, text = api_tokens.add_token(
            connection, "Prometheus", [Right.METRICS], now=now, lasts=timedelta(days=1), by="test"
        )
    with httpx.Client(base_url=house[0], headers={"Authorization": f"Bearer {text}"}, timeout=60) as client:
        assert "python_info" in client.get("/metrics").text
        for path in ("/", "/toi", "/kiem-chung.json", "/_dash-layout"):
            assert client.get(path).status_code == 403, path
        assert client.post("/_dash-update-component", json={"output": "screen.data"}).status_code == 403
        with Database(house[1], max_size=1) as database, database.transaction() as connection:
            api_tokens.revoke_token(connection, token.id, now, by="test")
        house_rule = httpx.get(house[0] + "/metrics", headers={"Authorization": f"Bearer {text}x"}, timeout=60)
        assert house_rule.status_code == 401


def test_a_token_opens_what_it_is_for_at_the_stations_it_names(house: tuple[str, str, FastAPI]) -> None:
    address, url, _ = house
    now, scopes = datetime.now(UTC), {Right.STATIONS, Right.OBSERVATIONS}
    with Database(url) as database, database.transaction() as connection:
        sync_network(connection, [gauge("kim_long"), gauge("phu_oc")])
        _, text = api_tokens.add_token(
            connection, "hydromet", scopes, now=now, lasts=timedelta(days=1), by="test", stations=["kim_long"]
        )
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {text}"}, timeout=60) as client:
        until = time.monotonic() + 60  # a new station is there after a few seconds
        while not (found := client.get("/api/v1/stations").json()["features"]) and time.monotonic() < until:
            time.sleep(0.2)
        assert [one["id"] for one in found] == ["kim_long"]
        assert client.get("/api/v1/observations?station=kim_long").status_code == 200
        assert client.get("/api/v1/observations?station=phu_oc").status_code == 404
        assert client.get("/api/v1/forecasts?station=kim_long").status_code == 403
    assert httpx.get(f"{address}/api/v1/latest", timeout=60).status_code == 401
