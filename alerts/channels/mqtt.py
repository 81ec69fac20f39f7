"""Warnings for machines over MQTT: the state of each area as one retained JSON document, and an empty one when all is over."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from secrets import token_hex
from typing import Any

import msgspec
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

from alerts.channels.message import Channel, GiveUp, Message, Outcome, Retry, Sent
from domain.broker_address import TlsFiles, broker_address

TOPIC = "ews/alerts/v1"
#: A line that died without a word is noticed within twice that time; `probe` notices a broker that hangs at once.
_KEEPALIVE_S = 10
#: Asked again for what it gives already, a broker has to answer, and sends nothing that it kept.
_AGAIN = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
_encoder = msgspec.json.Encoder()


class Publisher:
    """One connection that publishes at QoS 1 and waits for the broker's word. It connects when first needed.

    `heard`: called with topic and payload of what arrives on `topics`, in paho's thread.
    """

    def __init__(
        self,
        mqtt_url: str,
        tls: TlsFiles | None = None,
        *,
        topics: tuple[str, ...] = (),
        heard: Callable[[str, bytes], None] = lambda _topic, _payload: None,
    ) -> None:
        self._address, self._tls = broker_address(mqtt_url), tls or TlsFiles()
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._connected = threading.Event()
        self._granted: queue.SimpleQueue[int] = queue.SimpleQueue()  # the questions that were answered
        self._topics, self._heard = topics, heard
        self.connections = 0  # so often the broker took us in; it may have forgotten everything before the last time
        self.retained: dict[str, bytes] = {}  # what it acknowledged to keep, by topic

    def connect(self, timeout_s: float) -> str | None:
        """Be connected; what is wrong, or None."""
        with self._lock:
            if self._client is None:
                client = self._new_client()
                try:
                    client.connect(self._address.host, self._address.port, keepalive=_KEEPALIVE_S)
                except OSError as error:
                    return f"the broker does not answer: {error.strerror or type(error).__name__}"
                client.loop_start()
                self._client = client
        return None if self._connected.wait(timeout_s) else "the broker does not answer, or refuses us"

    def probe(self, timeout_s: float) -> str | None:
        """Be connected and have the broker answer a question; what is wrong, or None.

        A broker that hangs keeps its connections open, and they look well until paho's own question has gone unanswered. Without
        `topics` there is nothing to ask.
        """
        wrong = self.connect(timeout_s)
        client = self._client
        if wrong is not None or client is None or not self._topics:
            return wrong
        _, asked = client.subscribe([(topic, _AGAIN) for topic in self._topics])
        return None if self._answered(asked, timeout_s) else "the broker holds the connection and does not answer"

    def _answered(self, asked: int | None, timeout_s: float) -> bool:
        """Whether this question is answered in time; answers to earlier ones say nothing."""
        end = time.monotonic() + timeout_s
        with suppress(queue.Empty):
            while asked is not None:
                if self._granted.get(timeout=max(end - time.monotonic(), 0.0)) == asked:
                    return True
        return False

    def publish(self, topic: str, payload: bytes, timeout_s: float, *, retain: bool) -> Outcome:
        """Sent when the broker has acknowledged it."""
        wrong = self.connect(timeout_s)
        client = self._client
        if wrong is not None or client is None:
            return Retry(wrong or "the connection was closed")
        try:
            info = client.publish(topic, payload, qos=1, retain=retain)
            if info.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
                return Retry(f"not published: {info.rc.name}")
            info.wait_for_publish(timeout_s)
        except (ValueError, RuntimeError) as error:
            return Retry(f"not published: {error}", may_have_arrived=True)
        if not info.is_published():
            return Retry("the broker did not acknowledge", may_have_arrived=True)
        if retain:
            self.retained[topic] = payload
        return Sent()

    def _new_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"ews-warnings-{token_hex(4)}", protocol=MQTTProtocolVersion.MQTTv5
        )
        if self._address.user is not None:
            client.username_pw_set(self._address.user, self._address.password)
        if self._address.encrypted:
            client.tls_set_context(self._tls.context())
        client.reconnect_delay_set(min_delay=1, max_delay=15)
        client.on_connect = self._on_connect
        client.on_disconnect = lambda *_: self._connected.clear()
        client.on_message = self._on_message
        client.on_subscribe = lambda _client, _user, mid, *_: self._granted.put(mid)
        return client

    def _on_connect(self, client: Client, _user: object, _flags: object, reason: object, _properties: object) -> None:
        if getattr(reason, "is_failure", True):
            return
        for topic in self._topics:
            client.subscribe(topic, qos=1)
        self.connections += 1
        self._connected.set()

    def _on_message(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        self._heard(message.topic, bytes(message.payload))

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()
        self._connected.clear()


def mqtt_channel(publisher: Publisher, timeout_s: float) -> Channel:
    """A channel that publishes the state of the recipient's area on ews/alerts/v1/<area>, retained.

    The facts of the message are those of the whole area, not of one alert, for there is one retained document a topic.
    """

    def send(message: Message) -> Outcome:
        if not message.area:
            return GiveUp("the recipient has no area to publish for")
        return publisher.publish(area_topic(message.area), area_payload(message.facts), timeout_s, retain=True)

    return send


def area_topic(area: str) -> str:
    """Where the state of an area is retained."""
    return f"{TOPIC}/{area}"


def area_payload(facts: Mapping[str, Any]) -> bytes:
    """The document; empty, which takes back what is retained, when nothing is active."""
    return _encoder.encode(facts) if facts.get("alerts") else b""
