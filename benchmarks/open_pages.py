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


@dataclass
class Viewer:
    """One open page: it asks once for the whole, then it is sent the changes, as assets/ask.js and push.js do."""

    address: str
    cookie: str

    def __post_init__(self) -> None:
        self.answered: list[float] = []  # when changes came that had a reading among them
        self.pushes = 0

    async def watch(self, until: float) -> None:
        """From its opening until that time."""
        place = self.address.replace("http", "ws") + "/tin-moi"
        headers = {"Cookie": f"{COOKIE}={self.cookie}", "Origin": self.address}
        seen = await self._whole()
        async with websockets.connect(place, additional_headers=headers, max_size=None, compression=None) as socket:
            await socket.send(json.dumps({"lang": "vi", "seen": seen}))
            while time.time() < until:
                try:
                    sent = await asyncio.wait_for(socket.recv(), 1)
                except TimeoutError:
                    continue
                at = time.time()
                self.pushes += 1
                if isinstance(sent, bytes) and b'"row:' in gzip.decompress(sent):
                    self.answered.append(at)

    async def _whole(self) -> str:
        """The first screen, read by hand: a hundred browsers are a hundred machines, this program is one. What has then been seen."""
        host, port = self.address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=_LONGEST_HEAD)
        address = "/tong-quan.json?lang=vi&luc=&seen="
        head = f"GET {address} HTTP/1.1\r\nHost: {self.address[7:]}\r\nCookie: {COOKIE}={self.cookie}\r\nAccept-Encoding: gzip\r\n\r\n"
        writer.write(head.encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{address}: {answer[:80]!r}")
        length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        text = gzip.decompress(await reader.readexactly(int(length.partition(b":")[2])))
        writer.close()
        return text[text.rindex(b'"seen":"') + 8 :].split(b'"')[0].decode()


async def crowd(viewers: Sequence[Viewer], tell: Callable[[int], float]) -> list[float]:
    """Ms from each commit until each of the open pages has its changes; `tell` stores a reading and says when it was committed."""
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


def opening(address: str, cookie: str, count: int = PAGES) -> list[Viewer]:
    """So many pages that are about to open."""
    return [Viewer(address, cookie) for _ in range(count)]
