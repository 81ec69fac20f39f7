"""One connection of a load: sends at QoS 1 and times each message until the broker has acknowledged it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from secrets import token_hex

from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from domain.broker_address import TlsFiles, broker_address
from domain.errors import BrokerUnavailableError

#: Messages of one connection that the broker has not acknowledged; beyond, it waits.
_OUTSTANDING = 5_000
_CONNECT_WITHIN_S = 20.0


class LoadLine:
    """Use as a context manager. `on_acknowledged` is told how many seconds a message took, on the network's thread.

    A message has a number of its sender's, by which `settled` names those that were never acknowledged.
    """

    def __init__(self, mqtt_url: str, tls: TlsFiles | None, on_acknowledged: Callable[[float], None]) -> None:
        self._address, self._tls, self._acknowledged = broker_address(mqtt_url), tls or TlsFiles(), on_acknowledged
        self._changed = threading.Condition()
        self._under_way: dict[int, tuple[int, float]] = {}  # of what the broker calls a message: (number, since when)
        self._early: set[int] = set()  # acknowledged before publish() told us their numbers
        self._answer: ReasonCode | None = None
        self._refused: str | None = None
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"load-{token_hex(4)}", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.max_inflight_messages_set(_OUTSTANDING)
        self._client.max_queued_messages_set(0)
        self._client.on_connect, self._client.on_publish = self._on_connect, self._on_publish

    def __enter__(self) -> LoadLine:
        if self._address.user is not None:
            self._client.username_pw_set(self._address.user, self._address.password)
        if self._address.encrypted:
            self._client.tls_set_context(self._tls.context())
        try:
            self._client.connect(self._address.host, self._address.port)
        except OSError as error:
            raise BrokerUnavailableError(f"MQTT broker {self._address}: {error}; is it running?") from error
        self._client.loop_start()
        opened = self._client.socket()
        if isinstance(opened, socket.socket):  # a small message must not wait for the acknowledgement of the one before
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._changed:
            self._changed.wait_for(lambda: self._answer is not None, _CONNECT_WITHIN_S)
        if self._answer is None or self._answer.is_failure:
            self._client.loop_stop()
            said = "does not answer" if self._answer is None else f"refuses the connection: {self._answer}"
            raise BrokerUnavailableError(f"MQTT broker {self._address} {said}")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def has_room(self) -> bool:
        """Whether another message may be sent. Raises BrokerUnavailableError when the broker refused one."""
        with self._changed:
            self._raise_if_refused()
            return len(self._under_way) < _OUTSTANDING

    def send(self, number: int, topic: str, payload: bytes, since_s: float) -> None:
        """Send one, timed from `since_s` of time.monotonic. Raises BrokerUnavailableError when it cannot be."""
        told = self._client.publish(topic, payload, qos=1)
        if told.rc not in {MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN}:
            raise BrokerUnavailableError(f"{topic} cannot be sent: {told.rc.name}")
        with self._changed:
            if told.mid in self._early:
                self._early.discard(told.mid)
                self._acknowledged(time.monotonic() - since_s)
            else:
                self._under_way[told.mid] = (number, since_s)

    def settled(self, within_s: float) -> list[int]:
        """Wait until everything is acknowledged, for so long at most; the numbers of what is not, and is given up.

        Raises BrokerUnavailableError when the broker refused one: nobody asks for room after the last.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._refused is not None or not self._under_way, within_s)
            self._raise_if_refused()
            left = [number for number, _ in self._under_way.values()]
            self._under_way.clear()
            return left

    def _raise_if_refused(self) -> None:
        if self._refused is not None:
            raise BrokerUnavailableError(self._refused)

    def _on_connect(
        self, _client: Client, _user: object, _flags: ConnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        with self._changed:
            self._answer = reason
            self._changed.notify_all()

    def _on_publish(self, _client: Client, _user: object, mid: int, reason: ReasonCode, _more: Properties) -> None:
        with self._changed:
            if reason.is_failure:
                self._refused = f"the MQTT broker refuses a message of the load: {reason}"
            elif mid in self._under_way:
                self._acknowledged(time.monotonic() - self._under_way.pop(mid)[1])
            else:
                self._early.add(mid)
            self._changed.notify_all()
