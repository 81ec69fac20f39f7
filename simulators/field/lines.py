"""How the messages of a fleet reach the broker: over a few gateways, or each device over a connection of its own."""

from __future__ import annotations

import resource
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from secrets import token_hex
from types import TracebackType
from typing import Protocol, Self

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from domain.broker_address import TlsFiles, broker_address
from domain.errors import BrokerUnavailableError
from domain.stations import Station
from simulators.devices import Message, status_topic
from simulators.link import Link

_KEEPALIVE_S = 60
_CONNECT_WITHIN_S = 60.0
_OUTSTANDING = 2000
_PUMP_S = 0.05
_AGAIN_S = 1.0
#: Files that the process needs besides its connections.
_OTHER_FILES = 100


class Lines(Protocol):
    """The connections of a fleet; a context manager."""

    def __enter__(self) -> Self:
        """Connect. Raises BrokerUnavailableError."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave in good order."""

    def publish(self, station: str, topic: str, payload: bytes) -> bool:
        """Send at QoS 1, waiting while too much is unacknowledged; False when `stop` was set before."""

    def wait(self, seconds: float) -> bool:
        """Let time pass; True when `stop` was set."""

    def drain(self) -> bool:
        """Wait until the broker has everything; False when `stop` was set first."""


class SharedLines:
    """One gateway for each kind of station, as each network of gauges has its own operator."""

    def __init__(
        self, stations: Sequence[Station], mqtt_url: str, stop: threading.Event, tls: TlsFiles | None = None
    ) -> None:
        self._stations, self._url, self._stop, self._tls = stations, mqtt_url, stop, tls
        self._open = ExitStack()
        self._link_of: dict[str, Link] = {}

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            for kind in dict.fromkeys(station.kind for station in self._stations):
                names = [station.id for station in self._stations if station.kind is kind]
                link = Link(self._url, f"field-{kind.value}", names, self._stop, tls=self._tls)
                self._link_of |= dict.fromkeys(names, opening.enter_context(link))
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def publish(self, station: str, topic: str, payload: bytes) -> bool:
        """As `Lines` says."""
        message = Message(topic=topic, payload=payload, readings=0, newest_s=0.0)
        return self._link_of[station].publish(message)

    def wait(self, seconds: float) -> bool:
        """As `Lines` says."""
        return self._stop.wait(seconds)

    def drain(self) -> bool:
        """As `Lines` says."""
        return all(link.drain() for link in dict.fromkeys(self._link_of.values()))


class OwnLines:
    """A connection a device, all of them in the calling thread: thousands of sockets, no thread each.

    Each registers `offline` on its own status topic as its last will, as docs/message_contract.md asks. A device that
    loses its connection comes back by itself, a little later than its neighbour, and sends what was not acknowledged.
    """

    def __init__(
        self, stations: Sequence[Station], mqtt_url: str, stop: threading.Event, tls: TlsFiles | None = None
    ) -> None:
        self._address, self._tls, self._stop = broker_address(mqtt_url), tls or TlsFiles(), stop
        self._names = [station.id for station in stations]
        self._clients: dict[str, Client] = {}
        self._ready = selectors.DefaultSelector()
        self._sockets: dict[str, selectors.SelectorKey] = {}
        self._away: deque[tuple[float, str]] = deque()  # when to try again, and who
        self._online: set[str] = set()
        self._outstanding, self._cared_at = 0, 0.0
        self._refused: str | None = None

    def __enter__(self) -> Self:
        _allow_files(len(self._names) + _OTHER_FILES)
        context = self._tls.context() if self._address.encrypted else None
        for name in self._names:
            client = Client(
                CallbackAPIVersion.VERSION2,
                client_id=f"field-{name}-{token_hex(3)}",
                protocol=MQTTProtocolVersion.MQTTv5,
                userdata=name,
            )
            if self._address.user is not None:
                client.username_pw_set(self._address.user, self._address.password)
            if context is not None:
                client.tls_set_context(context)
            client.will_set(status_topic(name), "offline", qos=1, retain=True)
            client.on_connect, client.on_disconnect, client.on_publish = self._on_connect, self._gone, self._on_publish
            self._clients[name] = client
            self._connect(name, first=True)
            self._pump(0.0)
        self._until(lambda: len(self._online) == len(self._names))
        if len(self._online) < len(self._names) and not self._stop.is_set():
            raise BrokerUnavailableError(
                f"MQTT broker {self._address} took {len(self._online)} of {len(self._names)} connections: allow it more "
                "(max_connections, open files), or share a few"
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in sorted(self._online) if kind is None else ():
            self._send(name, status_topic(name), b"offline", retain=True)
        for client in self._clients.values():
            client.on_disconnect = None
            client.disconnect()
        self._ready.close()

    def publish(self, station: str, topic: str, payload: bytes) -> bool:
        """As `Lines` says."""
        while self._outstanding >= _OUTSTANDING and not self._stop.is_set():
            self._pump(_PUMP_S)
        if self._stop.is_set():
            return False
        self._send(station, topic, payload)
        return True

    def wait(self, seconds: float) -> bool:
        """As `Lines` says."""
        until = time.monotonic() + seconds
        self._pump(0.0)
        while (left_s := until - time.monotonic()) > 0 and not self._stop.is_set():
            self._pump(min(left_s, _PUMP_S))
        return self._stop.is_set()

    def drain(self) -> bool:
        """As `Lines` says."""
        while self._outstanding > 0 and not self._stop.is_set():
            self._pump(_PUMP_S)
        return self._outstanding == 0

    @property
    def online(self) -> int:
        """How many of its devices are connected."""
        return len(self._online)

    def _until(self, ready: Callable[[], bool]) -> None:
        until = time.monotonic() + _CONNECT_WITHIN_S
        while not ready() and time.monotonic() < until and not self._stop.is_set():
            self._pump(_PUMP_S)

    def _send(self, station: str, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self._outstanding += 1
        result = self._clients[station].publish(topic, payload, qos=1, retain=retain)
        if result.rc not in {MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN}:
            raise BrokerUnavailableError(f"{topic} cannot be sent: {result.rc.name}")

    def _connect(self, name: str, *, first: bool = False) -> None:
        client = self._clients[name]
        try:
            client.connect(self._address.host, self._address.port, keepalive=_KEEPALIVE_S)
        except OSError as error:
            if first:
                raise BrokerUnavailableError(f"MQTT broker {self._address}: {error}; is it running?") from error
            self._away.append((time.monotonic() + _AGAIN_S, name))
            return
        opened = client.socket()
        if opened is not None:
            self._sockets[name] = self._ready.register(opened.fileno(), selectors.EVENT_READ, client)

    def _pump(self, wait_s: float) -> None:
        """Read what has come, write what waits, and see to those who are away."""
        for key, _ in self._ready.select(wait_s):
            client: Client = key.data
            client.loop_read()
            if client.want_write():
                client.loop_write()
        now = time.monotonic()
        while self._away and self._away[0][0] <= now:
            self._connect(self._away.popleft()[1])
        if now >= self._cared_at + _AGAIN_S:
            self._cared_at = now
            for client in self._clients.values():
                if client.want_write():
                    client.loop_write()
                client.loop_misc()
        if self._refused is not None:
            raise BrokerUnavailableError(self._refused)

    def _on_connect(
        self, client: Client, name: str, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        del client
        if reason.is_failure:
            self._refused = f"{name}: the MQTT broker refuses the connection: {reason}"
            return
        self._online.add(name)
        self._send(name, status_topic(name), b"online", retain=True)

    def _gone(
        self, client: Client, name: str, _flags: DisconnectFlags, _reason: ReasonCode, _properties: Properties | None
    ) -> None:
        del client
        self._online.discard(name)
        known = self._sockets.pop(name, None)
        if known is not None:
            self._ready.unregister(known.fileobj)
        self._away.append((time.monotonic() + _AGAIN_S, name))

    def _on_publish(self, _client: Client, name: str, _mid: int, reason: ReasonCode, _properties: Properties) -> None:
        self._outstanding -= 1
        if reason.is_failure:
            self._refused = f"{name}: the MQTT broker refuses a message: {reason}"


def _allow_files(count: int) -> None:
    """Raise this process's limit of open files. Raises BrokerUnavailableError when the system does not allow so many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= count:
        return
    if resource.RLIM_INFINITY != hard < count:
        raise BrokerUnavailableError(
            f"{count} connections need {count} open files; {hard} are allowed: raise the limit (ulimit -n) or share lines"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
