"""Whatever dies between a gauge and its row, the count is exact afterwards; what could not be saved is reported.

Random points with a printed seed (EWS_TEST_SEED repeats them). `make soak` runs the same with a million messages.
"""

from __future__ import annotations

import random
import signal
import time

import psycopg
import pytest

from tests.acceptance.faults import (
    COUNT,
    PATIENCE_S,
    POINTS,
    SECONDS,
    SOAK,
    OwnMosquitto,
    Scene,
    a_seed,
    assert_exactly,
    load,
    memory_mb,
    metrics,
    missing,
    outcome,
    prepare,
    said,
    small_disk,
)
from tests.acceptance.running import Ews, Process, ask, wait_for
from tests.conftest import EmbeddedServer
from tests.line import Line
from tests.ports import free_port

pytestmark = pytest.mark.timeout(4 * 3600 if SOAK else 600)
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
on_mosquitto = pytest.mark.parametrize("broker_kind", ["mosquitto"], indirect=True)


def _kill(process: Process) -> None:
    process.process.kill()
    process.process.wait(10)


@on_postgresql
@on_mosquitto
def test_kill_9_of_the_worker(scene: Scene, told: list[str]) -> None:
    scene.subscribe()
    burst = scene.publish(load(COUNT))
    for point in scene.points(COUNT):
        worker = scene.ingest()
        wait_for(f"{point} readings", lambda point=point: scene.taken_in() >= point, PATIENCE_S)
        _kill(worker)
    burst.wait(PATIENCE_S)
    scene.ingest()
    scene.wait_for_taken_in(COUNT)
    told.append(
        f"{POINTS} times kill -9 of the worker in {COUNT} messages: {assert_exactly(scene.database_url, COUNT)}"
    )


@on_mosquitto
def test_immediate_stop_of_the_database(own_scene: Scene, own_postgresql: EmbeddedServer, told: list[str]) -> None:
    worker = own_scene.ingest()
    messages, points = load(COUNT), own_scene.points(COUNT)
    # Paced in the short version, so that the stops come in mid-stream; the last part is sent while the database is away.
    held = COUNT * 19 // 20
    burst = own_scene.publish(messages[:held], rate=0 if SOAK else 1_500)
    for point in points:
        wait_for(f"{point} readings", lambda point=point: own_scene.taken_in() >= point, PATIENCE_S)
        own_postgresql.stop_immediately()
        if point == points[-1]:
            burst.wait(PATIENCE_S)
            own_scene.publish(messages[held:]).wait(PATIENCE_S)
            wait_for("it says so", said(worker, "database_away", "why=away"), PATIENCE_S)
        time.sleep(own_scene.random.uniform(0.0, 1.0))
        own_postgresql.start()
    own_scene.wait_for_taken_in(COUNT)
    told.append(f"{POINTS} times immediate stop in {COUNT} messages: {assert_exactly(own_scene.database_url, COUNT)}")


@on_mosquitto
def test_a_database_that_is_away_for_long(own_scene: Scene, own_postgresql: EmbeddedServer, told: list[str]) -> None:
    """The short version: 4 s at 500/s; the long one: 5 minutes at 2,000/s."""
    away_s, rate = (300.0, 2000) if SOAK else (4.0, 500)
    count = int(rate * (away_s + 4))
    worker = own_scene.ingest()
    before = memory_mb(worker)
    burst = own_scene.publish(load(count), rate=rate)
    own_scene.wait_for_taken_in(rate)
    own_postgresql.stop_immediately()
    time.sleep(away_s)
    own_postgresql.start()
    burst.wait(PATIENCE_S)
    own_scene.wait_for_taken_in(count)
    found = assert_exactly(own_scene.database_url, count)
    told.append(f"away {away_s:g} s at {rate}/s: {found}, memory {before:.0f} -> {memory_mb(worker):.0f} MB")


@on_postgresql
def test_what_a_killed_broker_took_with_it_is_reported(ews: Ews, database_url: str, told: list[str]) -> None:
    """Without persistence a broker loses what it had acknowledged and not yet handed over: no more, and we say which.

    Handed over is what the worker's network thread counted between the kill and the next connection; what came twice
    (its acknowledgement died with the broker) was handed over without having been acknowledged.
    """
    prepare(database_url)
    seed = a_seed()
    broker = OwnMosquitto(ews.folder)
    scene = Scene(ews, database_url, f"mqtt://127.0.0.1:{broker.port}", random.Random(seed))
    scene.more["EWS_INGEST_METRICS_PORT"] = str(metrics_port := free_port())
    part = max(COUNT // POINTS, 14_000)  # more than may be under way to the worker
    messages, sent, not_handed = load(part * POINTS + 1000), 0, 0
    try:
        worker = scene.ingest()
        for _ in range(POINTS):
            worker.said.clear()
            stalled = scene.random.random() < 0.7
            if stalled:
                worker.process.send_signal(signal.SIGSTOP)
            burst = scene.publish(messages[sent : sent + part])
            enough = scene.random.randint(part // 2, part) if stalled else scene.random.randint(1, part // 2)
            wait_for("some acknowledgements", lambda burst=burst, enough=enough: burst.acknowledged >= enough)
            broker.kill()
            # What the broker did not acknowledge the device still has, and sends it again.
            sent += burst.cut_off()
            worker.process.send_signal(signal.SIGCONT)
            wait_for("the worker misses the broker", said(worker, "broker_away"))
            handed = int(metrics(metrics_port)["ews_ingest_messages_total"])
            not_handed = sent - handed
            broker.start()
            wait_for("the worker is back", said(worker, "broker_back"))
            # What is published before the broker has the subscription is acknowledged and goes to nobody.
            wait_for("it has subscribed", lambda: broker.has_subscriber("ews/v1/#"))
        scene.publish(messages[sent:]).wait(PATIENCE_S)
        wait_for("all of it", lambda: _done(metrics_port, handed + len(messages) - sent), PATIENCE_S)
        quiet = outcome(scene.database_url)
    finally:
        scene.close()
        broker.kill()
    lost = len(messages) - scene.stored()
    bound = not_handed + quiet["duplicates"]
    told.append(
        f"seed {seed}: {POINTS} kills of the broker, {len(messages)} sent, {lost} lost of at most {bound}, all reported: {quiet}"
    )
    assert 0 <= lost <= bound
    assert missing(database_url, len(messages)) == lost
    assert quiet["revisions"] == quiet["rejected"] == 0


def _done(metrics_port: int, least: int) -> bool:
    """Whether so many messages have come, and each of them (one reading) is accounted for."""
    found = metrics(metrics_port)
    return found["ews_ingest_messages_total"] >= least and (
        found["ews_ingest_readings_total"] == found["ews_ingest_messages_total"]
    )


@on_postgresql
@on_mosquitto
def test_a_line_that_falls_silent_is_noticed(scene: Scene) -> None:
    """Half-open TCP: nothing passes and nobody is told. The keepalive finds it, the session goes on, nothing is lost."""
    scene.more["EWS_MQTT_KEEPALIVE_S"] = "5"
    with Line(scene.port) as line:
        worker = scene.ingest(mqtt_url=line.url)
        scene.publish(load(500)).wait()
        scene.wait_for_taken_in(500)
        line.silent = True
        scene.publish(load(1000)[500:]).wait()
        assert scene.taken_in() == 500
        line.silent = False  # for new connections; the old one stays dead
        scene.wait_for_taken_in(1000)
        assert line.connections >= 2
        assert said(worker, "broker_away", "Keep alive timeout")() or said(worker, "broker_away")()
    assert_exactly(scene.database_url, 1000)


@on_postgresql
@on_mosquitto
def test_the_same_client_id_twice(scene: Scene) -> None:
    """The second takes the session over; the first says so, waits, and nothing is lost."""
    first = scene.ingest()
    burst = scene.publish(load(4000), rate=1000)
    scene.wait_for_taken_in(500)
    second = scene.ingest()
    wait_for("the first says so", said(first, "session_taken_over", "ews-ingest", "EWS_MQTT_CLIENT_ID"))
    burst.wait()
    scene.wait_for_taken_in(4000)
    assert first.process.poll() is None
    assert sum(line.count("session_taken_over") for line in first.said) <= 4  # now and then, not each second
    first.stop()
    second.stop()
    found = outcome(scene.database_url)
    assert (found["rows"], found["stored"]) == (4000, 4000)
    assert missing(scene.database_url, 4000) == 0


def _fill(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    while True:
        connection.execute(b"insert into ballast select repeat(md5(random()::text), 30) from generate_series(1, 2000)")


@on_mosquitto
def test_a_full_disk(own_scene: Scene, own_postgresql: EmbeddedServer) -> None:
    """It stops acknowledging, says so, and goes on by itself when there is room."""
    owner = (own_postgresql.folder / "pgdata").stat().st_uid
    folder = own_postgresql.folder / "small"
    folder.mkdir()
    with small_disk(folder, 48, owner), psycopg.connect(own_scene.database_url, autocommit=True) as c:
        c.execute(f"create tablespace small location '{folder}'".encode())
        c.execute(b"alter table reading set tablespace small")
        c.execute(b"alter index reading_pkey set tablespace small")
        c.execute(b"create table ballast (filling text) tablespace small")
        with pytest.raises(psycopg.errors.DiskFull):
            _fill(c)
        worker = own_scene.ingest()
        own_scene.publish(load(20_000)).wait()
        wait_for("it says so", said(worker, "database_away", "disk_full"))
        before = own_scene.stored()
        assert before < 20_000
        c.execute(b"drop table ballast")
        c.execute(b"checkpoint")  # gives the room back
        own_scene.wait_for_taken_in(20_000)
        wait_for("it says that it is over", said(worker, "database_back"))
        assert_exactly(own_scene.database_url, 20_000)
        worker.stop()
        c.execute(b"drop table reading cascade")
        c.execute(b"drop tablespace small")


@on_mosquitto
def test_a_read_only_database(own_scene: Scene) -> None:
    worker = own_scene.ingest()
    own_scene.publish(load(1000)).wait()
    own_scene.wait_for_taken_in(1000)
    with psycopg.connect(own_scene.database_url, autocommit=True) as c:
        c.execute(b"alter system set default_transaction_read_only = on")
        c.execute(b"select pg_reload_conf()")
        wait_for("read-only", lambda: ask(own_scene.database_url, "show transaction_read_only") == [("on",)])
        own_scene.publish(load(2000)[1000:]).wait()
        wait_for("it says so", said(worker, "database_away", "read_only"))
        assert own_scene.taken_in() == 1000
        c.execute(b"set transaction_read_only = off")
        c.execute(b"set default_transaction_read_only = off")
        c.execute(b"alter system reset default_transaction_read_only")
        c.execute(b"select pg_reload_conf()")
    own_scene.wait_for_taken_in(2000)
    wait_for("it says that it is over", said(worker, "database_back"))
    assert_exactly(own_scene.database_url, 2000)


@pytest.mark.skipif(not SOAK, reason="half an hour: make soak")
@on_postgresql
@on_mosquitto
def test_memory_is_flat(scene: Scene, told: list[str]) -> None:
    """At 1,000/s; compared are the largest of the second tenth of the time and of the last."""
    count = 1000 * SECONDS
    worker = scene.ingest()
    burst = scene.publish(load(count), rate=1000)
    samples: list[float] = []
    while burst.acknowledged < count:
        samples.append(memory_mb(worker))
        time.sleep(SECONDS / 200)
    scene.wait_for_taken_in(count)
    tenth = len(samples) // 10
    early, late = max(samples[tenth : 2 * tenth]), max(samples[-tenth:])
    found = assert_exactly(scene.database_url, count)
    told.append(f"memory in {SECONDS} s at 1,000/s: early {early:.0f} MB, at the end {late:.0f} MB: {found}")
    assert late < 1.1 * early + 10
