"""A load measured from outside: first what the system can take, then half of that for long. Nothing is lost, memory is flat.

Seconds here; `make soak` makes it a day (EWS_TEST_SOAK_LOAD_SECONDS). Both hold to account how much was sent, the lag, and the
memory of the worker and of the broker; in seconds beside other tests with bounds so wide that only what grows without end meets
them. What is seen is written to build/soak.txt each minute, so that a soak that somebody ends early, or a machine that
goes down, still says what it saw.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from tests.acceptance.faults import SOAK, Scene, memory_mb
from tests.acceptance.running import Process, ask, wait_for

SECONDS = float(os.environ.get("EWS_TEST_SOAK_LOAD_SECONDS", "86400" if SOAK else "4"))
CAPACITY_S = 60.0 if SOAK else 2.0
STATIONS = 500
WAITING = "select coalesce(sum(messages), 0) from ingest_waiting"
#: Of what was due, how much must have been sent. In seconds beside other tests a machine may well have become half as fast.
SENT_SHARE = 0.9 if SOAK else 0.45
#: What memory may be at the end, of what it was soon after the beginning, and MB more: seconds are not past the warming up.
MEMORY_TIMES, MEMORY_MORE_MB = (1.1, 10.0) if SOAK else (1.5, 80.0)
#: Until a row is committed: 99 of 100 over all, and 99 of 100 in the worst minute.
P99_MS, P99_OF_A_MINUTE_MS = (5_000, 30_000) if SOAK else (20_000, 20_000)
DIARY = Path(__file__).resolve().parents[2] / "build" / "soak.txt"
pytestmark = pytest.mark.timeout(2 * SECONDS + 3600 if SOAK else 600)


@dataclass
class Watched:
    """The memory of a worker and of its broker, in MB, all the while."""

    worker: Process
    broker: psutil.Process
    samples: list[tuple[float, float]] = field(default_factory=list)

    def look(self) -> None:
        """Once more."""
        self.samples.append((memory_mb(self.worker), self.broker.memory_info().rss / 1e6))

    @property
    def now(self) -> str:
        """For the diary."""
        return "worker {:.0f} MB, broker {:.0f} MB".format(*self.samples[-1])

    def spans(self) -> list[tuple[str, float, float]]:
        """(of what, most soon after the beginning, most at the end)."""
        tenth = max(len(self.samples) // 10, 1)
        early, late = self.samples[tenth : 2 * tenth] or self.samples, self.samples[-tenth:]
        return [
            (name, max(s[i] for s in early), max(s[i] for s in late)) for i, name in enumerate(("worker", "broker"))
        ]


def _memory_is_flat(watched: Watched) -> None:
    for name, early, late in watched.spans():
        said = f"memory of the {name} grew from {early:.0f} to {late:.0f} MB"
        assert late < MEMORY_TIMES * early + MEMORY_MORE_MB, said


def _mosquitto() -> psutil.Process:
    """The broker of this test."""
    (found,) = (one for one in psutil.Process().children() if any("mosquitto.conf" in word for word in one.cmdline()))
    return found


def _enough_sent(said: str, rate: float) -> None:
    """Half the capacity has really been sent: a generator that fell behind, or ended early, has shown nothing about it."""
    sent, due, behind = _number(said, "sent"), rate * SECONDS, re.search(r"fell behind by at most +([\d.]+) s", said)
    assert behind is not None, said
    assert sent >= rate * (SECONDS - float(behind[1]) - 0.01) - 1, (
        f"{sent} of {due:.0f} sent, more missing than it fell behind"
    )
    assert sent >= SENT_SHARE * due, f"only {sent} of {due:.0f} sent: {behind[0]}, so half the capacity was not tried"


def _lag_is_bounded(said: str) -> None:
    """Of all of it, and of each of its minutes: one that grows would show in the last of them."""
    minutes = [int(ms) for ms in re.findall(r"row committed \d+ / (\d+) / \d+ ms", said)]
    assert len(minutes) >= SECONDS / 60 - 2, said
    assert max(minutes, default=0) < P99_OF_A_MINUTE_MS, (
        f"p99 of minute {minutes.index(max(minutes)) + 1}: {max(minutes)} ms"
    )
    assert _latency_ms(said)[1] < P99_MS, said


def _load(scene: Scene, watched: Watched, rate: float, seconds: float, diary: Path) -> str:
    """What `ews simulate` has printed."""
    noted = 0.0
    command = scene.ews.start("simulate", "--stations", str(STATIONS), "--rate", str(rate), "--seconds", str(seconds))
    while command.process.poll() is None:
        watched.look()
        if time.monotonic() - noted >= 60.0:
            noted = time.monotonic()
            _note(diary, scene, watched.now, *command.said[-1:])
        time.sleep(max(0.1, min(seconds / 500, 10.0)))
    wait_for("its last line", lambda: "publish to row committed" in command.output or command.process.returncode)
    _note(diary, scene, watched.now, command.output)
    assert command.process.returncode == 0, command.output
    return command.output


def _ended_by_a_signal(scene: Scene) -> None:
    """What a load had sent when somebody ended it is counted, and none of it is called lost. Nobody may send another meanwhile."""
    rows = "select count(*) from reading"
    before = int(ask(scene.database_url, rows)[0][0])
    command = scene.ews.start("simulate", "--stations", "5", "--rate", "50", "--seconds", "86400")
    wait_for("some of its rows", lambda: int(ask(scene.database_url, rows)[0][0]) > before + 50)
    second = scene.ews.run("simulate", "--stations", "5", "--rate", "50")
    assert (second.returncode, "another load is being sent" in second.stderr) == (2, True), second.stderr
    command.stop()
    assert command.process.returncode == 0, command.output
    assert _number(command.output, "stored") == _number(command.output, "sent") > 50
    assert _number(command.output, "lost") == 0


def _note(diary: Path, scene: Scene, *seen: str) -> None:
    """One more entry: the time, messages that ingest has not taken in, and what was seen."""
    waiting = ask(scene.database_url, WAITING)[0][0]
    diary.parent.mkdir(parents=True, exist_ok=True)
    with diary.open("a", encoding="utf-8") as file:
        file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z  waiting {waiting}  {'  '.join(seen)}\n")


def _number(said: str, name: str) -> int:
    found = re.search(rf"^{name}\s+(\d+)", said, re.MULTILINE)
    assert found is not None, said
    return int(found[1])


def _latency_ms(said: str) -> tuple[int, ...]:
    """(median, p99, longest) until a row is committed."""
    found = re.search(r"^publish to row committed\s+\d+\s+(\d+)\s+(\d+)\s+(\d+)", said, re.MULTILINE)
    assert found is not None, said
    return tuple(int(ms) for ms in found.groups())


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("broker_kind", ["mosquitto"], indirect=True)
def test_half_of_what_it_can_take_for_long(scene: Scene, told: list[str], tmp_path: Path) -> None:
    worker, diary = scene.ingest(), DIARY if SOAK else tmp_path / "soak.txt"
    broker = _mosquitto()
    said = _load(scene, Watched(worker, broker), 0, CAPACITY_S, diary)
    first = _number(said, "stored")
    rate = re.search(r"^stored\s+\d+, (\d+)/s", said, re.MULTILINE)
    assert rate is not None, said
    half = max(int(rate[1]) // 2, 50)
    watched = Watched(worker, broker)
    said = _load(scene, watched, half, SECONDS, diary)
    sent = _number(said, "sent")
    assert (_number(said, "acknowledged"), _number(said, "stored"), _number(said, "lost")) == (sent, sent, 0)
    count = "select count(*) from reading r join series s on s.id = r.series_id where s.station like 'load-%%'"
    assert ask(scene.database_url, count) == [(first + sent,)]
    accounts = "select sum(received), sum(stored), sum(rejected), sum(revisions) from ingest_account"
    received, stored, rejected, revisions = map(int, ask(scene.database_url, accounts)[0])
    assert (stored, rejected, revisions) == (first + sent, 0, 0)
    assert received >= stored  # what came twice after a reconnection is counted as a duplicate
    # A worker says only every few seconds how many wait at its door; the last word may be from amid the load.
    wait_for("nothing waits", lambda: ask(scene.database_url, WAITING) == [(0,)])
    _ended_by_a_signal(scene)
    median, p99, longest = _latency_ms(said)
    memory = ", ".join(f"{name} {early:.0f} -> {late:.0f} MB" for name, early, late in watched.spans())
    told.append(
        f"{rate[1]}/s at most; {sent} in {SECONDS:g} s at {half}/s: all stored, publish to row {median} ms, p99 {p99} ms, "
        f"longest {longest} ms; memory: {memory}"
    )
    assert len(diary.read_text(encoding="utf-8").split("waiting ")) > 4
    _enough_sent(said, half)
    _lag_is_bounded(said)
    _memory_is_flat(watched)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("broker_kind", ["rumqttd"], indirect=True)
def test_a_load_says_what_it_lacks(scene: Scene) -> None:
    scene.ews.environment = {"EWS_DATABASE_URL": scene.database_url, "EWS_MQTT_URL": "mqtt://127.0.0.1:1"}
    for arguments, said in (
        (("--stations", "5"), "a load needs both --stations N and --rate R"),
        (("--stations", "5", "--rate", "10"), "MQTT broker 127.0.0.1:1: .*is it running"),
    ):
        found = scene.ews.run("simulate", *arguments)
        assert found.returncode == 2
        assert re.search(said, found.stderr), found.stderr
