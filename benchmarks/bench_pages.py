"""The overview at 5,000 stations in Chromium, and 100 open pages on one process: `python benchmarks/bench_pages.py [stations [case ...]]`.

The cases are past, paint, updates and crowd; all of them when none is named.

First useful paint: from the navigation until the sentence and markers stand on the page, the process having been asked before.
An update: one new reading; the bytes of its answer as they went over the wire, and how long the page's main thread was busy with it
and with everything else until the next, a second later: from begin to end of its tasks, and in processor time, which other programs
on the machine do not lengthen.
To the screen: from the commit of a reading until the list shows it.
Open pages: each holds its socket and asks at each push what is new, as the page does (the messages are those of a real page);
one reading a second; from the commit until a page has its answer. Past: reading the overview as it was known 30 min before.
TimescaleDB by EWS_TEST_TIMESCALE_URL; Chromium on PATH.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import websockets
from playwright.sync_api import Browser, Page, Request, sync_playwright
from servers import Server

from cli.broker import free_port
from dash_app.reading_overview import read_overview
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from domain.stations import QualityLimits, Series, StageThresholds, Station, StationKind
from rules.configuration import load_rules
from storage.database import Database
from storage.notifications import READINGS, notify_names
from storage.readings import store_readings
from storage.stations import series_ids, sync_network

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.signing_in import COOKIE, session_cookie  # noqa: E402 - the tests are no installed package

_PAGES, _SECONDS, _UPDATES = 100, 30, 40
_MAIN = {
    StationKind.RIVER: "water_level",
    StationKind.RAIN: "rainfall",
    StationKind.AIR: "pm2_5",
    StationKind.WIND: "wind_speed",
}
_ARGUMENTS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
_LIMITS = QualityLimits(
    suspect_low=0.0,
    suspect_high=8.0,
    fail_high=30.0,
    rate_suspect_per_h=20.0,
    rate_fail_per_h=60.0,
    spike_suspect=1.0,
    spike_fail=3.0,
    flat_tolerance=0.0,
    flat_suspect=timedelta(hours=6),
    flat_fail=timedelta(hours=24),
)
_LEVELS = StageThresholds(
    valid_from=datetime(2020, 1, 1, tzinfo=UTC).date(),
    datum="0",
    bd1_m=1.0,
    bd2_m=2.0,
    bd3_m=3.5,
    source="benchmark",
    verified=True,
)
#: A day of readings every ten minutes (hourly for air), told in time; levels between 0.2 and 2.4 m.
_FILL = """
insert into reading (series_id, observed_at, received_at, value, flag)
select s.id, at, at + interval '5 seconds', 0.2 + (s.id %% 20) / 10.0 + 0.2 * sin(extract(epoch from at) / 9000), 1
from series s
join station on station.id = s.station
cross join lateral generate_series(
    %(now)s::timestamptz - interval '24 hours', %(now)s::timestamptz,
    case station.kind when 'air' then interval '1 hour' else interval '10 minutes' end) as at;
"""
_LATEST = """
insert into series_latest (series_id, observed_at, received_at, value, flag)
select distinct on (series_id) series_id, observed_at, received_at, value, flag from reading order by series_id, observed_at desc
on conflict (series_id) do nothing;
insert into series_first (series_id, received_at) select series_id, min(received_at) from reading group by series_id
on conflict (series_id) do nothing;
"""


def _station(number: int, count: int) -> Station:
    kind = (
        StationKind.RIVER,
        StationKind.RIVER,
        StationKind.RAIN,
        StationKind.RAIN,
        StationKind.AIR,
        StationKind.WIND,
    )[number % 6]
    side = int(count**0.5) + 1
    minutes = 60 if kind is StationKind.AIR else 10
    return Station(
        id=f"p{number}",
        name_vi=f"Trạm {number}",
        name_en=f"Station {number}",
        kind=kind,
        lat=16.02 + 0.7 * (number // side) / side,
        lon=107.05 + 1.1 * (number % side) / side,
        series=(Series(quantity=_MAIN[kind], cadence=timedelta(minutes=minutes), limits=_LIMITS),),
        thresholds=(_LEVELS,) if kind is StationKind.RIVER else (),
        simulated=True,
        verified=False,
        source="benchmark",
    )


def fill(database: Database, count: int) -> None:
    """`count` stations and a day of their readings."""
    with database.transaction() as c:
        c.execute("delete from station")
        sync_network(c, [_station(n, count) for n in range(count)])
        c.execute(_FILL, {"now": datetime.now(UTC)})
        c.execute(_LATEST)
        c.execute("analyze")


def tell(database: Database, value: float) -> float:
    """Store and announce one level of the first gauge; return the time of the commit."""
    now = datetime.now(UTC)
    row = Reading(
        station="p0", quantity="water_level", observed_at=now, received_at=now, value=value, flag=QualityFlag.PASS
    )
    with database.transaction() as c:
        store_readings(c, [row], series_ids(c))
        notify_names(c, READINGS, ["p0/water_level"])
    return time.time()


@dataclass(frozen=True)
class Web:
    """The web process."""

    address: str
    pid: int

    def worked_ms(self) -> float:
        """Processor time since it began, of all its threads (Linux)."""
        user, system = Path(f"/proc/{self.pid}/stat").read_text().rsplit(") ", 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK") * 1000


@contextmanager
def web(url: str) -> Iterator[Web]:
    """The web process over one database."""
    port = free_port()
    environment = os.environ | {
        "EWS_DATABASE_URL": url,
        "EWS_MQTT_URL": "mqtt://127.0.0.1:1",
        "EWS_HTTP_PORT": str(port),
    }
    command = [str(Path(sys.executable).parent / "ews"), "web"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                if httpx.get(f"{address}/healthz").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        yield Web(address, process.pid)
    finally:
        process.terminate()
        process.wait(15)


def _opened(browser: Browser, url: str, address: str) -> Page:
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, bypass_csp=True)
    context.add_cookies([{"name": COOKIE, "value": session_cookie(url), "url": address}])
    context.set_default_timeout(60_000)
    return context.new_page()


_USEFUL = "document.querySelector('#sentence h1') && document.querySelector('#map .mark') && performance.now()"


def first_paint(browser: Browser, url: str, address: str) -> list[float]:
    """Seconds until sentence and markers stand there, five times in fresh contexts; the first warms the process."""
    taken = []
    for _ in range(6):
        page = _opened(browser, url, address)
        page.goto(address, wait_until="commit")
        taken.append(float(page.wait_for_function(_USEFUL, polling="raf").json_value()) / 1000)
        page.context.close()
    return taken[1:]


@dataclass
class Updates:
    """Over some updates a second apart."""

    bytes: list[float] = field(default_factory=list)  # of the answers, on the wire
    busy_ms: list[float] = field(default_factory=list)  # tasks of the main thread from begin to end
    worked_ms: list[float] = field(
        default_factory=list
    )  # processor time of the main thread: other programs do not count
    shown_ms: list[float] = field(default_factory=list)  # from the commit until the list shows the value


def updates(page: Page, database: Database) -> Updates:
    """All of them."""
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    client.send("Performance.enable")
    sizes: list[float] = []
    client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    taken = Updates()
    for k in range(_UPDATES):
        before, value = _main_thread_ms(client), 6 + k / 100
        sizes.clear()
        committed = tell(database, value)
        text = f"{value:.2f}".replace(".", ",")
        found = (
            f"[...document.querySelectorAll('#gauges .value')].some((n) => n.textContent === '{text}') && Date.now()"
        )
        taken.shown_ms.append(float(page.wait_for_function(found, polling="raf").json_value()) - committed * 1000)
        page.wait_for_timeout(900)
        after = _main_thread_ms(client)
        taken.busy_ms.append(after[0] - before[0])
        taken.worked_ms.append(after[1] - before[1])
        taken.bytes.append(sum(sizes))
    return taken


def _main_thread_ms(client: Any) -> tuple[float, float]:
    """Tasks from begin to end, and processor time, since the page began."""
    metrics = {m["name"]: float(m["value"]) * 1000 for m in client.send("Performance.getMetrics")["metrics"]}
    return metrics["TaskDuration"], metrics["ThreadTime"]


def recorded(browser: Browser, url: str, address: str, database: Database) -> tuple[list[str], dict[str, Any]]:
    """What a real page says on its socket at first, and how it asks for what is new."""
    page, frames = _opened(browser, url, address), []
    page.on("websocket", lambda socket: socket.on("framesent", lambda text: frames.append(str(text))))
    page.goto(address)
    page.wait_for_function(_USEFUL)
    page.wait_for_timeout(1500)
    with page.expect_request(_asks_for_the_screen) as asked:
        tell(database, 5.5)
    body: dict[str, Any] = asked.value.post_data_json
    page.context.close()
    return [frame for frame in frames if "callback" in frame], body


def _asks_for_the_screen(request: Request) -> bool:
    return "_dash-update-component" in request.url and "screen.data" in (request.post_data or "")


class Viewer:
    """One open page without its browser."""

    def __init__(self, address: str, cookie: str, said: tuple[list[str], dict[str, Any]]) -> None:
        self._address, self._cookie, self._said = address, cookie, said
        self.answered: list[float] = []
        self.seen: str | None = None

    async def watch(self, client: httpx.AsyncClient, until: float) -> None:
        """Hold the socket; ask at each push."""
        frames, body = self._said
        headers = {"Cookie": f"{COOKIE}={self._cookie}", "Origin": self._address}
        place = self._address.replace("http", "ws") + "/_dash-ws-callback"
        async with websockets.connect(place, additional_headers=headers, max_size=None) as socket:
            for frame in frames:
                await socket.send(frame)
            await self._ask(client, body, headers)
            while time.time() < until:
                try:
                    text = str(await asyncio.wait_for(socket.recv(), 1))
                except TimeoutError:
                    continue
                if '"revision"' in text:
                    await self._ask(client, body, headers)
                    self.answered.append(time.time())

    async def _ask(self, client: httpx.AsyncClient, body: dict[str, Any], headers: dict[str, str]) -> None:
        asked = json.loads(json.dumps(body))
        for state in asked["state"]:
            if state["id"] == "seen":
                state["value"] = self.seen
        answer = await client.post("/_dash-update-component", json=asked, headers=headers)
        answer.raise_for_status()
        self.seen = json.loads(answer.json()["response"]["screen"]["data"]["changes"])["seen"]


async def crowd(address: str, cookie: str, said: tuple[list[str], dict[str, Any]], database: Database) -> list[float]:
    """Ms from each commit until each of the open pages has its answer."""
    viewers = [Viewer(address, cookie, said) for _ in range(_PAGES)]
    until = time.time() + _SECONDS + 20
    limits = httpx.Limits(max_connections=_PAGES, max_keepalive_connections=_PAGES)
    commits: list[float] = []
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
        watching = [asyncio.create_task(viewer.watch(client, until)) for viewer in viewers]
        await asyncio.sleep(15)
        for k in range(_SECONDS):
            commits.append(await asyncio.to_thread(tell, database, 4 + k / 100))
            await asyncio.sleep(max(0.0, 1 - (time.time() - commits[-1])))
        await asyncio.gather(*watching)
    return [_after(commit, viewer.answered) for viewer in viewers for commit in commits]


def _after(commit: float, answered: Sequence[float]) -> float:
    """Ms until the first answer after a commit; an answer that never came counts as ten seconds."""
    return min((at - commit for at in answered if at >= commit), default=10.0) * 1000


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


@dataclass(frozen=True)
class Stage:
    """What a case is measured on."""

    browser: Browser
    url: str
    database: Database


def _past(stage: Stage) -> None:
    _row("the past read", past(stage.database), "ms")


def _paint(stage: Stage) -> None:
    browser, url = stage.browser, stage.url
    with web(url) as process:
        _row("first useful paint", first_paint(browser, url, process.address), "s")


def _updates(stage: Stage) -> None:
    browser, url, database = stage.browser, stage.url, stage.database
    with web(url) as process:
        page = _opened(browser, url, process.address)
        page.goto(process.address)
        page.wait_for_function(_USEFUL)
        page.wait_for_timeout(4000)
        taken = updates(page, database)
        page.context.close()
        _row("an update on the wire", taken.bytes, "bytes")
        _row("an update on the main thread", taken.busy_ms, "ms")
        _row("an update, processor time of the main thread", taken.worked_ms, "ms")
        _row("from the commit to the screen", taken.shown_ms, "ms")


def _crowd(stage: Stage) -> None:
    browser, url, database = stage.browser, stage.url, stage.database
    with web(url) as process:
        address = process.address
        said = recorded(browser, url, address, database)
        before_ms = process.worked_ms()
        # The crowd's event loop runs in a thread of its own: Playwright's stands in this one.
        with ThreadPoolExecutor(1) as apart:
            taken = apart.submit(asyncio.run, crowd(address, session_cookie(url), said, database)).result()
        _row(f"{_PAGES} open pages, one update a second", taken, "ms")
        worked = process.worked_ms() - before_ms
        print(f"processor time of the web process, openings included: {worked / _SECONDS:.0f} ms an update", flush=True)


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
