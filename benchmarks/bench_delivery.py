"""How fast warnings reach a webhook: a storm of alerts through the outbox, against plain posting in the same run.

    python benchmarks/bench_delivery.py storm --alerts 5000
    python benchmarks/bench_delivery.py latency --rate 1000 --seconds 20
    python benchmarks/bench_delivery.py alertmanager --alerts 5000

Every figure stands beside a floor measured in the same run on the same machine: the same bodies posted by the same number of
threads over kept connections, without outbox, wording or signature. The receiver is a process of its own.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from alerts.channels.configuration import ChannelTable, open_outlets
from alerts.decision import Judged, Rulebook, decide_together
from alerts.delivery import Office
from alerts.recipients import Recipient, Recipients
from domain.alerts import Event, Finding, Phase, Severity, Step
from domain.stations import Series, StageThresholds, Station, StationKind
from storage.contacts import Contact, set_contact
from storage.database import Database
from storage.migrate import migrate
from storage.stations import sync_network
from tests.conftest import EmbeddedServer

_BASINS = ("huong", "bo", "truoi", "o_lau", "nong")
_POLICY = {Event.FLOOD: {1: Severity.MINOR, 2: Severity.MODERATE, 3: Severity.SEVERE}}
#: The receiver writes whole lines at once, so that none is cut where a reading of the log ends.
_COUNT = re.compile(rb'"count":(\d+)')
_RECEIVER = """
import asyncio, json, sys
times = []
class Receiver(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.data = transport, b""
    def data_received(self, data):
        self.data += data
        while True:
            head = self.data.find(b"\\r\\n\\r\\n")
            if head < 0:
                return
            found = self.data[:head].lower().find(b"content-length:")
            size = int(self.data[found + 15 : head].split(b"\\r\\n", 1)[0]) if found >= 0 else 0
            if len(self.data) < head + 4 + size:
                return
            body, self.data = self.data[head + 4 : head + 4 + size], self.data[head + 4 + size :]
            LINE(body)
            self.transport.write(b"HTTP/1.1 200 OK\\r\\ncontent-length: 0\\r\\n\\r\\n")
import time
out = open(sys.argv[2], "ab", buffering=0)
pending = []
def LINE(body):
    pending.append(b"%.6f " % time.time() + body.replace(b"\\n", b" ") + b"\\n")
async def main():
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    print("ready", flush=True)
    while True:
        await asyncio.sleep(0.05)
        if pending:
            out.write(b"".join(pending)); pending.clear()
asyncio.run(main())
"""


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def receiver(folder: Path) -> Iterator[tuple[str, Path]]:
    """A webhook receiver in a process of its own: its address, and the file with one `time body` line a message."""
    port, log = free_port(), folder / "received"
    log.touch()
    process = subprocess.Popen([sys.executable, "-c", _RECEIVER, str(port), str(log)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield f"http://127.0.0.1:{port}/warnings", log
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def database() -> Iterator[str]:
    """A fresh embedded PostgreSQL with its shipped settings."""
    server = EmbeddedServer()
    try:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("create database bench")
        url = "/bench".join(server.url.rsplit("/postgres", 1))
        migrate(url)
        yield url
    finally:
        server.close()


@contextmanager
def bench(folder: Path) -> Iterator[tuple[Database, str, Path]]:
    """A database, and a receiver with its log."""
    with database() as url, receiver(folder) as (hook, log), Database(url) as base:
        yield base, hook, log


def station(number: int) -> Station:
    """A gauge of a basin."""
    threshold = StageThresholds(
        valid_from=date(2020, 1, 1), datum="x", bd1_m=1.0, bd2_m=2.0, bd3_m=3.5, source="bench", verified=True
    )
    return Station(
        id=f"g{number:05d}",
        name_vi=f"Trạm {number}",
        name_en=f"Gauge {number}",
        kind=StationKind.RIVER,
        lat=16.4,
        lon=107.5,
        river="Hương",
        basin=_BASINS[number % len(_BASINS)],
        series=(Series(quantity="water_level", cadence=timedelta(minutes=10)),),
        thresholds=(threshold,),
        simulated=False,
        verified=True,
        source="bench",
    )


def recipients() -> Recipients:
    """One program that hears everything."""
    one = Recipient.model_validate(
        {
            "id": "program",
            "name_vi": "Chương trình",
            "name_en": "Program",
            "role": "committee",
            "area": "city",
            "language": "vi",
            "channels": ["webhook"],
            "severity_floor": "Minor",
        }
    )
    return Recipients.of([one])


def raise_all(base: Database, stations: Sequence[Station], people: Recipients) -> float:
    """Every gauge crosses BĐ3 at once; the seconds until all alerts and deliveries are stored."""
    began, now = time.perf_counter(), datetime.now(UTC)
    step = Step(at=now, level=3, value=3.6, threshold=3.5)
    book = Rulebook(severities=_POLICY, recipients=people)
    judged = [
        Judged(
            station=each,
            findings=[
                Finding(
                    station=each.id, event=Event.FLOOD, phase=Phase.OBSERVED, rule="stage", since=now, steps=(step,)
                )
            ],
            stored=[],
        )
        for each in stations
    ]
    for begin in range(0, len(judged), 500):
        with base.transaction() as connection:
            decide_together(connection, judged[begin : begin + 500], book, clock_now=now, wall_now=now)
    return time.perf_counter() - began


def received(log: Path) -> list[tuple[float, dict[str, Any]]]:
    """What has arrived, with the time."""
    lines = log.read_bytes().splitlines()
    return [(float(at), json.loads(body)) for at, body in (line.split(b" ", 1) for line in lines)]


def floor(url: str, body: bytes, count: int, threads: int) -> float:
    """Posts a second of the same body over kept connections, and nothing else."""
    host = url.split("/")[2]

    def post(times: int) -> None:
        connection = http.client.HTTPConnection(host)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(times):
            connection.request("POST", "/floor", body, {"Content-Type": "application/json"})
            connection.getresponse().read()

    workers = [threading.Thread(target=post, args=(count // threads,)) for _ in range(threads)]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return count / (time.perf_counter() - began)


def storm(alerts: int, *, grouped: bool) -> None:
    """All gauges cross at once: time to store, deliveries a second, messages."""
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder)) as (base, hook, log):
        stations = [station(number) for number in range(alerts)]
        people = recipients()
        with base.transaction() as connection:
            sync_network(connection, stations)
            contact = Contact(recipient="program", person="", channel="webhook", address=hook, secret="s" * 32)
            set_contact(connection, contact, by="bench")
        storing = threading.Event()
        office = _office(base, people, grouped=grouped, folder=Path(folder), storm=storing)
        office.work(seconds=1.0)
        running = threading.Event()
        thread = threading.Thread(target=_deliver, args=(office, running))
        if grouped:
            thread.start()
        storing.set()  # as the scheduler does while it judges what rises
        stored_s = raise_all(base, stations, people)
        storing.clear()
        began = time.time()
        if not grouped:
            thread.start()
        documents = _await(log, alerts)
        running.set()
        thread.join()
        last = max(at for at, _ in documents)
        body = json.dumps(documents[0][1]).encode()
        keys = {str(document["key"]) for _, document in documents}
        told = sum(int(str(document["count"])) for _, document in documents)
        print(f"{alerts} alerts stored in {stored_s:.2f} s ({alerts / stored_s:.0f}/s)")
        print(f"told of {told} alerts in {len(documents)} messages, {len(keys)} different")
        if grouped:
            basins = [str(document["basin"]) for _, document in documents]
            print(f"by basin: { {basin: basins.count(basin) for basin in sorted(set(basins))} }")
            return
        per_s = alerts / (last - began)
        floor_per_s = floor(hook, body, alerts, 8)
        print(f"delivered {per_s:.0f}/s; plain posting {floor_per_s:.0f}/s; ratio {per_s / floor_per_s:.2f}")


def _office(base: Database, people: Recipients, *, grouped: bool, folder: Path, storm: threading.Event) -> Office:
    table = ChannelTable(kind="webhook", concurrency=32, grouped=grouped)
    outlets = open_outlets({"webhook": table}, alert_dir=folder, publisher=None)
    wait = timedelta(seconds=0.3 if grouped else 0)
    return Office(base, outlets, people, lambda: datetime.now(UTC), group_wait=wait, storm=storm)


def _deliver(office: Office, stop: threading.Event) -> None:
    while not stop.is_set():
        office.work(seconds=1.0, stopped=stop.is_set)
        time.sleep(0.002)
    office.close()


def _await(log: Path, alerts: int) -> list[tuple[float, dict[str, Any]]]:
    """Everything, when it has arrived. What is new is only counted: reading it would take the processor from the sender."""
    until, told = time.monotonic() + 120, 0
    with log.open("rb") as arriving:
        while time.monotonic() < until:
            time.sleep(0.2)
            told += sum(int(count) for count in _COUNT.findall(arriving.read()))
            if told >= alerts:
                return received(log)
    raise SystemExit("not everything arrived within 120 s")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["storm", "grouped"])
    parser.add_argument("--alerts", type=int, default=5000)
    arguments = parser.parse_args()
    print(f"load of the machine: {Path('/proc/loadavg').read_text(encoding='ascii').strip()}")
    storm(arguments.alerts, grouped=arguments.what == "grouped")


if __name__ == "__main__":
    main()
