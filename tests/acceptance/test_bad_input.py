"""What bad input gets, over real MQTT into a real `ews ingest`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.acceptance.running import Ews, ask, wait_for

pytestmark = pytest.mark.timeout(240)
NOW = datetime.now(UTC).replace(microsecond=0)
LEVEL = "ews/v1/kim_long/water_level"


def reading(minutes_ago: float = 60, value: object = 1.5, **more: object) -> dict[str, object]:
    return {"observed_at": (NOW - timedelta(minutes=minutes_ago)).isoformat(), "value": value, **more}


def text(content: object) -> bytes:
    return json.dumps(content).encode()


#: topic, payload, the reason it is rejected for, readings stored all the same
BAD: list[tuple[str, bytes, str, int]] = [
    (LEVEL, b"", "not_json", 0),
    (LEVEL, b"{", "not_json", 0),
    (LEVEL, b'"3.5"', "not_json", 0),
    (LEVEL, b"\xff\xfe{}", "not_utf8", 0),
    (LEVEL, text([]), "empty", 0),
    (LEVEL, b"x" * 1_000_000, "too_large", 0),
    (LEVEL, text({"value": 1.0}), "missing_field", 0),
    (LEVEL, text({"observed_at": NOW.isoformat()}), "missing_field", 0),
    (LEVEL, text({"observed_at": "yesterday", "value": 1}), "bad_time", 0),
    (LEVEL, text({"observed_at": "2026-01-01T00:00:00", "value": 1}), "naive_time", 0),
    (LEVEL, text(reading(minutes_ago=-30)), "in_the_future", 0),
    (LEVEL, text({"observed_at": "1969-01-01T00:00:00Z", "value": 1}), "too_old", 0),
    (LEVEL, text(reading(value="NaN")), "not_a_number", 0),
    (LEVEL, b'{"observed_at": "' + NOW.isoformat().encode() + b'", "value": NaN}', "not_a_number", 0),
    (LEVEL, text(reading(value=None)), "not_a_number", 0),
    (LEVEL, text(reading(unit="kg")), "wrong_unit", 0),
    (LEVEL, text(reading(unit="mm/h")), "wrong_unit", 0),
    ("ews/v1/nowhere/water_level", text(reading()), "unknown_station", 0),
    ("ews/v1/kim_long/temper", text(reading()), "unknown_quantity", 0),
    ("ews/v1/KIM LONG/water_level", text(reading()), "bad_topic", 0),
    ("ews/v1/kim_long/water_level/x", text(reading()), "bad_topic", 0),
    # Good neighbours in the same message are stored.
    (LEVEL, text([reading(91), reading(90, value="NaN"), reading(89)]), "not_a_number", 2),
    ("ews/v1/kim_long", text({"observed_at": (NOW - timedelta(minutes=85)).isoformat(), "values": {"water_level": 1.4, "humour": 1}}), "unknown_quantity", 1),
]  # fmt: skip


@contextmanager
def device(broker_url: str) -> Iterator[mqtt.Client]:
    url = urlsplit(broker_url)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="device", protocol=mqtt.MQTTv5)
    client.connect(url.hostname or "", url.port or 1883)
    client.loop_start()
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def publish(client: mqtt.Client, topic: str, payload: bytes) -> None:
    sent = client.publish(topic, payload, qos=1)
    sent.wait_for_publish(20)
    assert sent.is_published()


def test_each_is_kept_with_its_reason_and_good_neighbours_are_stored(
    ews: Ews, database_url: str, broker_url: str
) -> None:
    ews.environment = {"EWS_DATABASE_URL": database_url, "EWS_MQTT_URL": broker_url}
    assert ews.run("migrate").returncode == 0
    process = ews.start("ingest")
    wait_for("ingest", lambda: "ingest_ready" in process.output)
    with device(broker_url) as client:
        for number, (topic, payload, _, _) in enumerate(BAD):
            publish(client, topic, payload)
            publish(client, LEVEL, text(reading(minutes_ago=200 + number)))  # a good one after each bad one
        good = len(BAD) + sum(neighbours for *_, neighbours in BAD)
        wait_for("the good readings", lambda: ask(database_url, "select count(*) from v_reading")[0][0] == good)
        wait_for("the bad ones", lambda: ask(database_url, "select count(*) from v_rejected")[0][0] == len(BAD))
    rejected = ask(database_url, "select topic, reason, payload from v_rejected")
    for topic, payload, reason, neighbours in BAD:
        kept = payload[:8192]
        found = [(t, r) for t, r, p in rejected if t == topic and (bytes(p) == kept or neighbours)]
        assert (topic, reason) in found, (topic, payload[:60], reason, found)
    assert ask(database_url, "select max(payload_bytes) from rejected") == [(1_000_000,)]
    assert ask(database_url, "select received, stored, rejected from ingest_account")  # and they add up:
    received, stored, refused = ask(
        database_url, "select sum(received), sum(stored), sum(rejected) from ingest_account"
    )[0]
    assert (stored, refused) == (good, len(BAD))
    assert received == stored + refused
    assert process.process.poll() is None
    process.stop()
    assert process.process.returncode == 0
    assert "Traceback" not in process.output


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("broker_kind", ["rumqttd"], indirect=True)
def test_unknown_stations_are_listed_configured_and_read_again(ews: Ews, database_url: str, broker_url: str) -> None:
    ews.environment = {"EWS_DATABASE_URL": database_url, "EWS_MQTT_URL": broker_url}
    assert ews.run("migrate", "--schema-only").returncode == 0
    process = ews.start("ingest")
    wait_for("ingest", lambda: "ingest_ready" in process.output)
    with device(broker_url) as client:
        for number in range(3):
            publish(client, LEVEL, text(reading(minutes_ago=number)))
        wait_for("the rejections", lambda: ask(database_url, "select count(*) from v_rejected")[0][0] == 3)
        listed = ews.run("rejected", "list", "--reason", "unknown_station")
        assert listed.stdout.count("unknown_station") == 3 + 1
        assert LEVEL in listed.stdout
        assert "nothing was rejected" in ews.run("rejected", "list", "--reason", "not_json").stdout
        assert ews.run("migrate").returncode == 0
        again = ews.run("rejected", "replay", "--reason", "unknown_station")
        assert again.returncode == 0
        assert again.stdout.startswith("3 messages could be read: 3 readings stored")
        assert ask(database_url, "select count(*) from v_reading") == [(3,)]
        assert ews.run("rejected", "replay").stdout.startswith("0 messages could be read")
        assert len(json.loads(ews.run("rejected", "list", "--json").stdout)) == 3
        # And ingest knows the station from now on, without a restart.
        publish(client, LEVEL, text(reading(minutes_ago=20)))
        wait_for("the reading", lambda: ask(database_url, "select count(*) from v_reading")[0][0] == 4)
    process.stop()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("broker_kind", ["rumqttd"], indirect=True)
def test_unknown_stations_are_adopted_when_asked_for(ews: Ews, database_url: str, broker_url: str) -> None:
    ews.environment = {"EWS_DATABASE_URL": database_url, "EWS_MQTT_URL": broker_url, "EWS_UNKNOWN_STATIONS": "adopt"}
    assert ews.run("migrate").returncode == 0
    process = ews.start("ingest")
    wait_for("ingest", lambda: "ingest_ready" in process.output)
    with device(broker_url) as client:
        publish(client, "ews/v1/new_gauge/water_level", text(reading()))
        wait_for("the reading", lambda: ask(database_url, "select 1 from v_reading where station = 'new_gauge'"))
    (adopted,) = [s for s in json.loads(ews.run("stations", "--json").stdout) if s["id"] == "new_gauge"]
    assert adopted["adopted"] is True
    assert adopted["verified"] is False
    assert adopted["bd1_m"] is None
    process.stop()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("broker_kind", ["rumqttd"], indirect=True)
def test_ingest_alone_stops_quickly_even_under_load(ews: Ews, database_url: str, broker_url: str) -> None:
    ews.environment = {"EWS_DATABASE_URL": database_url, "EWS_MQTT_URL": broker_url}
    assert ews.run("migrate").returncode == 0
    process = ews.start("ingest")
    wait_for("ingest", lambda: "ingest_ready" in process.output)
    with device(broker_url) as client:
        for number in range(3000):
            client.publish(LEVEL, text(reading(minutes_ago=number / 10)), qos=1)
        time.sleep(0.3)
        process.stop()  # it fails after twenty seconds; how quick it is on an idle machine is no matter of a shared one
