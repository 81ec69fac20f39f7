"""The MQTT 5 session: durable, at least once, acknowledged by hand."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Sequence
from datetime import datetime
from threading import Event

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from domain.broker_address import TlsFiles, broker_address
from ingest import metrics
from ingest.backoff import Backoff, TakeOvers
from ingest.connection import Connection
from ingest.formats.native import LONGEST_PAYLOAD
from ingest.inbox import Inbox
from ingest.intake import Envelope
from ingest.publish_stream import Published
from storage.rejections import PAYLOAD_LIMIT

#: How many messages the broker may have under way to us; one batch is stored while the next one gathers.
RECEIVE_MAXIMUM = 8000
#: The broker keeps our session and its queue while we are away for a week.
_SESSION_EXPIRY_S = 7 * 24 * 3600
#: No topic that says anything is longer; 64 KiB of one would only fill memory.
_LONGEST_TOPIC = 512
_FAILURE = 128  # MQTT 5: reason codes from 0x80 on are failures
_TAKEN_OVER = 0x8E

_log = structlog.get_logger(__name__)


def subscriptions(wanted: Sequence[tuple[str, int]], group: str | None) -> list[tuple[str, int]]:
    """Sessions with the same group share the messages among them (MQTT 5.0, section 4.8.2); none: each gets all."""
    return [(topic if group is None else f"$share/{group}/{topic}", qos) for topic, qos in wanted]


class Session:
    """Receives into an inbox and acknowledges what has been stored.

    `wanted`: (topic filter, QoS) as `subscriptions` makes them.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        inbox: Inbox,
        wanted: Sequence[tuple[str, int]] = (),
        *,
        tls: TlsFiles | None = None,
        keepalive_s: int = 15,
    ) -> None:
        self._inbox, self._client_id, self._keepalive_s = inbox, client_id, keepalive_s
        self._wanted = list(wanted)
        self._backoff = Backoff(first_s=0.5, longest_s=30.0)
        self._take_overs = TakeOvers()
        self._away = self._leaving = False
        self.subscribed, self.unsubscribed = Event(), Event()
        self.given_up: str | None = None  # why this session is left to another process
        address = broker_address(url)
        self._host, self._port = address.host, address.port
        self._client = self._new_client(client_id)
        if address.user is not None:
            self._client.username_pw_set(address.user, address.password)
        if address.encrypted:
            self._client.tls_set_context((tls or TlsFiles()).context())

    @property
    def subscriptions(self) -> list[str]:
        """The topic filters of this session."""
        return [topic for topic, _ in self._wanted]

    @property
    def unacknowledged(self) -> int:
        """QoS 1 messages of the present connection that are not acknowledged."""
        return self._client.unacknowledged

    def _new_client(self, client_id: str) -> Connection:
        client = Connection(client_id, self._deliver)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = lambda *_: self.unsubscribed.set()
        return client

    def start(self) -> None:
        """Begin connecting in a thread of its own; it keeps trying until `stop`."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = _SESSION_EXPIRY_S
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        self._wait_next_time(self._backoff.next_s())
        self._client.connect_async(
            self._host, self._port, keepalive=self._keepalive_s, clean_start=False, properties=properties
        )
        self._client.loop_start()

    def stop(self, *, forever: bool = False) -> None:
        """Leave; the broker keeps the session, unless it is `forever`."""
        self._leaving = True
        properties = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 0 if forever else _SESSION_EXPIRY_S
        self._client.disconnect(properties=properties)
        self._client.loop_stop()

    def unsubscribe(self, topics: Collection[str]) -> None:
        """Leave filters of an earlier run; `unsubscribed` is set when the broker has answered."""
        self.unsubscribed.clear()
        self._client.unsubscribe(sorted(topics))

    def watch(self) -> None:
        """Start the network thread again should it have died."""
        if not self._client.running and self.given_up is None:
            _log.error("mqtt_thread_died", host=self._host, port=self._port)
            self._client.new_generation()
            self._client.loop_stop()
            self.start()

    def acknowledge(self, envelopes: Sequence[Envelope]) -> int:
        """Acknowledge stored messages of the present connection; return how many. The others will come again."""
        by_generation: dict[int, list[int]] = {}
        for envelope in envelopes:
            if envelope.qos:
                by_generation.setdefault(envelope.generation, []).append(envelope.mid)
        sent = 0
        for generation, mids in by_generation.items():
            if self._client.acknowledge(mids, generation):
                sent += len(mids)
            else:
                metrics.STALE.inc(len(mids))
        return sent

    def _on_connect(
        self,
        client: mqtt.Client,
        userdata: object,
        flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        del userdata, properties
        if reason.is_failure:
            self._lost(str(reason))
            return
        self._backoff.reset()
        self._take_overs.connected(time.monotonic())
        if self._away:
            _log.info("broker_back", host=self._host, port=self._port, session_present=flags.session_present)
            metrics.RECONNECTS.inc()
        self._away = False
        metrics.CONNECTED.set(1)
        if self._wanted:
            client.subscribe([(topic, _options(qos)) for topic, qos in self._wanted])
        else:
            self.subscribed.set()

    def _on_subscribe(
        self, client: mqtt.Client, userdata: object, mid: int, reasons: list[ReasonCode], properties: Properties | None
    ) -> None:
        del client, userdata, mid, properties
        for topic, reason in zip(self.subscriptions, reasons, strict=False):
            if reason.value >= _FAILURE:
                _log.error("subscription_refused", topic=topic, reason=str(reason))
            else:
                self.subscribed.set()

    def _on_disconnect(
        self,
        client: mqtt.Client,
        userdata: object,
        flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        del client, userdata, flags, properties
        self._client.new_generation()
        if self._leaving:
            return
        if reason.value == _TAKEN_OVER:
            self._taken_over()
        else:
            self._lost(str(reason))

    def _taken_over(self) -> None:
        """Another process came with our client id: let it work, look again after a while, and do not fight for ever."""
        metrics.CONNECTED.set(0)
        self._away = True
        wait_s = self._take_overs.taken(time.monotonic())
        text = f"another process uses the MQTT client id {self._client_id} (EWS_MQTT_CLIENT_ID) at {self._host}:{self._port}"
        if wait_s is None:
            self.given_up = f"{text}; it took the session over again and again, and this one gives way"
            self._leaving = True
            self._client.disconnect()
            return
        _log.error("session_taken_over", reason=text, next_look_s=round(wait_s))
        self._wait_next_time(wait_s)

    def _on_connect_fail(self, client: mqtt.Client, userdata: object) -> None:
        del client, userdata
        error = sys.exception()  # paho calls this while it handles what went wrong, and does not hand it over
        self._lost(f"no connection: {error}" if error else "no connection")

    def _lost(self, reason: str) -> None:
        metrics.CONNECTED.set(0)
        if not self._away:
            _log.warning("broker_away", host=self._host, port=self._port, reason=reason)
        self._away = True
        self._wait_next_time(self._backoff.next_s())

    def _wait_next_time(self, wait_s: float) -> None:
        # paho takes any number of seconds; two equal ones switch off its own doubling.
        self._client.reconnect_delay_set(wait_s, wait_s)  # type: ignore[arg-type]

    def _deliver(self, published: list[Published], received_at: datetime, generation: int) -> None:
        """Hand over, nothing else: this is the network thread."""
        metrics.MESSAGES.inc(len(published))
        self._inbox.put([_envelope(one, received_at, generation) for one in published])


def _options(qos: int) -> SubscribeOptions:
    """Without retained messages at QoS 0: they are as old as nobody knows, and their time would be their arrival."""
    keep = SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE if qos else SubscribeOptions.RETAIN_DO_NOT_SEND
    return SubscribeOptions(qos=qos, retainHandling=keep)


def _envelope(one: Published, received_at: datetime, generation: int) -> Envelope:
    topic = "\ufffd" if one.topic is None else one.topic
    length = len(one.payload)
    return Envelope(
        topic if len(topic) <= _LONGEST_TOPIC else topic[:_LONGEST_TOPIC],
        one.payload if length <= LONGEST_PAYLOAD else one.payload[:PAYLOAD_LIMIT],
        received_at,
        one.mid,
        one.qos,
        generation,
        length,
        one.retained,
    )
