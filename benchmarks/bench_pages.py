"""The overview at 5,000 stations in Chromium, and 100 open pages on one process: `python benchmarks/bench_pages.py [stations [case ...]]`.

The cases are past, paint, updates and crowd; all of them when none is named.

First useful paint: from the navigation until the sentence and markers stand on the page, the process having been asked before;
with it the processor time of the page's main thread and of the web process until then.
An update: one new reading; the bytes that came for it over the wire, by socket and otherwise, and how long the page's main thread was busy with it
and with everything else until the next, a second later: from begin to end of its tasks, and in processor time, which other programs
on the machine do not lengthen; beside it the same of a second without an update.
To the screen: from the commit of a reading until the list shows it, told by the page itself when its list changes.
Open pages: each holds its socket and is sent what is new, as the page is; one reading a second; from the commit until a page has
it. Past: reading the overview as it was known 30 min before.
TimescaleDB by EWS_TEST_TIMESCALE_URL; Chromium on PATH.
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from open_pages import PAGES, SECONDS, Web, crowd, opening, web
from page_network import fill, tell
from playwright.sync_api import Browser, Page, sync_playwright
from servers import Server

from dash_app.reading_overview import read_overview
from domain.settings import load_settings
from rules.configuration import load_rules
from storage.database import Database
from tests.signing_in import COOKIE, session_cookie

_UPDATES, _QUIET = 40, 5
_ARGUMENTS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
_USEFUL = "document.querySelector('#sentence h1') && document.querySelector('#map .mark') && performance.now()"
#: The page notes when its list first shows a number: to look again and again would itself be work of the main thread.
_NOTE = """() => {
    window.shownAt = {};
    new MutationObserver(() => document.querySelectorAll("#gauges .value").forEach((node) => {
        if (!(node.textContent in window.shownAt)) { window.shownAt[node.textContent] = Date.now(); }
    })).observe(document.getElementById("gauges"), { subtree: true, childList: true, characterData: true });
}"""


@dataclass(frozen=True)
class Stage:
    """What a case is measured on."""

    browser: Browser
    url: str
    database: Database

    def page(self, address: str) -> Page:
        """A page in a context of its own: nothing is kept from another."""
        context = self.browser.new_context(viewport={"width": 1920, "height": 1080}, bypass_csp=True)
        context.add_cookies([{"name": COOKIE, "value": session_cookie(self.url), "url": address}])
        context.set_default_timeout(60_000)
        return context.new_page()


@dataclass
class Paints:
    """Of some pages that open."""

    painted_s: list[float] = field(default_factory=list)
    main_thread_ms: list[float] = field(default_factory=list)  # processor time
    process_ms: list[float] = field(default_factory=list)  # of the web process


def paints(stage: Stage, process: Web) -> Paints:
    """Five times in fresh contexts; one before them warms the process."""
    taken = Paints()
    for k in range(6):
        page, before_ms = stage.page(process.address), process.worked_ms()
        client = _metrics_of(page)
        page.goto(process.address, wait_until="commit")
        painted = float(page.wait_for_function(_USEFUL, polling="raf").json_value()) / 1000
        if k:
            taken.painted_s.append(painted)
            taken.main_thread_ms.append(_main_thread_ms(client)[1])
            taken.process_ms.append(process.worked_ms() - before_ms)
        page.context.close()
    return taken


@dataclass
class Updates:
    """Over some updates a second apart."""

    bytes: list[float] = field(default_factory=list)  # of the answers, on the wire
    busy_ms: list[float] = field(default_factory=list)  # tasks of the main thread from begin to end
    worked_ms: list[float] = field(default_factory=list)  # processor time of the main thread
    shown_ms: list[float] = field(default_factory=list)  # from the commit until the list shows the value
    quiet_ms: list[float] = field(default_factory=list)  # processor time of a second without an update


def updates(page: Page, database: Database) -> Updates:
    """All of them."""
    client = _metrics_of(page)
    client.send("Network.enable")
    sizes: list[float] = []
    client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    client.on("Network.webSocketFrameReceived", lambda event: sizes.append(_length(event["response"])))
    page.evaluate(_NOTE)
    taken = Updates()
    for _ in range(_QUIET):
        before = _main_thread_ms(client)
        page.wait_for_timeout(1000)
        taken.quiet_ms.append(_main_thread_ms(client)[1] - before[1])
    for k in range(_UPDATES):
        before = _main_thread_ms(client)
        sizes.clear()
        committed = tell(database, 6 + k / 100)
        page.wait_for_timeout(max(0.0, 1000 - (time.time() - committed) * 1000))
        after = _main_thread_ms(client)
        taken.shown_ms.append(_shown_at(page, f"{6 + k / 100:.2f}".replace(".", ",")) - committed * 1000)
        taken.busy_ms.append(after[0] - before[0])
        taken.worked_ms.append(after[1] - before[1])
        taken.bytes.append(sum(sizes))
    return taken


def _shown_at(page: Page, text: str) -> float:
    """When the list first showed it, ms since 1970; waits until it has."""
    return float(page.wait_for_function("(text) => window.shownAt[text]", arg=text, polling=100).json_value())


def _length(frame: dict[str, Any]) -> int:
    """Of a message of the socket; DevTools tells those of bytes as base64."""
    payload = str(frame["payloadData"])
    return len(payload.encode()) if frame["opcode"] == 1 else len(base64.b64decode(payload))


def _metrics_of(page: Page) -> Any:
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")
    return client


def _main_thread_ms(client: Any) -> tuple[float, float]:
    """Tasks from begin to end, and processor time, since the page began."""
    metrics = {m["name"]: float(m["value"]) * 1000 for m in client.send("Performance.getMetrics")["metrics"]}
    return metrics["TaskDuration"], metrics["ThreadTime"]


def past(database: Database) -> list[float]:
    """Ms to read the overview as it was known half an hour ago."""
    rules, taken = load_rules(load_settings({}).config_dir / "rules.toml"), []
    for k in range(3):
        started = time.monotonic()
        with database.transaction() as c:
            read_overview(c, rules, datetime.now(UTC), as_of=datetime.now(UTC) - timedelta(minutes=30 + k))
        taken.append((time.monotonic() - started) * 1000)
    return taken


def _row(what: str, figures: Sequence[float], unit: str) -> None:
    ordered = sorted(figures)
    at = lambda share: ordered[min(int(share * len(ordered)), len(ordered) - 1)]  # noqa: E731
    print(
        f"{what:<44} p50 {statistics.median(ordered):9.1f}  p95 {at(0.95):9.1f}  p99 {at(0.99):9.1f} {unit}", flush=True
    )


def _past(stage: Stage) -> None:
    _row("the past read", past(stage.database), "ms")


def _paint(stage: Stage) -> None:
    with web(stage.url) as process:
        taken = paints(stage, process)
        _row("first useful paint", taken.painted_s, "s")
        _row("until then, main thread, processor time", taken.main_thread_ms, "ms")
        _row("until then, web process, processor time", taken.process_ms, "ms")


def _updates(stage: Stage) -> None:
    with web(stage.url) as process:
        page = stage.page(process.address)
        page.goto(process.address)
        page.wait_for_function(_USEFUL)
        page.wait_for_timeout(4000)
        before_ms = process.worked_ms()
        taken = updates(page, stage.database)
        worked_ms = process.worked_ms() - before_ms
        page.context.close()
    _row("an update on the wire", taken.bytes, "bytes")
    _row("an update on the main thread", taken.busy_ms, "ms")
    _row("an update, processor time of the main thread", taken.worked_ms, "ms")
    _row("a second without one, the same", taken.quiet_ms, "ms")
    _row("from the commit to the screen", taken.shown_ms, "ms")
    print(f"processor time of the web process: {worked_ms / _UPDATES:.0f} ms an update", flush=True)


def _crowd(stage: Stage) -> None:
    with web(stage.url) as process:
        viewers = opening(process.address, session_cookie(stage.url))
        before_ms = process.worked_ms()
        # The crowd's event loop runs in a thread of its own: Playwright's stands in this one.
        with ThreadPoolExecutor(1) as apart:
            taken = apart.submit(asyncio.run, crowd(viewers, lambda k: tell(stage.database, 4 + k / 100))).result()
        worked_ms = process.worked_ms() - before_ms
    _row(f"{PAGES} open pages, one update a second", taken, "ms")
    print(
        f"pushes a page: {min(v.pushes for v in viewers)} to {max(v.pushes for v in viewers)} of {SECONDS}", flush=True
    )
    print(f"processor time of the web process, openings included: {worked_ms / SECONDS:.0f} ms an update", flush=True)


_CASES = {"past": _past, "paint": _paint, "updates": _updates, "crowd": _crowd}


def main(count: int, cases: Sequence[str]) -> None:
    """The rows of the cases asked for."""
    server = Server(os.environ["EWS_TEST_TIMESCALE_URL"])
    try:
        with server.database() as url, Database(url) as database, sync_playwright() as playwright:
            fill(database, count)
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_ARGUMENTS))
            print(f"{count} stations; load {os.getloadavg()[0]:.1f}", flush=True)
            for case in cases:
                _CASES[case](Stage(browser, url, database))
            print(f"load {os.getloadavg()[0]:.1f}", flush=True)
            browser.close()
    finally:
        server.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000, sys.argv[2:] or list(_CASES))
