"""A load measured from outside: first what the system can take, then half of that for long. Nothing is lost, memory is flat.

Seconds here; `make soak` makes it a day (EWS_TEST_SOAK_LOAD_SECONDS). Then the memory and the lag are held to account too:
on a machine that is busy with other tests they say nothing. What is seen is written to build/soak.txt each minute, so that
a soak that somebody ends early, or a machine that goes down, still says what it saw.
"""

from __future__ import annotations

import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.acceptance.faults import SOAK, Scene, memory_mb
from tests.acceptance.running import Process, ask, wait_for

SECONDS = float(os.environ.get("EWS_TEST_SOAK_LOAD_SECONDS", "86400" if SOAK else "4"))
CAPACITY_S = 60.0 if SOAK else 2.0
STATIONS = 500
WAITING = "select coalesce(sum(messages), 0) from ingest_waiting"
DIARY = Path(__file__).resolve().parents[2] / "build" / "soak.txt"
pytestmark = pytest.mark.timeout(2 * SECONDS + 3600 if SOAK else 600)


def _load(scene: Scene, worker: Process, rate: float, seconds: float, diary: Path) -> tuple[str, list[float]]:
    """(what `ews simulate` has printed, memory of the worker in MB all the while)."""
    samples, noted = list[float](), 0.0
    command = scene.ews.start("simulate", "--stations", str(STATIONS), "--rate", str(rate), "--seconds", str(seconds))
    while command.process.poll() is None:
        samples.append(memory_mb(worker))
        if time.monotonic() - noted >= 60.0:
            noted = time.monotonic()
            _note(diary, scene, f"{samples[-1]:.0f} MB", *command.said[-1:])
        time.sleep(max(0.1, min(seconds / 500, 10.0)))
    wait_for("its last line", lambda: "publish to row committed" in command.output or command.process.returncode)
    _note(diary, scene, f"{samples[-1]:.0f} MB", command.output)
    assert command.process.returncode == 0, command.output
    return command.output, samples


def _ended_by_a_signal(scene: Scene) -> None:
    """What a load had sent when somebody ended it is counted, and none of it is called lost."""
    rows = "select count(*) from reading"
    before = int(ask(scene.database_url, rows)[0][0])
    command = scene.ews.start("simulate", "--stations", "5", "--rate", "50", "--seconds", "86400")
    wait_for("some of its rows", lambda: int(ask(scene.database_url, rows)[0][0]) > before + 50)
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
    said, _ = _load(scene, worker, 0, CAPACITY_S, diary)
    first = _number(said, "stored")
    rate = re.search(r"^stored\s+\d+, (\d+)/s", said, re.MULTILINE)
    assert rate is not None, said
    half = max(int(rate[1]) // 2, 50)
    said, samples = _load(scene, worker, half, SECONDS, diary)
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
    tenth = max(len(samples) // 10, 1)
    early, late = max(samples[tenth : 2 * tenth] or samples), max(samples[-tenth:])
    median, p99, longest = _latency_ms(said)
    told.append(
        f"{rate[1]}/s at most; {sent} in {SECONDS:g} s at {half}/s: all stored, publish to row {median} ms, p99 {p99} ms, "
        f"longest {longest} ms; memory {early:.0f} -> {late:.0f} MB"
    )
    assert len(diary.read_text(encoding="utf-8").split("waiting ")) > 4
    if SOAK:
        assert late < 1.1 * early + 10
        assert p99 < 5_000


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
