"""paho's client with a faster way in and a cheaper way out: see ingest.publish_stream for the first."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from datetime import datetime
from socket import socket
from threading import Lock
from typing import Any, cast

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MessageType

from ingest.publish_stream import Published, PublishSocket

_PUBACK = 0x4002  # type and flags, then a remaining length of two bytes: the packet identifier, success


class Connection(mqtt.Client):
    """A client that knows which of its connections a message came on, and acknowledges many in one write.

    Packet identifiers mean something on the connection that delivered them only: an acknowledgement of an earlier one could
    acknowledge another message, one that is not stored yet. So every connection has its generation, given before its
    first byte, and an acknowledgement that is not of the present one is not sent.
    """

    def __init__(self, client_id: str, deliver: Callable[[list[Published], datetime, int], None]) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv5, manual_ack=True)
        self._to = deliver
        self._generation, self._generation_lock = 0, Lock()
        self._delivered = self._acknowledged = 0  # QoS 1 of the present connection, each counted by one thread

    @property
    def running(self) -> bool:
        """Whether the network thread is alive; an error that paho does not expect ends it."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def unacknowledged(self) -> int:
        """QoS 1 messages of the present connection that are not acknowledged yet."""
        return max(0, self._delivered - self._acknowledged)

    def new_generation(self) -> int:
        """Nothing that was delivered until now is acknowledged any more."""
        with self._generation_lock:
            self._generation += 1
            self._delivered = self._acknowledged = 0
            return self._generation

    def acknowledge(self, mids: Sequence[int], generation: int) -> bool:
        """Acknowledge QoS 1 messages that came on this generation's connection; False, and nothing sent, when it is gone."""
        packets = struct.pack(f"!{2 * len(mids)}H", *(word for mid in mids for word in (_PUBACK, mid)))
        with self._generation_lock:
            if generation != self._generation:
                return False
            # One entry of paho's send queue, one wake-up and one write for all; the last identifier stands for them.
            self._packet_queue(MessageType.PUBACK, packets, mids[-1], 0)
            self._acknowledged += len(mids)
        return True

    def _create_socket(self) -> Any:
        """Of a new connection, with TLS already agreed. paho has emptied its send queue by now."""
        generation = self.new_generation()
        return PublishSocket(
            cast("socket", super()._create_socket()), lambda published, at: self._to(published, at, generation)
        )

    def _received(self, published: list[Published], received_at: datetime, generation: int) -> None:
        self._delivered += sum(1 for one in published if one.qos)
        self._to(published, received_at, generation)
