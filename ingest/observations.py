"""Accepted readings, published again for partners once they are stored: lossy, and what is lost is counted."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from secrets import token_hex
from typing import Any

import msgspec
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from domain.broker_address import broker_address
from domain.quantities import QUANTITIES
from domain.readings import Reading
from domain.settings import Settings
from domain.times import local
from ingest.metrics import OBSERVATIONS_LOST, OBSERVATIONS_PUBLISHED

TOPIC = "ews/observations/v1"
#: So many wait for a broker that is slow or away; of more, the oldest are lost. Partners ask the API for what they miss.
MOST_WAITING = 20_000
_KEEPALIVE_S = 30
#: How long a full socket is left alone, and how long the thread sleeps without work.
_FULL_S, _IDLE_S = 0.01, 0.5
_encoder = msgspec.json.Encoder()


def topic_of(reading: Reading) -> str:
    """Where a reading is published."""
    return f"{TOPIC}/{reading.station}/{reading.quantity}"


def document(reading: Reading) -> bytes:
    """A reading as partners get it, with its unit and flag."""
    return _encoder.encode(
        {
            "station": reading.station,
            "quantity": reading.quantity,
            "observed_at": local(reading.observed_at),
            "received_at": local(reading.received_at),
            "value": reading.value,
            "unit": QUANTITIES[reading.quantity].unit,
            "flag": int(reading.flag),
        }
    )


class Observations:
    """A thread that publishes at QoS 0. `offer` never waits: storing readings comes first."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._waiting: deque[Reading] = deque()
        self._news, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._serve, name="ews-observations", daemon=True)
        self.lost = 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what still waits is lost."""
        self._stop.set()
        self._news.set()
        self._thread.join()
        self._lose(len(self._waiting))

    def offer(self, readings: Sequence[Reading]) -> None:
        """Publish these when there is time."""
        self._waiting.extend(readings)
        over = len(self._waiting) - MOST_WAITING
        for _ in range(max(0, over)):
            self._waiting.popleft()
        self._lose(max(0, over))
        self._news.set()

    def _lose(self, count: int) -> None:
        self.lost += count
        OBSERVATIONS_LOST.inc(count)

    def _serve(self) -> None:
        while not self._stop.is_set():
            if not self._waiting or not self._client.is_connected():
                self._news.wait(_IDLE_S)
                self._news.clear()
            elif self._client.want_write():
                self._stop.wait(_FULL_S)
            else:
                self._publish(self._waiting.popleft())

    def _publish(self, reading: Reading) -> None:
        sent = self._client.publish(topic_of(reading), document(reading), qos=0)
        if sent.rc is MQTTErrorCode.MQTT_ERR_SUCCESS:
            OBSERVATIONS_PUBLISHED.inc()
        else:
            self._lose(1)


@contextmanager
def published(settings: Settings, mqtt_url: str) -> Iterator[Observations | None]:
    """What publishes while the block runs; None when the setting does not ask for it. A broker that is away is waited for."""
    if not settings.publish_observations:
        yield None
        return
    client = _client(settings, mqtt_url)
    client.loop_start()
    observations = Observations(client)
    observations.start()
    try:
        yield observations
    finally:
        observations.stop()
        client.disconnect()
        client.loop_stop()


def _client(settings: Settings, mqtt_url: str) -> Client:
    address = broker_address(mqtt_url)
    version: Any = MQTTProtocolVersion.MQTTv5
    client = Client(CallbackAPIVersion.VERSION2, client_id=f"ews-observations-{token_hex(4)}", protocol=version)
    if address.user is not None:
        client.username_pw_set(address.user, address.password)
    if address.encrypted:
        client.tls_set_context(settings.mqtt_tls.context())
    client.reconnect_delay_set(min_delay=1, max_delay=15)
    client.connect_async(address.host, address.port, keepalive=_KEEPALIVE_S)
    return client
