"""A load for measuring: many well-behaved gauges at a steady rate, each message timed until the broker has it."""

from __future__ import annotations

import math
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import msgspec
from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from domain.broker_address import TlsFiles, broker_address
from domain.errors import BrokerUnavailableError
from domain.stations import Series, Station, StationKind
from simulators.devices import topic_of
from simulators.latencies import Latencies

#: The stations of a load have a clock of their own: nobody is told about them, and they never look silent.
CLOCK = "load"
_QUANTITY = "water_level"
#: Messages that the broker has not acknowledged; beyond, the load waits.
_OUTSTANDING = 5_000
#: At most so many rows a second are looked for: every one of them costs the database a look.
_PROBES_A_S = 50.0
#: Times between readings when they are sent as fast as the broker takes them.
_FASTEST_A_S = 20_000.0
_TICK_S = 0.005
_CONNECT_WITHIN_S = 20.0
_ACKNOWLEDGED_WITHIN_S = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """A reading whose row is looked for. `sent_s`: of time.monotonic."""

    station: str
    observed_at: datetime
    sent_s: float


@dataclass(kw_only=True, slots=True)
class LoadSent:
    """What was sent. `began`, `ends`: the times of observation of all of it; `seconds`: how long sending took."""

    began: datetime
    ends: datetime
    sent: int = 0
    acknowledged: int = 0
    seconds: float = 0.0
    until_acknowledged: Latencies = field(default_factory=Latencies)


def load_stations(count: int, rate: float) -> list[Station]:
    """Gauges of which each sends every count / rate seconds (rate 0: every second)."""
    cadence = timedelta(seconds=max(count / rate if rate else 1.0, 0.1))
    return [
        Station(
            id=f"load-{number:05d}",
            name_vi=f"Trạm tải {number}",
            name_en=f"Load station {number}",
            kind=StationKind.RIVER,
            lat=16.70 - 0.018 * (number % 40) * 0.1,
            lon=107.78 + 0.025 * (number % 40) * 0.1,
            series=(Series(quantity=_QUANTITY, cadence=cadence),),
            simulated=True,
            verified=False,
            source="ews simulate --stations",
            clock=CLOCK,
        )
        for number in range(1, count + 1)
    ]


class Load:
    """One connection that sends the load. Use as a context manager."""

    def __init__(self, mqtt_url: str, stations: int, stop: threading.Event, tls: TlsFiles | None = None) -> None:
        self._address, self._tls, self._stop = broker_address(mqtt_url), tls or TlsFiles(), stop
        self._topics = [topic_of(f"load-{number:05d}", _QUANTITY) for number in range(1, stations + 1)]
        self._changed = threading.Condition()
        self._under_way: dict[int, float] = {}
        self._early: set[int] = set()  # acknowledged before publish() told us their numbers
        self._answer: ReasonCode | None = None
        self._refused: str | None = None
        self._result = LoadSent(began=datetime.now(UTC), ends=datetime.now(UTC))
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"load-{token_hex(4)}", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.max_inflight_messages_set(_OUTSTANDING)
        self._client.max_queued_messages_set(0)
        self._client.on_connect, self._client.on_publish = self._on_connect, self._on_publish

    def __enter__(self) -> Load:
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
        if isinstance(
            opened, socket.socket
        ):  # a window of twenty messages must not wait 40 ms for the other side's acknowledgement
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

    def run(self, rate: float, seconds: float, on_probe: Callable[[Probe], None]) -> LoadSent:
        """Send `rate` messages a second (0: as fast as the broker takes them) for so long, and wait for their acknowledgement.

        Raises BrokerUnavailableError when the broker refuses a message.
        """
        result, began_s = self._result, time.monotonic()
        result.began = datetime.now(UTC)
        step = timedelta(seconds=1 / (rate or _FASTEST_A_S))
        every = max(1, round((rate or _FASTEST_A_S / 4) / _PROBES_A_S))
        while (passed_s := time.monotonic() - began_s) < seconds and not self._stop.is_set():
            due = math.inf if rate == 0 else rate * passed_s
            while result.sent < due and time.monotonic() - began_s < seconds and self._has_room():
                at = result.began + result.sent * step
                station = self._send(result.sent, at)
                if result.sent % every == 0:
                    on_probe(Probe(station=station, observed_at=at, sent_s=time.monotonic()))
                result.sent += 1
            time.sleep(_TICK_S)
        result.seconds = time.monotonic() - began_s
        result.ends = result.began + result.sent * step
        self._settle()
        return result

    def _has_room(self) -> bool:
        with self._changed:
            if self._refused is not None:
                raise BrokerUnavailableError(self._refused)
            return len(self._under_way) < _OUTSTANDING and not self._stop.is_set()

    def _send(self, number: int, at: datetime) -> str:
        topic, seq = self._topics[number % len(self._topics)], number // len(self._topics) + 1
        value = round(1.0 + 0.5 * math.sin(number / 5000) + seq % 3 / 100, 2)
        payload = msgspec.json.encode({"observed_at": at, "value": value, "seq": seq})
        sent_s = time.monotonic()
        told = self._client.publish(topic, payload, qos=1)
        if told.rc not in {MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN}:
            raise BrokerUnavailableError(f"{topic} cannot be sent: {told.rc.name}")
        with self._changed:
            if told.mid in self._early:
                self._early.discard(told.mid)
                self._acknowledged(sent_s)
            else:
                self._under_way[told.mid] = sent_s
        return topic.split("/")[2]

    def _settle(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way or self._stop.is_set(), _ACKNOWLEDGED_WITHIN_S)

    def _acknowledged(self, sent_s: float) -> None:
        self._result.acknowledged += 1
        self._result.until_acknowledged.add(time.monotonic() - sent_s)

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
            sent_s = self._under_way.pop(mid, None)
            if sent_s is None:
                self._early.add(mid)
            else:
                self._acknowledged(sent_s)
            self._changed.notify_all()
