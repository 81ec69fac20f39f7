"""One MQTT connection of a gateway that carries several stations: QoS 1, back-pressure, status and last will.

A connection has one last will, and here many stations share it, so the will speaks for the gateway, outside the devices'
tree: `ews/gateways/v1/<gateway>/status`. Each station's own retained status says `online` when the gateway takes up its
work and `offline` when it leaves in good order; after a crash the overdue rule finds the silence. A field device with a
connection of its own registers its will on its own status topic, as the message contract says.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from secrets import token_hex
from types import TracebackType
from typing import Self

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from domain.broker_address import TlsFiles, broker_address
from domain.errors import BrokerUnavailableError
from simulators.devices import Message, status_topic

#: Messages sent and not yet acknowledged, all told; the memory of a link is bounded by it.
_OUTSTANDING = 400
#: Of these paho keeps so many in flight, which is also Mosquitto's default receive maximum.
_IN_FLIGHT = 20
_KEEPALIVE_S = 30
_CONNECT_WITHIN_S = 20.0
_GOODBYE_WITHIN_S = 1.0
_POLL_S = 0.2


def gateway_status_topic(gateway: str) -> str:
    """Where a gateway says online or offline."""
    return f"ews/gateways/v1/{gateway}/status"


class Link:
    """A connected gateway. Use as a context manager: on leaving, the stations say offline and the socket is closed."""

    def __init__(
        self,
        mqtt_url: str,
        gateway: str,
        stations: Iterable[str],
        stop: threading.Event,
        *,
        tls: TlsFiles | None = None,
    ) -> None:
        self._gateway, self._stations, self._stop = gateway, tuple(stations), stop
        self._address, self._tls = broker_address(mqtt_url), tls or TlsFiles()
        self._changed = threading.Condition()
        self._outstanding = 0
        self._refused: str | None = None
        self._connected = False
        self._met = False  # whether the broker ever accepted us
        self._client = self._new_client()

    def _new_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{self._gateway}-{token_hex(4)}",
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        client.max_inflight_messages_set(_IN_FLIGHT)
        client.max_queued_messages_set(2 * _OUTSTANDING)
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        client.will_set(gateway_status_topic(self._gateway), "offline", qos=1, retain=True)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_publish = self._on_publish
        return client

    def __enter__(self) -> Self:
        if self._address.user is not None:
            self._client.username_pw_set(self._address.user, self._address.password)
        if self._address.encrypted:
            self._client.tls_set_context(self._tls.context())
        try:
            self._client.connect(self._address.host, self._address.port, keepalive=_KEEPALIVE_S)
        except OSError as error:
            raise BrokerUnavailableError(f"MQTT broker {self._address}: {error}; is it running?") from error
        self._client.loop_start()
        try:
            self._wait(lambda: self._met, _CONNECT_WITHIN_S)
        except BrokerUnavailableError:
            self._client.loop_stop()  # the network thread must not outlive us
            raise
        if not self._met and not self._stop.is_set():
            self._client.loop_stop()
            raise BrokerUnavailableError(
                f"MQTT broker {self._address} does not answer; is it a broker, and content with our certificate?"
            )
        for station in self._stations:
            self._wait(self._has_room, None)
            self._send(status_topic(station), b"online", retain=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connected and kind is None:
            for topic in (*map(status_topic, self._stations), gateway_status_topic(self._gateway)):
                self._wait(lambda: self._has_room() or not self._connected, _GOODBYE_WITHIN_S, heed_stop=False)
                if not self._connected:
                    break
                if self._has_room():
                    self._send(topic, b"offline", retain=True)
            self._wait(lambda: self._outstanding == 0 or not self._connected, _GOODBYE_WITHIN_S, heed_stop=False)
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, message: Message) -> bool:
        """Send at QoS 1; waits while too much is unacknowledged. False when `stop` was set before it could be sent."""
        self._wait(self._has_room, None)
        if self._stop.is_set():
            return False
        self._send(message.topic, message.payload, retain=False)
        return True

    def drain(self) -> bool:
        """Wait until everything sent is acknowledged; False when `stop` was set first."""
        self._wait(lambda: self._outstanding == 0, None)
        with self._changed:
            return self._outstanding == 0

    def _has_room(self) -> bool:
        return self._outstanding < _OUTSTANDING

    def _send(self, topic: str, payload: bytes, *, retain: bool) -> None:
        with self._changed:
            self._outstanding += 1
        result = self._client.publish(topic, payload, qos=1, retain=retain)
        if result.rc not in {MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN}:
            raise BrokerUnavailableError(f"{topic} cannot be sent: {result.rc.name}")

    def _wait(self, ready: Callable[[], bool], timeout_s: float | None, *, heed_stop: bool = True) -> None:
        """Until `ready`, or stop, or the timeout; raises when the broker refused something for good."""
        until_s = None if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            while not ready() and not (heed_stop and self._stop.is_set()):
                if self._refused is not None:
                    raise BrokerUnavailableError(self._refused)
                if until_s is not None and time.monotonic() >= until_s:
                    return
                self._changed.wait(_POLL_S)

    def _on_connect(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        del client
        with self._changed:
            self._connected = not reason.is_failure
            if self._connected:
                self._met = True
            elif not self._met:
                self._refused = f"{self._gateway}: the MQTT broker refuses the connection: {reason}"
            self._changed.notify_all()
        if self._connected:
            self._send(gateway_status_topic(self._gateway), b"online", retain=True)

    def _on_disconnect(
        self,
        client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        del client
        with self._changed:
            self._connected = False  # paho connects again by itself and repeats what was not acknowledged
            self._changed.notify_all()

    def _on_publish(
        self, client: Client, _userdata: object, _mid: int, reason: ReasonCode, _properties: Properties
    ) -> None:
        del client
        with self._changed:
            self._outstanding -= 1
            if reason.is_failure:
                self._refused = f"{self._gateway}: the MQTT broker refuses a message: {reason}"
            self._changed.notify_all()
