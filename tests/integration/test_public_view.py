"""The page for everybody: closed unless opened, light, without script, and without anything that is not for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from alerts.cap.message import CapMessage, Status
from alerts.cap.publishing import publish
from alerts.recipients import load_recipients
from dash_app.public_routes import BURST
from domain.settings import load_settings
from storage import alerts as alert_store
from storage import audit
from storage.database import Database
from tests.browser import scene
from tests.cap_scenes import public
from tests.integration.test_signing_in import web_process

NOW = datetime.now(UTC)
MOST_BYTES = 300_000


@dataclass
class Town:
    """A flood with findings, deliveries and a drill; one public warning and an exercise of one."""

    database: Database
    warning: CapMessage
    drill: CapMessage


@pytest.fixture(scope="module")
def town(database_servers: object) -> Iterator[Town]:
    with database_servers("postgresql").database() as url, Database(url) as database:  # type: ignore[operator]
        scene.flood(database)
        soon = NOW + timedelta(hours=6)
        made = Town(
            database,
            public("w1.1", sent=NOW - timedelta(minutes=5), expires=soon),
            public("drill.1", sent=NOW - timedelta(minutes=5), expires=soon, status=Status.EXERCISE),
        )
        with database.transaction() as connection:
            for message in (made.warning, made.drill):
                publish(connection, message, alert=message.identifier, actor="truong_ca", signer=None, now=NOW)
        yield made


def test_it_shows_warnings_and_gauges_and_leaks_nothing_else(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    # None comes back while we ask: on a slow machine as many would as are taken.
    monkeypatch.setattr("dash_app.public_routes.PER_MINUTE", 0)
    with (
        web_process(town.database.url, public_view="on") as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        page = client.get("/cong-khai")
        assert page.status_code == 200
        text = page.text
        for language, words in (("vi", town.warning.infos[0]), ("en", town.warning.infos[1])):
            shown = client.get(f"/cong-khai?lang={language}").text
            assert words.headline in shown
            assert words.instruction is None or words.instruction.splitlines()[0] in shown
        assert "Kim Long" in text
        assert "<noscript" not in text
        near = client.get("/cong-khai?phuong=19774").text
        assert near.count("<tr>") == 6
        assert weight(client, text) < MOST_BYTES
        for secret in secrets_of(town.database):
            assert secret not in text, secret
        assert "DIỄN TẬP" not in text.upper()
        assert "drill.1" not in text
        assert client.get("/cong-khai", headers={"If-None-Match": page.headers["etag"]}).status_code == 304
        assert "set-cookie" not in page.headers
        assert client.get("/cong-khai?phuong=99999").status_code == 404
        assert client.get("/cong-khai?lang=fr").status_code == 400
        for other in ("/", "/canh-bao", "/toi", "/_dash-layout", "/kiem-chung.json"):
            assert client.get(other).status_code in {303, 401}, other
        codes = [client.get("/cong-khai").status_code for _ in range(BURST + 30)]
        assert codes[0] == 200
        assert codes[-1] == 429


def weight(client: httpx.Client, text: str) -> int:
    """Bytes of the page with all that it asks for."""
    parts = {piece.split('"')[0] for mark in ('src="/', 'href="/', "url(") for piece in text.split(mark)[1:]}
    fetched = {f"/{part}" for part in parts if part.startswith(("assets/", "symbols/"))}
    fonts = [
        "/assets/fonts/be-vietnam-pro-latin-400-normal.woff2",
        "/assets/fonts/be-vietnam-pro-vietnamese-400-normal.woff2",
    ]
    return len(text.encode()) + sum(len(client.get(path).content) for path in [*fetched, *fonts])


def secrets_of(database: Database) -> set[str]:
    """What officers see and the public must not: findings by name and words, recipients, people, the audit."""
    folder = load_settings({}).config_dir
    with database.transaction() as connection:
        alerts = alert_store.list_alerts(connection)
        actors = {entry.actor for entry in audit.entries(connection, limit=500)}
    recipients = load_recipients(folder / "recipients.toml")
    people = {person.name for recipient in recipients for person in getattr(recipient, "people", ())}
    return (
        {a.identifier for a in alerts} | (actors - {"delivery"}) | people | {"truong_ca", "city_command", "Ban Chỉ huy"}
    )


def test_it_is_closed_unless_opened(town: Town) -> None:
    with web_process(town.database.url) as address:
        answer = httpx.get(f"{address}/cong-khai", headers={"Accept": "text/html"}, timeout=60)
        assert answer.status_code == 404
        assert "Kim Long" not in answer.text
