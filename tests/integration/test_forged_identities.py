"""An identity provider's answer that somebody forged: of each part that must hold, one that does not; and one in which all hold."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from domain.access_table import Role
from storage import people
from storage.database import Database
from tests.integration.test_signing_in import web_process

CLIENT, SECRET = "hue-ews", "0123456789abcdef0123456789abcdef"
OWN, OTHER = RSAKey.generate_key(2048, {"kid": "1"}), RSAKey.generate_key(2048, {"kid": "1"})
Claims = dict[str, Any]


class Answers:
    """What the provider says next. `forge` makes the id_token from the claims that would be right."""

    issuer: str
    forge: Callable[[Claims], str]
    nonce = ""

    def document(self, path: str) -> Mapping[str, Any]:
        """By the last part of an address."""
        if path.endswith("/jwks"):
            return {"keys": [OWN.as_dict(private=False) | {"use": "sig", "alg": "RS256"}]}
        if path.endswith("/token"):
            now = int(datetime.now(UTC).timestamp())
            right = {
                "iss": self.issuer,
                "aud": CLIENT,
                "sub": "binh",
                "nonce": self.nonce,
                "iat": now,
                "exp": now + 300,
            }
            claims = right | {"email": "binh@hue.example", "email_verified": True}
            return {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": self.forge(claims)}
        ends = {"authorization": "authorize", "token": "token"}
        return {
            "issuer": self.issuer,
            **{f"{name}_endpoint": f"{self.issuer}/{end}" for name, end in ends.items()},
            "jwks_uri": f"{self.issuer}/jwks",
            "id_token_signing_alg_values_supported": ["RS256"],
        }


@pytest.fixture
def answers() -> Iterator[Answers]:
    """A provider on loopback that says what a test wants."""
    said = Answers()

    class Provider(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(said.document(urlsplit(self.path).path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        said.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield said
        server.shutdown()
        thread.join(20)


def signed(claims: Claims, key: Any = OWN, alg: str = "RS256") -> str:
    return jwt.encode({"alg": alg, "kid": "1"}, claims, key, algorithms=[alg])


def unsigned(claims: Claims) -> str:
    """Three parts, the last empty: "alg": "none"."""
    parts = ({"alg": "none", "kid": "1"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."


FORGED: Mapping[str, Callable[[Claims], str]] = {
    "another key": lambda c: signed(c, OTHER),
    "no signature": unsigned,
    "the client's secret as the key": lambda c: signed(c, OctKey.import_key(SECRET), "HS256"),
    "another issuer": lambda c: signed(c | {"iss": "https://evil.example"}),
    "for another client": lambda c: signed(c | {"aud": "another"}),
    "over": lambda c: signed(c | {"exp": c["iat"] - 3_600}),
    "another nonce": lambda c: signed(c | {"nonce": "x"}),
    "no nonce": lambda c: signed({k: v for k, v in c.items() if k != "nonce"}),
    "no token": lambda _: "",
    "nonsense": lambda _: "a.b.c",
    "no claims": lambda c: signed({k: c[k] for k in ("iss", "aud", "exp", "iat", "nonce", "sub")}),
    "not verified": lambda c: signed(c | {"email_verified": "true"}),
    "no text": lambda c: signed(c | {"email": ["binh@hue.example"]}),
}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_forged_answer_opens_nothing(database: Database, answers: Answers) -> None:
    binh = people.Person(name="binh", shown="Bình", role=Role.OFFICER, oidc="binh@hue.example")
    with database.transaction() as connection:
        people.add_person(connection, binh, by="test")
    settings = {"oidc_issuer": answers.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    with web_process(database.url, **settings) as address:

        def enter(forge: Callable[[Claims], str], **otherwise: str) -> tuple[int, int]:
            """The status of the way back from the provider, and of asking who one is after it."""
            with closing(httpx.Client(base_url=address, timeout=60)) as client:
                sent = parse_qs(urlsplit(client.get("/vao/oidc/").headers["location"]).query)
                answers.forge, answers.nonce = forge, sent["nonce"][0]
                back = client.get("/vao/oidc/ve", params={"code": "x", "state": sent["state"][0]} | otherwise)
                return back.status_code, client.get("/toi").status_code

        assert enter(signed) == (303, 200)
        found = {name: enter(forge) for name, forge in FORGED.items()} | {"state": enter(signed, state="y")}
        assert {name for name, (_, who) in found.items() if who != 401} == set()
        assert {name: back for name, (back, _) in found.items() if back not in {403, 502}} == {}
