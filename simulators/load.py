"""A load for measuring: many well-behaved gauges at a steady rate, each message timed until the broker has it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from domain.broker_address import TlsFiles
from domain.stations import Series, Station, StationKind
from simulators.devices import topic_of
from simulators.latencies import Latencies
from simulators.load_line import LoadLine

#: The stations of a load have a clock of their own: nobody is told about them, and they never look silent.
CLOCK = "load"
_QUANTITY = "water_level"
#: At most so many rows a second are looked for: every one of them costs the database a look.
_PROBES_A_S = 50.0
#: Times between readings when they are sent as fast as the broker takes them.
_FASTEST_A_S = 20_000.0
_TICK_S = 0.005
_ACKNOWLEDGED_WITHIN_S = 60.0
#: How often a load that lasts says how it is.
TOLD_EVERY_S = 60.0


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
    """The connections that send the load, each for its part of the stations. Use as a context manager."""

    def __init__(
        self,
        mqtt_url: str,
        stations: int,
        stop: threading.Event,
        tls: TlsFiles | None = None,
        *,
        connections: int,
    ) -> None:
        self._stop = stop
        self._topics = [topic_of(f"load-{number:05d}", _QUANTITY) for number in range(1, stations + 1)]
        self._lock = threading.Lock()
        self._lines = [LoadLine(mqtt_url, tls, self._acknowledged) for _ in range(min(connections, stations))]
        self._open = ExitStack()
        self._result = LoadSent(began=datetime.now(UTC), ends=datetime.now(UTC))

    def __enter__(self) -> Load:
        with ExitStack() as opening:
            for line in self._lines:
                opening.enter_context(line)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def run(
        self,
        rate: float,
        seconds: float,
        on_probe: Callable[[Probe], None],
        on_progress: Callable[[LoadSent], None] | None = None,
    ) -> LoadSent:
        """Send `rate` messages a second (0: as fast as the broker takes them) for so long, and wait for their acknowledgement.

        Less long when `stop` is set. `on_progress` is told each minute. Raises BrokerUnavailableError when the broker refuses
        a message.
        """
        result, began_s = self._result, time.monotonic()
        tell_at_s = began_s + TOLD_EVERY_S
        result.began = datetime.now(UTC)
        step = timedelta(seconds=1 / (rate or _FASTEST_A_S))
        every = max(1, round((rate or _FASTEST_A_S / 4) / _PROBES_A_S))
        while (passed_s := time.monotonic() - began_s) < seconds and not self._stop.is_set():
            due = math.inf if rate == 0 else rate * passed_s
            while result.sent < due and time.monotonic() - began_s < seconds and self._may_send(result.sent):
                at = result.began + result.sent * step
                station = self._send(result.sent, at)
                if result.sent % every == 0:
                    on_probe(Probe(station=station, observed_at=at, sent_s=time.monotonic()))
                result.sent += 1
            if on_progress is not None and time.monotonic() >= tell_at_s:
                result.seconds, tell_at_s = time.monotonic() - began_s, tell_at_s + TOLD_EVERY_S
                on_progress(result)
            time.sleep(_TICK_S)
        result.seconds = time.monotonic() - began_s
        result.ends = result.began + result.sent * step
        settled_by_s = time.monotonic() + _ACKNOWLEDGED_WITHIN_S
        for line in self._lines:
            line.settled(max(settled_by_s - time.monotonic(), 0.0))
        return result

    def _may_send(self, number: int) -> bool:
        return not self._stop.is_set() and self._line(number).has_room()

    def _line(self, number: int) -> LoadLine:
        """A station keeps its connection, so that its readings stay in order."""
        return self._lines[number % len(self._topics) % len(self._lines)]

    def _send(self, number: int, at: datetime) -> str:
        topic, seq = self._topics[number % len(self._topics)], number // len(self._topics) + 1
        value = round(1.0 + 0.5 * math.sin(number / 5000) + seq % 3 / 100, 2)
        self._line(number).send(topic, msgspec.json.encode({"observed_at": at, "value": value, "seq": seq}))
        return topic.split("/")[2]

    def _acknowledged(self, seconds: float) -> None:
        with self._lock:
            self._result.acknowledged += 1
            self._result.until_acknowledged.add(seconds)
