"""Accepted readings reach partners over the broker, with unit and flag, after they are stored; duplicates do not."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from domain.settings import Settings
from ingest.observations import MOST_WAITING, Observations, published
from storage.database import Database
from storage.stations import sync_network
from tests.integration.workbench import Book, Devices, reading, station, working
from tests.open_house import level

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


def test_partners_hear_what_was_accepted_once(database: Database, broker_url: str) -> None:
    with database.transaction() as c:
        sync_network(c, [station("kim_long")])
    heard: list[tuple[str, Any]] = []
    partner, book, devices = _partner(broker_url, heard), Book(database), Devices(broker_url)
    try:
        with working(database.url, broker_url, publish_observations=True):
            topic = "ews/v1/kim_long/water_level"
            book.wait_for(lambda: _answers(devices, book, topic, heard))
            devices.send(topic, reading(1, 358, unit="cm"))
            devices.send(topic, reading(1, 358, unit="cm"))
            devices.send(topic, {"observed_at": "never", "value": 1})
            devices.send(topic, reading(2, 3.7))
            book.wait_for(lambda: any(one["value"] == 3.7 for _, one in heard))
    finally:
        partner.disconnect()
        partner.loop_stop()
        devices.close()
    accepted = [one for _, one in heard if one["value"] == 3.58]
    assert len(accepted) == 1
    assert {topic for topic, _ in heard} == {"ews/observations/v1/kim_long/water_level"}
    assert (accepted[0]["unit"], accepted[0]["observed_at"]) == ("m", "2025-10-27T07:01:00+07:00")
    assert accepted[0]["flag"] in {1, 2, 3}


def _answers(devices: Devices, book: Book, topic: str, heard: list[tuple[str, Any]]) -> bool:
    """The publisher connects in its own time: send until the partner hears."""
    devices.send(topic, reading(-1000 + book.count("reading"), 1.0))
    return bool(heard)


def _partner(url: str, heard: list[tuple[str, Any]]) -> mqtt.Client:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    parts = urlsplit(url)
    client.on_connect = lambda c, *_: c.subscribe("ews/observations/v1/#")
    client.on_message = lambda _c, _u, message: heard.append((message.topic, json.loads(message.payload)))
    client.connect(parts.hostname or "", parts.port or 1883)
    client.loop_start()
    return client


def test_a_broker_that_is_away_costs_the_oldest_and_they_are_counted(database_kind: str) -> None:
    with published(Settings(publish_observations=True), "mqtt://127.0.0.1:1") as observations:
        assert isinstance(observations, Observations)
        readings = [level(step, 1.0) for step in range(MOST_WAITING // 2)]
        for _ in range(3):
            observations.offer(readings)
        assert observations.lost == len(readings)
    assert observations.lost == 3 * len(readings)
    with published(Settings(), "mqtt://127.0.0.1:1") as nothing:
        assert nothing is None
