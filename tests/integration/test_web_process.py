"""The web process over a real server: health, headers, a database that goes away and comes back, a quick end."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from dash_app.application import run
from domain.settings import load_settings
from storage.migrate import migrate
from tests.conftest import EmbeddedServer
from tests.ports import free_port
from tests.signing_in import signed_in_client


@pytest.fixture
def stopping() -> Iterator[threading.Event]:
    stop = threading.Event()
    yield stop
    stop.set()


def started(database_url: str, stop: threading.Event) -> tuple[httpx.Client, threading.Thread]:
    """A client of a web process that answers, and its thread."""
    port, ready = free_port(), threading.Event()
    settings = load_settings({}, http_port=port)
    thread = threading.Thread(
        target=run, args=(settings, database_url, "mqtt://127.0.0.1:1", stop), kwargs={"ready": ready.set}, daemon=True
    )
    thread.start()
    assert ready.wait(60)
    return signed_in_client(database_url, f"http://127.0.0.1:{port}"), thread


def until(condition: Callable[[], bool], seconds: float = 90) -> bool:
    """Whether a condition came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.alone
def test_the_process_answers_and_ends_within_two_seconds(database_url: str, stopping: threading.Event) -> None:
    client, thread = started(database_url, stopping)
    with client:
        assert client.get("/healthz").json()["database"] == "ok"
        assert "python_info" in client.get("/metrics").text
        assert client.get("/symbols/river-3-current.svg").headers["content-type"] == "image/svg+xml"
        assert client.get("/geo/wards.geojson").json()["type"] == "FeatureCollection"
        assert client.get("/geo/secrets.geojson").status_code == 404
        assert client.get("/geo/..%2Frules.toml").status_code == 404
        assert client.get("/nowhere").status_code == 404
        assert client.get("/ban-chi-huy/19777").status_code == 200
        assert client.get("/ban-chi-huy/99999").status_code == 404
        assert client.get("/canh-bao/no.such.alert").status_code == 404
    stopping.set()
    asked = time.monotonic()
    thread.join(10)
    assert not thread.is_alive()
    assert time.monotonic() - asked < 2.0


@pytest.mark.parametrize("path", ["/", "/tram/kim_long", "/canh-bao", "/quy-tac"])
def test_every_page_is_safe_to_open_and_finds_its_scripts(
    database_url: str, stopping: threading.Event, path: str
) -> None:
    client, _ = started(database_url, stopping)
    with client:
        answer = client.get(path)
        bundles = [client.get(address) for address in re.findall(r'"(/trang\.[^"]+)"', answer.text)]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "same-origin"
    assert [bundle.headers["content-type"].partition(";")[0] for bundle in bundles] == ["text/css", "text/javascript"]
    for bundle, content in zip(bundles, (".map-canvas", "ews.paint ="), strict=True):
        assert content in bundle.text
        assert (bundle.headers["content-encoding"], "immutable" in bundle.headers["cache-control"]) == ("gzip", True)


def test_a_database_that_goes_away_is_said_and_pages_go_on(
    own_postgresql: EmbeddedServer, stopping: threading.Event
) -> None:
    migrate(own_postgresql.url)
    client, _ = started(own_postgresql.url, stopping)
    with client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/").status_code == 200  # from now on who asks is known
        own_postgresql.stop_immediately()
        assert until(lambda: client.get("/healthz").status_code == 503)
        away = client.get("/healthz").json()
        assert away["database"] == "away"
        assert client.get("/").status_code == 200
        own_postgresql.start()
        assert until(lambda: client.get("/healthz").status_code == 200)
        assert client.get("/healthz").json()["since"] > away["since"]
