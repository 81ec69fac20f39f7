"""The MQTT 5 session: durable, at least once, acknowledged by hand."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Event, Lock

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from domain.broker_address import TlsFiles, broker_address
from ingest.backoff import Backoff
from ingest.formats.native import LONGEST_PAYLOAD
from ingest.inbox import Inbox
from ingest.intake import Envelope
from ingest.metrics import CONNECTED, MESSAGES
from ingest.routing import Sources
from storage.rejections import PAYLOAD_LIMIT

#: How many messages the broker may have under way to us; one batch is stored while the next one gathers.
RECEIVE_MAXIMUM = 4000
#: The broker keeps our session and its queue while we are away for a week.
_SESSION_EXPIRY_S = 7 * 24 * 3600
_KEEPALIVE_S = 30
#: No topic that says anything is longer; 64 KiB of one would only fill memory.
_LONGEST_TOPIC = 512
_FAILURE = 128  # MQTT 5: reason codes from 0x80 on are failures

_log = structlog.get_logger(__name__)


class _Client(mqtt.Client):
    @property
    def running(self) -> bool:
        """Whether the network thread is alive; an error that paho does not expect ends it."""
        return self._thread is not None and self._thread.is_alive()


class Session:
    """Receives into an inbox and acknowledges what has been stored.

    Every connection has its generation. Packet identifiers mean something on the connection that delivered them only: an
    acknowledgement of an earlier one could acknowledge another message, one that is not stored yet.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        inbox: Inbox,
        *,
        sources: Sources | None = None,
        tls: TlsFiles | None = None,
    ) -> None:
        self._inbox, self._sources = inbox, sources or Sources()
        self._generation, self._lock = 0, Lock()
        self._backoff = Backoff(first_s=0.5, longest_s=30.0)
        self._away = self._leaving = False
        self.subscribed = Event()
        address = broker_address(url)
        self._host, self._port = address.host, address.port
        self._client = self._new_client(client_id)
        if address.user is not None:
            self._client.username_pw_set(address.user, address.password)
        if address.encrypted:
            self._client.tls_set_context((tls or TlsFiles()).context())

    def _new_client(self, client_id: str) -> _Client:
        client = _Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv5, manual_ack=True)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def start(self) -> None:
        """Begin connecting in a thread of its own; it keeps trying until `stop`."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = _SESSION_EXPIRY_S
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        self._wait_next_time()
        self._client.connect_async(
            self._host, self._port, keepalive=_KEEPALIVE_S, clean_start=False, properties=properties
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Leave; the broker keeps the session."""
        self._leaving = True
        self._client.disconnect()
        self._client.loop_stop()

    def watch(self) -> None:
        """Start the network thread again should it have died."""
        if not self._client.running:
            _log.error("mqtt_thread_died", host=self._host, port=self._port)
            self._new_generation()
            self._client.loop_stop()
            self.start()

    def acknowledge(self, envelopes: Sequence[Envelope]) -> int:
        """Acknowledge stored messages of the present connection; return how many. The others will come again."""
        sent = 0
        with self._lock:
            for envelope in envelopes:
                if envelope.qos and envelope.generation == self._generation:
                    self._client.ack(envelope.mid, envelope.qos)
                    sent += 1
        return sent

    def _new_generation(self) -> None:
        # Both when a connection ends and when one begins: paho clears its send queue in between.
        with self._lock:
            self._generation += 1

    def _on_connect(
        self,
        client: mqtt.Client,
        userdata: object,
        flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        del userdata, properties
        self._new_generation()
        if reason.is_failure:
            self._lost(str(reason))
            return
        self._backoff.reset()
        if self._away:
            _log.info("broker_back", host=self._host, port=self._port, session_present=flags.session_present)
        self._away = False
        CONNECTED.set(1)
        client.subscribe(self._subscriptions())
        if self._sources.switched_off:  # the broker keeps the session, and with it what was subscribed earlier
            client.unsubscribe(self._sources.switched_off)

    def _subscriptions(self) -> list[tuple[str, SubscribeOptions]]:
        """Without retained messages at QoS 0: they are as old as nobody knows, and their time would be their arrival."""
        return [
            (
                topic,
                SubscribeOptions(
                    qos=qos,
                    retainHandling=SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE
                    if qos
                    else SubscribeOptions.RETAIN_DO_NOT_SEND,
                ),
            )
            for topic, qos in self._sources.subscriptions
        ]

    def _on_subscribe(
        self, client: mqtt.Client, userdata: object, mid: int, reasons: list[ReasonCode], properties: Properties | None
    ) -> None:
        del client, userdata, mid, properties
        for (topic, _), reason in zip(self._sources.subscriptions, reasons, strict=False):
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
        self._new_generation()
        if not self._leaving:
            self._lost(str(reason))

    def _on_connect_fail(self, client: mqtt.Client, userdata: object) -> None:
        del client, userdata
        error = sys.exception()  # paho calls this while it handles what went wrong, and does not hand it over
        self._lost(f"no connection: {error}" if error else "no connection")

    def _lost(self, reason: str) -> None:
        CONNECTED.set(0)
        if not self._away:
            _log.warning("broker_away", host=self._host, port=self._port, reason=reason)
        self._away = True
        self._wait_next_time()

    def _wait_next_time(self) -> None:
        wait_s = self._backoff.next_s()
        # paho takes any number of seconds; two equal ones switch off its own doubling.
        self._client.reconnect_delay_set(wait_s, wait_s)  # type: ignore[arg-type]

    def _on_message(self, client: mqtt.Client, userdata: object, message: mqtt.MQTTMessage) -> None:
        """Hand over, nothing else: this is the network thread."""
        del client, userdata
        received_at = datetime.now(UTC)
        try:
            topic = message.topic[:_LONGEST_TOPIC]
        except UnicodeDecodeError:
            topic = "\ufffd"
        payload = message.payload if len(message.payload) <= LONGEST_PAYLOAD else message.payload[:PAYLOAD_LIMIT]
        MESSAGES.inc()
        self._inbox.put(
            Envelope(
                topic,
                bytes(payload),
                received_at,
                message.mid,
                message.qos,
                self._generation,
                len(message.payload),
                message.retain,
            )
        )
