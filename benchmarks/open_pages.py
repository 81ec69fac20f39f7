"""The web process of the pages' benchmark, and a crowd of open pages without their browsers."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import websockets

from cli.broker import free_port

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.signing_in import COOKIE  # noqa: E402 - the tests are no installed package

_LONGEST_HEAD = 65_536
#: Open pages, seconds of one update each, and how long they have to open before.
PAGES, SECONDS, OPENING_S = 100, 30, 12


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


def subscription(address: str, cookie: str) -> str:
    """What a browser says on its socket at first: it asks for the one callback that lasts, found as Dash's script finds it."""
    known = httpx.get(f"{address}/_dash-dependencies", cookies={COOKIE: cookie}, timeout=60).json()
    lasting = next(each for each in known if each.get("persistent"))
    payload = {"output": lasting["output"], "outputs": [], "inputs": [], "changedPropIds": []}
    return json.dumps({"type": "callback_request", "rendererId": "page", "requestId": "1", "payload": payload})


@dataclass
class Viewer:
    """One open page: it holds its socket and asks at each push what is new, one question at a time, as assets/ask.js does."""

    address: str
    cookie: str
    subscription: str

    def __post_init__(self) -> None:
        self.answered: list[float] = []  # when an answer came that had something new
        self.pushes = 0
        self._seen, self._pushed = "", asyncio.Event()

    async def watch(self, until: float) -> None:
        """From its opening until that time."""
        place = self.address.replace("http", "ws") + "/_dash-ws-callback"
        headers = {"Cookie": f"{COOKIE}={self.cookie}", "Origin": self.address}
        async with websockets.connect(place, additional_headers=headers, max_size=None, compression=None) as socket:
            await socket.send(self.subscription)
            asking = asyncio.create_task(self._asking())
            while time.time() < until and not asking.done():
                try:
                    text = str(await asyncio.wait_for(socket.recv(), 1))
                except TimeoutError:
                    continue
                if '"revision"' in text:
                    self.pushes += 1
                    self._pushed.set()
            if asking.done():
                asking.result()  # it ends by an error alone
            asking.cancel()

    async def _asking(self) -> None:
        reader, writer = await self._connected()
        await self._ask(reader, writer)
        while True:
            await self._pushed.wait()
            self._pushed.clear()
            if reader.at_eof():  # the server closes what was quiet for some seconds; a browser opens another
                writer.close()
                reader, writer = await self._connected()
            if await self._ask(reader, writer):
                self.answered.append(time.time())

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self.address.removeprefix("http://").split(":")
        return await asyncio.open_connection(host, int(port), limit=_LONGEST_HEAD)

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Ask for what is new; whether a reading was. By hand: a hundred browsers are a hundred machines, this program is one."""
        address = f"/tong-quan.json?lang=vi&luc=&seen={self._seen}"
        head = f"GET {address} HTTP/1.1\r\nHost: {self.address[7:]}\r\nCookie: {COOKIE}={self.cookie}\r\nAccept-Encoding: gzip\r\n\r\n"
        writer.write(head.encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{address}: {answer[:80]!r}")
        length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        text = gzip.decompress(await reader.readexactly(int(length.partition(b":")[2])))
        whole = not self._seen
        self._seen = text[text.rindex(b'"seen":"') + 8 :].split(b'"')[0].decode()
        return not whole and b'"row:' in text


async def crowd(viewers: Sequence[Viewer], tell: Callable[[int], float]) -> list[float]:
    """Ms from each commit until each of the open pages has its answer; `tell` stores a reading and says when it was committed."""
    until = time.time() + OPENING_S + SECONDS + 5
    commits: list[float] = []
    watching = [asyncio.create_task(viewer.watch(until)) for viewer in viewers]
    await asyncio.sleep(OPENING_S)
    for k in range(SECONDS):
        commits.append(await asyncio.to_thread(tell, k))
        await asyncio.sleep(max(0.0, 1 - (time.time() - commits[-1])))
    await asyncio.gather(*watching)
    return [_after(commit, viewer.answered) for viewer in viewers for commit in commits]


def _after(commit: float, answered: Sequence[float]) -> float:
    """Ms until the first answer after a commit; an answer that never came counts as ten seconds."""
    return min((at - commit for at in answered if at >= commit), default=10.0) * 1000


def subscribed(address: str, cookie: str, count: int = PAGES) -> list[Viewer]:
    """So many pages that are about to open."""
    said: Any = subscription(address, cookie)
    return [Viewer(address, cookie, said) for _ in range(count)]
