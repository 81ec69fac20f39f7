"""What fault tests need: a load that knows itself, the real `ews ingest`, servers that can be hurt, and an exact count."""

from __future__ import annotations

import os
import random
import re
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from burst import START, Burst, payloads, station_name

from domain.stations import QualityLimits, Series, Station, StationKind
from storage.database import Database
from storage.migrate import migrate
from storage.sequences import LONGEST, series_days
from storage.stations import sync_network
from tests import required
from tests.acceptance.running import Ews, Process, ask, wait_for
from tests.ports import free_port

#: `make soak` sets it: a million messages and twenty random points instead of a few thousand and three.
SOAK = os.environ.get("EWS_TEST_SOAK") == "1"
COUNT = int(os.environ.get("EWS_TEST_SOAK_MESSAGES", "1000000")) if SOAK else 12_000
POINTS = int(os.environ.get("EWS_TEST_SOAK_POINTS", "20")) if SOAK else 3
#: How long the memory of a worker is watched, in seconds.
SECONDS = int(os.environ.get("EWS_TEST_SOAK_SECONDS", "1800"))
PATIENCE_S = 3600.0 if SOAK else 180.0
STATIONS = 40
_SAMPLE = re.compile(r"^(ews_ingest_\w+?)(\{.*\})? ([0-9.e+-]+)$", re.MULTILINE)


def a_seed() -> int:
    """Of this run's random points; EWS_TEST_SEED repeats one."""
    return int(os.environ.get("EWS_TEST_SEED") or random.SystemRandom().randrange(1_000_000))


def _station(number: int) -> Station:
    limits = QualityLimits(suspect_high=8.0, rate_suspect_per_h=20.0, spike_fail=3.0)
    return Station(
        id=station_name(number),
        name_vi="Trạm",
        name_en="Station",
        kind=StationKind.RIVER,
        lat=16.4,
        lon=107.5,
        series=(Series(quantity="water_level", cadence=timedelta(minutes=1), limits=limits),),
        simulated=True,
        verified=False,
        source="test",
    )


def prepare(url: str) -> None:
    """The schema and the stations of the load."""
    migrate(url)
    with Database(url) as database, database.transaction() as connection:
        sync_network(connection, [_station(n) for n in range(STATIONS)])


def load(count: int) -> list[tuple[str, bytes]]:
    """So many single readings with their numbers."""
    return payloads(count, stations=STATIONS)


@dataclass
class Scene:
    """A database, a broker and the command between them."""

    ews: Ews
    database_url: str
    mqtt_url: str
    random: random.Random
    more: dict[str, str] = field(default_factory=dict)
    bursts: list[Burst] = field(default_factory=list)

    @property
    def port(self) -> int:
        """The broker's."""
        return int(self.mqtt_url.rsplit(":", 1)[1])

    def ingest(self, *arguments: str, mqtt_url: str | None = None) -> Process:
        """A worker, or several, at work."""
        self.ews.environment = {
            "EWS_DATABASE_URL": self.database_url,
            "EWS_MQTT_URL": mqtt_url or self.mqtt_url,
            **self.more,
        }
        process = self.ews.start("ingest", *arguments)
        wait_for("ingest is at work", lambda: "ingest_ready" in process.output, PATIENCE_S)
        return process

    def subscribe(self) -> None:
        """From now on the broker keeps messages for the worker's session."""
        self.ingest().stop()

    def publish(self, messages: list[tuple[str, bytes]], *, rate: float = 0.0) -> Burst:
        """A load on its way to the broker."""
        burst = Burst(self.port, messages, rate=rate)
        self.bursts.append(burst)
        burst.start()
        return burst

    def close(self) -> None:
        """Let go of the publishers."""
        for burst in self.bursts:
            burst.close()

    def taken_in(self) -> int:
        """Readings that are accounted for, what came again left out; 0 while nobody can be asked."""
        try:
            return int(
                ask(self.database_url, "select coalesce(sum(received - duplicates), 0) from ingest_account")[0][0]
            )
        except psycopg.OperationalError:
            return 0

    def wait_for_taken_in(self, count: int) -> None:
        """Until so many readings are accounted for."""
        wait_for(f"{count} readings", lambda: self.taken_in() >= count, PATIENCE_S)

    def stored(self) -> int:
        """Rows of readings."""
        return int(ask(self.database_url, "select count(*) from reading")[0][0])

    def points(self, count: int) -> list[int]:
        """Random moments, as numbers of readings taken in."""
        return sorted(self.random.sample(range(count // 50, count * 9 // 10), POINTS))


def outcome(url: str) -> dict[str, int]:
    """Everything the accounts say, and what is there."""
    row = ask(
        url, "select sum(received), sum(stored), sum(duplicates), sum(revisions), sum(rejected) from ingest_account"
    )[0]
    found = {
        name: int(n) for name, n in zip(("received", "stored", "duplicates", "revisions", "rejected"), row, strict=True)
    }
    found["rows"] = int(ask(url, "select count(*) from reading")[0][0])
    return found


def missing(url: str, count: int) -> int:
    """Numbers that devices have sent and that are not stored, as `ews accounts sent` reports them."""
    with Database(url) as database, database.transaction() as connection:
        end = START + timedelta(minutes=count // STATIONS + 1)
        # Half an hour at 1,000/s is more than a month of minutes: more than one question may be about.
        starts = [START + number * LONGEST for number in range((end - START) // LONGEST + 1)]
        days = [day for start in starts for day in series_days(connection, start, min(start + LONGEST, end))]
    return sum(sum(last - first + 1 for first, last in day.numbers.missing) for day in days)


def assert_exactly(url: str, count: int) -> dict[str, int]:
    """Every message once: nothing lost, nothing doubled, nothing that does not add up."""
    found = outcome(url)
    assert (found["rows"], found["stored"], found["revisions"], found["rejected"]) == (count, count, 0, 0), found
    assert found["received"] == found["stored"] + found["duplicates"], found
    assert missing(url, count) == 0
    return found


def metrics(port: int) -> dict[str, float]:
    """What a worker tells Prometheus, summed over labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
        found: dict[str, float] = {}
        for name, _, value in _SAMPLE.findall(page.read().decode()):
            found[name] = found.get(name, 0.0) + float(value)
        return found


@dataclass
class OwnMosquitto:
    """A Mosquitto that a test may kill. It keeps nothing on disk."""

    folder: Path
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        executable = required.mosquitto()
        self._config = self.folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\n"
            "log_dest stderr\nlog_type subscribe\n"
        )
        self._log = self.folder / "mosquitto.log"
        self._command = [str(executable), "-c", str(self._config)]
        self.start()

    def start(self) -> None:
        """Start it, for the first time or again."""
        with self._log.open("wb") as log:  # of this life alone
            self._process = subprocess.Popen(self._command, stderr=log)
        wait_for("the broker answers", self._answers)

    def has_subscriber(self, topic: str) -> bool:
        """Whether somebody has subscribed to this since it started."""
        return topic in self._log.read_text()

    def _answers(self) -> bool:
        import socket

        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def kill(self) -> None:
        """Without a word, with all it has in memory."""
        self._process.kill()
        self._process.wait()


@contextmanager
def small_disk(folder: Path, megabytes: int, owner: int) -> Iterator[Path]:
    """A file system of this size; only root can make one."""
    if (
        os.geteuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "ews-test", str(folder)],
            check=False,
            capture_output=True,
        ).returncode
    ):
        required.missing("a small file system needs root")
    try:
        os.chown(folder, owner, -1)
        folder.chmod(0o700)
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def said(process: Process, *words: str) -> Callable[[], bool]:
    """Whether one line of its log has all these words."""
    return lambda: any(all(word in line for word in words) for line in process.said)


def memory_mb(process: Process) -> float:
    """Resident memory of the process itself."""
    return float(process.family()[0].memory_info().rss) / 1e6


def until(check: Callable[[], Any], seconds: float) -> bool:
    """Whether something comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.1)
    return False
