"""Signing in by password, by code and by an identity provider, over a real web process: what opens, what does not, what ends."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from dash_app.application import run
from dash_app.headers import content_policy
from domain import passwords
from domain.access_table import Role
from domain.settings import load_settings
from storage import audit, people, sessions
from storage.database import Connection, Database
from tests.conftest import _wait_for_port
from tests.ports import free_port
from tests.signing_in import session_cookie

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
GOOD = "con sông chảy về biển"


@contextmanager
def web_process(url: str, **settings: Any) -> Iterator[str]:
    """The address of a web process."""
    stop, ready, port = threading.Event(), threading.Event(), free_port()
    chosen = load_settings({}, http_port=port, **settings)
    arguments = (chosen, url, "mqtt://127.0.0.1:1", stop)
    thread = threading.Thread(target=run, args=arguments, kwargs={"ready": ready.set}, daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        thread.join(20)


Visit = Callable[..., httpx.Client]


@pytest.fixture
def visit() -> Iterator[Visit]:
    """Clients that speak as browsers do."""
    with ExitStack() as stack:

        def client(address: str, **more: Any) -> httpx.Client:
            made = httpx.Client(base_url=address, timeout=60, **({"headers": {"Origin": address}} | more))
            return stack.enter_context(closing(made))

        yield client


def stored(database: Database, do: Callable[[Connection], Any]) -> Any:
    with database.transaction() as connection:
        return do(connection)


def enter(client: httpx.Client, name: str, password: str, **more: str) -> httpx.Response:
    return client.post("/vao", data={"ten": name, "mat_khau": password, **more})


def deeds(database: Database) -> list[tuple[str, str]]:
    return [(e.actor, e.action) for e in reversed(stored(database, lambda c: audit.entries(c, limit=50)))]


def test_the_first_administrator_must_choose_a_password(
    database: Database, visit: Visit, capfd: pytest.CaptureFixture[str]
) -> None:
    with web_process(database.url) as address:
        client, printed = visit(address), ""
        for _ in range(600):
            printed += capfd.readouterr().err
            if "one-time password " in printed:
                break
            threading.Event().wait(0.1)
        given = printed.split("one-time password ")[1].split()[0]
        assert given not in stored(database, people.persons)[0].password_hash
        assert enter(client, "quan_tri", "sai").status_code == 401
        assert enter(client, "quan_tri", given, sau="//evil.example/").headers["location"] == "/"
        assert client.get("/", headers={"Accept": "text/html"}).headers["location"] == "/mat-khau"
        assert client.get("/quan-tri").status_code == 403
        assert client.get("/_dash-layout").status_code == 403
        for new, again in ((GOOD, "khác"), ("ngắn", "ngắn"), ("quan_tri và sông Hương",) * 2, (given, given)):
            refused = client.post("/mat-khau", data={"cu": given, "moi": new, "lai": again})
            assert refused.status_code == 422, new
        elsewhere = visit(address, cookies=dict(client.cookies))
        assert client.post("/mat-khau", data={"cu": given, "moi": GOOD, "lai": GOOD}).headers["location"] == "/"
        assert client.get("/toi").json()["role"] == "administrator"
        assert elsewhere.get("/toi").status_code == 401  # every other session ended
        assert enter(visit(address), "quan_tri", given).status_code == 401
        assert deeds(database)[:2] == [("web", "account_made"), ("quan_tri", "signed_in")]
        assert ("quan_tri", "password_set") in deeds(database)


def test_guessing_is_held_up_and_its_owner_is_not(database: Database, visit: Visit) -> None:
    person = people.Person(name="lan", shown="Lan", role=Role.VIEWER, password_hash=passwords.hashed(GOOD))
    stored(database, lambda c: people.add_person(c, person, by="test"))
    with web_process(database.url, trusted_proxies="127.0.0.1") as address:
        stranger = visit(address, headers={"Origin": address, "X-Forwarded-For": "203.0.113.9"})
        assert [enter(stranger, "lan", f"sai {n}").status_code for n in range(6)] == [401] * 5 + [429]
        held = enter(stranger, "lan", GOOD)
        assert held.status_code == 429
        assert 0 < int(held.headers["retry-after"]) <= 900
        owner = visit(
            address,
            headers={
                "Origin": address.replace("http:", "https:"),
                "X-Forwarded-Proto": "https",
                "X-Forwarded-For": "198.51.100.1",
            },
        )
        opened = enter(owner, "Lan ", GOOD, sau="/canh-bao")
        assert opened.headers["location"] == "/canh-bao"
        cookie = opened.headers["set-cookie"]
        assert cookie.startswith("__Host-ews_session=")
        assert all(part in cookie for part in ("; Secure", "; HttpOnly", "; SameSite=lax", "; Path=/"))
        assert "max-age=" in opened.headers["strict-transport-security"]
        tls, own = {"X-Forwarded-Proto": "https"}, cookie.partition(";")[0].partition("=")[2]
        assert visit(address, headers=tls | {"Cookie": f"__Host-ews_session={own}"}).get("/toi").status_code == 200
        # A neighbour of the host can set this one, and not the other; without TLS there is no other.
        planted = {"Cookie": f"ews_session={session_cookie(database.url)}"}
        assert visit(address, headers=tls | planted).get("/toi").status_code == 401
        assert visit(address, headers=planted).get("/toi").status_code == 200
        # A page of this host that came without TLS may be somebody's on the way.
        plain = {"Origin": address, "Cookie": f"__Host-ews_session={own}"}
        assert visit(address, headers=tls | plain).post("/ra").status_code == 403
        over_tls = plain | {"Origin": address.replace("http:", "https:")}
        assert visit(address, headers=tls | over_tls).post("/ra").status_code == 303
    with web_process(database.url) as address:  # nobody's word is believed: no TLS here
        told = visit(address, headers={"Origin": address, "X-Forwarded-Proto": "https"})
        assert enter(told, "lan", GOOD).headers["set-cookie"].startswith("ews_session=")


def test_sessions_outlive_a_restart_and_end_when_they_should(database: Database, visit: Visit) -> None:
    cookie = session_cookie(database.url, Role.OFFICER)
    for _ in range(2):
        with web_process(database.url) as address:
            assert visit(address, cookies={"ews_session": cookie}).get("/toi").json()["role"] == "officer"
    with web_process(database.url) as address:
        client = visit(address, cookies={"ews_session": cookie})
        stored(database, lambda c: people.set_role(c, "test_officer", Role.VIEWER, by="test"))
        assert settled(lambda: client.get("/toi").json()["role"] == "viewer")
        stored(database, lambda c: people.disable(c, "test_officer", datetime.now(UTC), by="test"))
        assert settled(lambda: client.get("/toi").status_code == 401)
        stored(database, lambda c: people.disable(c, "test_officer", None, by="test"))
        assert client.get("/toi").status_code == 401  # opened again, the old session stays ended
    now = datetime.now(UTC)
    made = session_cookie(database.url, Role.VIEWER)
    found = lambda at, idle: stored(database, lambda c: sessions.find_session(c, made, now=at, idle=idle))  # noqa: E731
    assert found(now, timedelta(hours=1)) is not None
    assert found(now + timedelta(hours=2), timedelta(hours=1)) is None
    assert found(now + timedelta(hours=13), timedelta(days=9)) is None


def settled(check: Callable[[], bool]) -> bool:
    """Whether it comes true: what is changed elsewhere is believed for two seconds more."""
    for _ in range(200):
        if check():
            return True
        threading.Event().wait(0.1)
    return False


def test_a_code_opens_once_and_on_this_machine_alone(database: Database, visit: Visit) -> None:
    person = people.Person(name="an", shown="An", role=Role.ADMINISTRATOR)
    stored(database, lambda c: people.add_person(c, person, by="test"))
    hour = timedelta(hours=1)
    code = stored(database, lambda c: sessions.add_code(c, "an", now=datetime.now(UTC), lasts=hour, by="test"))
    over = stored(
        database, lambda c: sessions.add_code(c, "an", now=datetime.now(UTC) - 2 * hour, lasts=hour, by="test")
    )
    with web_process(database.url) as address:
        client = visit(address)
        assert client.get(f"/vao?ma={code}", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403
        assert client.get(f"/vao?ma={over}").status_code == 401
        assert client.get(f"/vao?ma={code}").headers["location"] == "/"
        assert client.get("/toi").json()["name"] == "an"
        assert visit(address).get(f"/vao?ma={code}").status_code == 401


@contextmanager
def identity_provider(*people_there: dict[str, object]) -> Iterator[str]:
    """A real provider on loopback, with the people it knows."""
    port = free_port()
    told = [part for person in people_there for part in ("--user-claims", json.dumps(person))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *told]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for_port(port, 60)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def by_provider(client: httpx.Client, subject: str) -> httpx.Response:
    """The way over the provider, as a browser goes it; the last answer."""
    start = client.get("/vao/oidc/")
    asked = start.headers["location"]
    assert {"state", "nonce", "code_challenge"} <= set(parse_qs(urlsplit(asked).query))
    back = httpx.post(asked, data={"sub": subject}, timeout=60).headers["location"]
    return client.get(back)


def test_an_identity_provider_signs_in_who_has_an_account(database: Database, visit: Visit) -> None:
    def add(connection: Connection) -> None:
        for name, oidc in (("binh", "binh@hue.example"), ("chi", "chi@hue.example")):
            people.add_person(connection, people.Person(name=name, shown=name, role=Role.OFFICER, oidc=oidc), by="test")

    stored(database, add)
    known = {"sub": "binh", "email": "binh@hue.example", "email_verified": True}
    unverified = {"sub": "chi", "email": "chi@hue.example", "email_verified": False}
    stranger = {"sub": "dung", "email": "dung@hue.example", "email_verified": True}
    with identity_provider(known, unverified, stranger) as issuer:
        settings = {"oidc_issuer": issuer, "oidc_client_id": "hue-ews", "oidc_client_secret": "secret"}
        with web_process(database.url, **settings) as address:
            assert 'href="/vao/oidc/"' in visit(address).get("/vao").text
            client = visit(address)
            assert by_provider(client, "binh").headers["location"] == "/"
            assert client.get("/toi").json()["name"] == "binh"
            for subject in ("chi", "dung"):
                other = visit(address)
                assert by_provider(other, subject).status_code == 403
                assert other.get("/toi").status_code == 401
            assert visit(address).get("/vao/oidc/ve?code=x&state=y").status_code == 502
    with web_process(database.url, **settings) as address:  # the provider is away
        assert visit(address).get("/vao/oidc/").status_code == 502


def test_an_administrator_keeps_accounts_sessions_and_tokens(database: Database, visit: Visit) -> None:
    cookie = session_cookie(database.url, name="chu")  # before the process makes an administrator of its own
    with web_process(database.url) as address:
        admin = visit(address, cookies={"ews_session": cookie})

        def do(**form: str) -> httpx.Response:
            return admin.post("/quan-tri", data=form)

        made = do(lam="add", ten="mai", goi="<b>Mai</b>", vai_tro="officer")
        assert "&lt;b&gt;Mai&lt;/b&gt;" in made.text
        password = made.text.split("<code>")[1].split("</code>")[0]
        mai = visit(address)
        assert enter(mai, "mai", password).status_code == 303
        number = next(s.number for s in stored(database, listed) if s.person == "mai")
        assert do(lam="end", phien=str(number)).status_code == 200
        assert mai.get("/toi").status_code == 401
        token = do(lam="give", ten="EVN", pham_vi="observations, stations", tram="kim_long", ngay="30").text
        text = token.split("<code>")[1].split("</code>")[0]
        bearer = {"Authorization": f"Bearer {text}"}
        assert httpx.get(f"{address}/healthz", headers=bearer, timeout=60).status_code == 200
        assert do(lam="revoke", token=text.split("_")[1]).status_code == 200
        assert httpx.get(f"{address}/healthz", headers=bearer, timeout=60).status_code == 401
        for wrong in (
            {"lam": "explode"},
            {"lam": "role", "ten": "mai", "vai_tro": "king"},
            {"lam": "role", "ten": "nobody", "vai_tro": "viewer"},
            {"lam": "shut", "ten": "chu"},  # the last administrator
            {"lam": "add", "ten": "Mai!", "vai_tro": "viewer"},
            {"lam": "add", "ten": "mai", "vai_tro": "viewer"},
            {"lam": "end", "phien": "9' or 1=1"},
            {"lam": "give", "ten": "EVN", "pham_vi": "everything", "ngay": "30"},
            {"lam": "give", "ten": "EVN", "pham_vi": "stations", "ngay": "99999"},
        ):
            assert do(**wrong).status_code == 422, wrong
        assert do(lam="shut", ten="mai").status_code == 200
        assert enter(visit(address), "mai", password).status_code == 401
        done = {action for actor, action in deeds(database) if actor == "chu"}
        assert {"account_made", "signed_out", "token_made", "token_revoked", "account_disabled"} <= done


def listed(connection: Connection) -> list[sessions.Session]:
    return sessions.sessions(connection, now=datetime.now(UTC), idle=timedelta(hours=1))


def test_no_script_stands_in_a_page_unless_its_hash_is_told(database: Database, visit: Visit) -> None:
    with web_process(database.url) as address:
        client = visit(address, cookies={"ews_session": session_cookie(database.url)})
        for path in ("/", "/vao", "/mat-khau", "/quan-tri", "/nowhere"):
            answer = client.get(path, headers={"Accept": "text/html"})
            assert answer.status_code == (404 if path == "/nowhere" else 200), path
            assert answer.headers["cache-control"] in {"private, no-cache", "no-store"}, path
            policy = answer.headers["content-security-policy"]
            scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
            assert "'unsafe" not in scripts
            assert scripts.startswith("script-src 'self' 'sha256-")
    assert "https://*.tile.example" in content_policy("https://{s}.tile.example/{z}/{x}/{y}.png", [])
