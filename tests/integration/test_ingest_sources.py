"""Other formats through a running worker: subscribed, told apart by topic, stored, refused, and left alone when stale."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest import worker
from storage.accounts import source_accounts
from storage.network_report import waiting_messages
from storage.rejections import list_rejected
from storage.station_clocks import station_clocks
from tests.integration.workbench import T0, Book, Devices, reading, working

SOURCES = """
[[source]]
name = "chirpstack"
format = "chirpstack"
topic = "application/+/device/+/event/+"
[[source.device]]
id = "0101010101010101"
station = "kim_long"
[[source.field]]
name = "level"
quantity = "water_level"
unit = "cm"

[[source]]
name = "esphome"
format = "plain"
topic = "{device}/sensor/{field}/state"
[[source.device]]
id = "gauge"
station = "phu_oc"
[[source.field]]
name = "rain"
quantity = "rainfall"
"""
EVENT = {
    "time": T0.isoformat(),
    "deviceInfo": {"devEui": "0101010101010101", "deviceName": "radar"},
    "rxInfo": [{}],
    "object": {"level": 358},
}
UP = "application/a/device/0101010101010101/event/up"


@pytest.fixture
def config_dir(tmp_path: Path) -> Path:
    (tmp_path / "sources.toml").write_text(SOURCES, encoding="utf-8")
    return tmp_path


def test_readings_of_other_formats_are_stored_beside_native_ones(
    book: Book, devices: Devices, database_url: str, broker_url: str, config_dir: Path
) -> None:
    devices.send("gauge/sensor/rain/state", b"99", retain=True)  # nobody knows how old it is
    with working(database_url, broker_url, config_dir=config_dir):
        devices.send("ews/v1/kim_long/rainfall", reading(0, 2.5))
        devices.send(UP, EVENT)
        devices.send(UP.replace("/up", "/join"), {"deviceInfo": EVENT["deviceInfo"]})
        devices.send(UP, {**EVENT, "object": {"level": "n/a"}})
        devices.send("gauge/sensor/rain/state", b"1.5")
        devices.send("stranger/sensor/rain/state", b"1.5")
        total = book.wait_for_received(5)
    assert total.balanced
    assert (total.stored, total.rejected) == (3, 2)
    with book.database.transaction() as connection:
        by_source = {
            one.source: one.counts for one in source_accounts(connection, datetime.now(UTC) - timedelta(days=1))
        }
        served = waiting_messages(connection)["ews-ingest"].by_source
    assert {name: (c.received, c.stored, c.rejected) for name, c in by_source.items()} == {
        "chirpstack": (2, 1, 1),
        "esphome": (2, 1, 1),
        "native": (1, 1, 0),
    }
    assert served.keys() == by_source.keys()
    assert book.values() == [3.58]
    assert book.values("phu_oc", "rainfall") == [1.5]
    with book.database.transaction() as connection:
        kept = {one.reason: (one.topic, json.loads(one.payload)) for one in list_rejected(connection)}
    assert kept == {
        "not_a_number": (UP, {**EVENT, "object": {"level": "n/a"}}),
        "unknown_device": ("stranger/sensor/rain/state", 1.5),
    }


def _comes(book: Book, devices: Devices, minute: int) -> bool:
    """Whether a message of the source is taken in before a native reading that is sent after it."""
    before = book.total().received
    devices.send(UP, EVENT)
    devices.send("ews/v1/kim_long/rainfall", reading(minute, 2.5))
    book.wait_for(lambda: len(book.values("kim_long", "rainfall")) == minute + 1)
    return book.total().received - before > 1


def test_a_source_that_is_switched_off_is_unsubscribed(
    book: Book, devices: Devices, database_url: str, broker_url: str, config_dir: Path
) -> None:
    with working(database_url, broker_url, config_dir=config_dir):
        pass
    off = SOURCES.replace('format = "chirpstack"', 'format = "chirpstack"\nenabled = false')
    (config_dir / "sources.toml").write_text(off, encoding="utf-8")
    with working(database_url, broker_url, config_dir=config_dir):
        # The embedded broker does not say that it has let go.
        minute, until = 0, time.monotonic() + 60
        while _comes(book, devices, minute):
            assert time.monotonic() < until, "it is still subscribed to"
            minute += 1
    assert book.values() == []


def test_the_clocks_of_live_stations_are_estimated(
    book: Book,
    devices: Devices,
    database_url: str,
    broker_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "_SKEWS_EVERY_S", 0.3)
    with working(database_url, broker_url):
        for n in range(6):
            devices.send("ews/v1/kim_long/water_level", {"observed_at": time.time() - 3600 + n / 100, "value": n})
            book.wait_for_received(n + 1)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with book.database.transaction() as connection:
                found = station_clocks(connection)
            if found:
                break
            time.sleep(0.1)
    assert found["kim_long"].skew_s == pytest.approx(3600, abs=5)
    assert found["kim_long"].samples >= 5
