"""Chromium and a running web process for browser tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from dash_app.application import run
from domain.access_table import Role
from domain.settings import load_settings
from storage.database import Database
from tests import required
from tests.browser import scene
from tests.conftest import TemplateServer
from tests.ports import free_port
from tests.signing_in import COOKIE, session_cookie

_ARGUMENTS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium. Not for the session: Playwright keeps an event loop at work in the thread of the tests
    until it is closed, and tests of other files in the same process have loops of their own.
    """
    path = required.chromium()
    expect.set_options(timeout=60_000)  # only a failure takes so long; a loaded machine takes its time
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class WebProcess:
    """The web application in a thread of its own, over one database."""

    database_url: str
    port: int = field(default_factory=free_port)
    public_view: str = "off"
    tiles_url: str | None = None
    tiles_attribution: str | None = None

    def __post_init__(self) -> None:
        self._stop, ready = threading.Event(), threading.Event()
        tiles = {"tiles_url": self.tiles_url, "tiles_attribution": self.tiles_attribution}
        settings = load_settings({}, http_port=self.port, public_view=self.public_view, **tiles)
        arguments = (settings, self.database_url, "mqtt://127.0.0.1:1", self._stop)
        self._thread = threading.Thread(target=run, args=arguments, kwargs={"ready": ready.set}, daemon=True)
        self._thread.start()
        assert ready.wait(60), "the web process did not answer within 60 s"

    @property
    def address(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Ask it to end and wait."""
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive(), "the web process did not end within 60 s"


@pytest.fixture(scope="session")
def standing_web(database_servers: Callable[[str], TemplateServer]) -> Iterator[WebProcess]:
    """The pages over a flood scene that no test changes."""
    with database_servers("postgresql").database() as url:
        with Database(url) as database:
            scene.flood(database)
        process = WebProcess(url)
        try:
            yield process
        finally:
            process.stop()


@pytest.fixture
def flood(database_servers: Callable[[str], TemplateServer]) -> Iterator[Database]:
    """A flood scene of the test's own, to which it may add."""
    with database_servers("postgresql").database() as url, Database(url) as database:
        scene.flood(database)
        yield database


@pytest.fixture
def web(request: pytest.FixtureRequest) -> Iterator[WebProcess]:
    """The pages over the test's own flood when it asks for one, else over the standing one."""
    if "flood" not in request.fixturenames:
        yield request.getfixturevalue("standing_web")
        return
    process = WebProcess(request.getfixturevalue("flood").url)
    try:
        yield process
    finally:
        process.stop()


@dataclass
class Viewer:
    """One open page, with what it asked for and what went wrong in it."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._asked)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._said)

    def _said(self, message: ConsoleMessage) -> None:
        # On a machine that stalls, the page asks whether the server is well and may hear that it is not: it shows that itself.
        if message.type == "error" and not message.location["url"].endswith("/healthz"):
            self.errors.append(message.text)

    def _asked(self, request: Request) -> None:
        self.requests.append(request.url)

    @property
    def elsewhere(self) -> list[str]:
        """Requests that left this server."""
        own = (self.address, self.address.replace("http", "ws"), "data:", "blob:")
        return [url for url in self.requests if not url.startswith(own)]

    def go(self, path: str) -> Page:
        """Open a page."""
        self.page.goto(self.address + path)
        return self.page


Open = Callable[..., Viewer]


def wait_until(page: Page, condition: str, seconds: float = 60.0) -> None:
    """Until a JavaScript expression is true. Playwright's `wait_for_function` asks a second time by eval, which our pages forbid."""
    for _ in range(round(seconds / 0.1)):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"not true after {seconds:.0f} s: {condition}")


@pytest.fixture
def opened(chromium: Browser, web: WebProcess) -> Iterator[Open]:
    """Open pages, signed in as an administrator or with another role (None: not signed in): opened(width=360, scheme="dark")."""
    contexts = []

    def open_page(
        width: int = 1280,
        height: int = 800,
        scheme: str = "light",
        role: Role | None = Role.ADMINISTRATOR,
        name: str | None = None,
    ) -> Viewer:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        if role is not None:
            cookie = session_cookie(web.database_url, role, name)
            context.add_cookies([{"name": COOKIE, "value": cookie, "url": web.address}])
        context.set_default_timeout(60_000)
        return Viewer(context.new_page(), web.address)

    yield open_page
    for context in contexts:
        context.close()
