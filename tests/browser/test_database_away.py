"""What an open page says while the database hangs or is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import psutil
import pytest
from playwright.sync_api import Browser, expect

from storage.database import Database
from storage.migrate import migrate
from tests.browser import scene
from tests.browser.conftest import WebProcess
from tests.conftest import EmbeddedServer
from tests.signing_in import COOKIE, session_cookie

pytestmark = [pytest.mark.chromium, pytest.mark.alone]
AWAY = "Cơ sở dữ liệu không trả lời từ"


@dataclass
class Hanging:
    """A PostgreSQL whose processes can be held still."""

    server: EmbeddedServer

    def hold(self) -> None:
        """Every process stands still: connections stay open and nothing answers."""
        server, *_ = self._processes()
        server.suspend()  # first, so that it starts no more helpers; some end by themselves
        for process in server.children():
            with suppress(psutil.NoSuchProcess):
                process.suspend()

    def release(self) -> None:
        """Go on."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def _processes(self) -> list[psutil.Process]:
        pid = int((self.server.folder / "pgdata" / "postmaster.pid").read_text().split()[0])
        return [psutil.Process(pid), *psutil.Process(pid).children()]


@pytest.fixture
def web(own_postgresql: EmbeddedServer) -> Iterator[WebProcess]:
    migrate(own_postgresql.url)
    with Database(own_postgresql.url) as database:
        scene.flood(database)
    process = WebProcess(own_postgresql.url)
    try:
        yield process
    finally:
        process.stop()


def test_the_page_says_that_the_database_hangs_or_is_gone_and_goes_on_when_it_is_back(
    chromium: Browser, web: WebProcess, own_postgresql: EmbeddedServer
) -> None:
    page = chromium.new_page()
    page.context.add_cookies([{"name": COOKIE, "value": session_cookie(web.database_url), "url": web.address}])
    page.goto(web.address)
    bar, kim_long = page.locator("#connection-bar"), page.locator("#map [data-station=kim_long]")
    expect(kim_long).to_be_visible()
    expect(bar).to_be_hidden()
    hanging = Hanging(own_postgresql)
    hanging.hold()
    try:
        expect(bar).to_contain_text(AWAY)
        expect(kim_long).to_be_visible()
    finally:
        hanging.release()
    expect(bar).to_be_hidden()
    own_postgresql.stop_immediately()
    expect(bar).to_contain_text(AWAY)
    expect(kim_long).to_be_visible()
    own_postgresql.start()
    expect(bar).to_be_hidden()
    page.close()
