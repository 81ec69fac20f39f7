"""What ingest tests work with: a small network, devices that publish, a running worker, a look into the database."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from domain.settings import Settings
from domain.stations import QualityLimits, Series, Station, StationKind
from ingest.worker import run
from storage.accounts import Counts, accounts
from storage.database import Database

T0 = datetime(2025, 10, 27, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def station(name: str, *, limits: QualityLimits | None = None) -> Station:
    """A gauge that measures its level and the rain every ten minutes."""
    level = Series(quantity="water_level", cadence=10 * MINUTE, limits=limits or QualityLimits())
    return Station(
        id=name,
        name_vi=name,
        name_en=name,
        kind=StationKind.RIVER,
        lat=16.4,
        lon=107.5,
        series=(level, Series(quantity="rainfall", cadence=10 * MINUTE)),
        simulated=False,
        verified=True,
        source="test",
    )


@dataclass
class Devices:
    """Publishes as field hardware does, over one connection."""

    url: str
    client: mqtt.Client = field(init=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self.client.max_queued_messages_set(0)
        self.client.connect(parts.hostname or "", parts.port or 1883)
        self.client.loop_start()

    def send(self, topic: str, payload: object, *, qos: int = 1, retain: bool = False) -> None:
        """One message; anything but bytes is written as JSON."""
        self.send_all([(topic, payload)], qos=qos, retain=retain)

    def send_all(self, messages: Iterable[tuple[str, object]], *, qos: int = 1, retain: bool = False) -> int:
        """Many messages; returns how many when the broker has them all."""
        sent = [
            self.client.publish(topic, p if isinstance(p, bytes) else json.dumps(p), qos=qos, retain=retain)
            for topic, p in messages
        ]
        for info in sent:
            info.wait_for_publish(60)
        return len(sent)

    def close(self) -> None:
        """Leave."""
        self.client.disconnect()
        self.client.loop_stop()


def reading(minutes: float, value: float, **more: object) -> dict[str, object]:
    """The native payload of one reading, `minutes` after T0."""
    return {"observed_at": (T0 + minutes * MINUTE).isoformat(), "value": value, **more}


@dataclass
class Book:
    """Looks into the database."""

    database: Database

    def rows(self, statement: bytes, *parameters: object) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self.database.transaction() as c:
            return c.execute(statement, parameters).fetchall()

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.rows(f"select count(*) from {table}".encode())[0][0])

    def values(self, name: str = "kim_long", quantity: str = "water_level") -> list[float]:
        """The values shown for one series, in order of time."""
        statement = b"select value from v_reading where station = %s and quantity = %s order by observed_at"
        return [v for (v,) in self.rows(statement, name, quantity)]

    def reasons(self) -> list[str]:
        """Why things were rejected, in the order they came."""
        return [r for (r,) in self.rows(b"select reason from rejected order by id")]

    def total(self) -> Counts:
        """All accounts together."""
        with self.database.transaction() as c:
            each = [a.counts for a in accounts(c)]
        assert all(one.balanced for one in each)
        return Counts(
            received=sum(c.received for c in each),
            stored=sum(c.stored for c in each),
            duplicates=sum(c.duplicates for c in each),
            revisions=sum(c.revisions for c in each),
            rejected=sum(c.rejected for c in each),
        )

    def wait_for(self, reached: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Until something is so, or fail."""
        until = time.monotonic() + timeout_s
        while not reached():
            assert time.monotonic() < until, f"not reached: {self.total()}, {self.reasons()[-5:]}"
            time.sleep(0.02)

    def wait_for_received(self, count: int, timeout_s: float = 60.0) -> Counts:
        """Until so many readings were taken in."""
        self.wait_for(lambda: self.total().received >= count, timeout_s)
        return self.total()


@contextmanager
def working(database_url: str, broker_url: str, **settings: Any) -> Iterator[None]:
    """A worker in a thread, ready when this yields, stopped afterwards."""
    stop, ready = Event(), Event()
    arguments = (Settings(**settings), database_url, broker_url, stop)
    thread = Thread(target=run, args=arguments, kwargs={"ready": ready.set})
    thread.start()
    try:
        assert ready.wait(60)
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive(), "the worker did not stop"
