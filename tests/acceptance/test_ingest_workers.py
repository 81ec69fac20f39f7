"""Several ingest workers share the messages; what they say of themselves adds up; each message is stored once."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.acceptance.faults import COUNT, SOAK, Scene, load, metrics, missing, outcome
from tests.acceptance.running import Ews, Process, ask, wait_for
from tests.ports import free_port

pytestmark = pytest.mark.timeout(4 * 3600 if SOAK else 600)
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
on_mosquitto = pytest.mark.parametrize("broker_kind", ["mosquitto"], indirect=True)


@pytest.fixture
def ports() -> Iterator[int]:
    """The first of three metrics ports in a row."""
    while True:
        first = free_port()
        if [free_port() for _ in range(2)] == [first + 1, first + 2]:
            yield first
            return


def _three_with_one_killed(scene: Scene, ports: int, messages: list[tuple[str, bytes]]) -> Process:
    """From one worker to three, and one of them is killed in mid-stream."""
    half = len(messages) // 2
    scene.subscribe()
    scene.more["EWS_INGEST_METRICS_PORT"] = str(ports)
    scene.publish(messages[:half]).wait()  # into the session of the only worker
    several = scene.ingest("--workers", "3")
    wait_for("all three are at work", lambda: several.output.count("ingest_ready") == 3)
    shared = scene.publish(messages[half:], rate=2000)
    scene.wait_for_taken_in(half + 500)
    victim = several.child("--number", "3")
    assert victim is not None
    victim.kill()
    wait_for("it is started again", lambda: several.output.count("ingest_ready") == 4)
    shared.wait()
    scene.wait_for_taken_in(len(messages))
    wait_for("all are stored", lambda: scene.stored() == len(messages))
    return several


def _adds_up(one: dict[str, float]) -> bool:
    """Of received readings each is done or in hand; they are counted one after the other, once a batch is committed."""
    done, in_hand = one["ews_ingest_readings_total"], one["ews_ingest_waiting_readings"]
    return one["ews_ingest_received_readings_total"] == done + in_hand


def _assert_shared_once(scene: Scene, count: int) -> None:
    found = outcome(scene.database_url)
    assert (found["rows"], found["stored"], found["revisions"], found["rejected"]) == (count, count, 0, 0), found
    assert missing(scene.database_url, count) == 0


@on_postgresql
@pytest.mark.parametrize("broker_kind", ["rumqttd"], indirect=True)
def test_three_workers_at_the_embedded_broker(scene: Scene, ports: int) -> None:
    count = COUNT // 2
    _three_with_one_killed(scene, ports, load(count))
    _assert_shared_once(scene, count)


@on_postgresql
@on_mosquitto
def test_from_one_worker_to_three_and_back(scene: Scene, ports: int, told: list[str]) -> None:
    """What waits in the session of the only one, in those of three, and in those that nobody serves any more is stored once."""
    first = COUNT * 2 // 3
    messages = load(COUNT)
    several = _three_with_one_killed(scene, ports, messages[:first])
    for port in range(ports, ports + 3):
        wait_for("what it says adds up", lambda port=port: _adds_up(metrics(port)))
        one = metrics(port)
        # The one that was killed may come back when all has been shared among the others.
        assert one["ews_ingest_received_readings_total"] > 0 or port == ports + 2
        assert one["ews_ingest_broker_connected"] == 1
    several.stop()
    scene.publish(messages[first:]).wait()  # shared among three sessions that nobody serves
    alone = scene.ingest()
    scene.wait_for_taken_in(COUNT)
    kept = "select client_id from ingest_session"
    wait_for("one session is left", lambda: ask(scene.database_url, kept) == [("ews-ingest",)])
    told.append(f"one, three, one worker with {COUNT} messages: {outcome(scene.database_url)}")
    _assert_shared_once(scene, COUNT)
    alone.stop(signal.SIGINT)


def test_several_workers_are_refused_at_a_broker_that_they_would_kill(ews: Ews) -> None:
    answer = ews.run("ingest", "--workers", "2")
    assert answer.returncode == 2
    assert "EWS_MQTT_URL" in answer.stderr
    assert answer.stderr.count("\n") == 1
