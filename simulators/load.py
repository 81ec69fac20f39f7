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
    """A reading whose row is looked for. `since_s`: of time.monotonic, when it was due."""

    station: str
    observed_at: datetime
    since_s: float


@dataclass(kw_only=True, slots=True)
class LoadSent:
    """What was sent. `began`, `ends`: the times of observation of all of it; `seconds`: how long sending took.

    `began_s`: of time.monotonic, when the first message was due. `behind_s`: how late a message left at most. `unacknowledged`:
    station and time of observation of each that the broker had not acknowledged in the end.
    """

    began: datetime
    ends: datetime
    began_s: float = 0.0
    sent: int = 0
    acknowledged: int = 0
    seconds: float = 0.0
    behind_s: float = 0.0
    unacknowledged: list[tuple[str, datetime]] = field(default_factory=list)
    until_acknowledged: Latencies = field(default_factory=Latencies)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """When each message of a load is due and what time it tells. `rate`: messages a second, 0: as fast as they are taken.

    Every time is reckoned from the beginning: steps that are rounded and added up would be minutes off after a day.
    """

    rate: float
    began: datetime
    began_s: float

    def due_s(self, number: int, now_s: float) -> float:
        """Of time.monotonic. As fast as they are taken, a message is due when it may be sent."""
        return self.began_s + number / self.rate if self.rate else now_s

    def observed_at(self, number: int) -> datetime:
        """A time of its own for each."""
        return self.began + timedelta(seconds=number / (self.rate or _FASTEST_A_S))

    @property
    def probe_every(self) -> int:
        """How many messages there are for one whose row is looked for."""
        return max(1, round((self.rate or _FASTEST_A_S / 4) / _PROBES_A_S))


def load_stations(count: int, rate: float) -> list[Station]:
    """Gauges of which each sends every count / rate seconds (rate 0: every second)."""
    cadence = timedelta(seconds=max(count / rate if rate else 1.0, 0.1))
    return [
        Station(
            id=_station_id(number),
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


def _station_id(number: int) -> str:
    return f"load-{number:05d}"


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
        self._topics = [topic_of(_station_id(number), _QUANTITY) for number in range(1, stations + 1)]
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

        A message is timed from when it was due: one that waits because the broker or this machine stands still would wait in
        a gauge too. Less long when `stop` is set. `on_progress` is told each minute. Raises BrokerUnavailableError when the
        broker refuses a message.
        """
        result, began_s = self._result, time.monotonic()
        result.began, result.began_s = datetime.now(UTC), began_s
        pace = Pace(rate=rate, began=result.began, began_s=began_s)
        ends_s, tell_at_s = began_s + seconds, began_s + TOLD_EVERY_S
        while time.monotonic() < ends_s and not self._stop.is_set():
            self._send_what_is_due(pace, min(ends_s, tell_at_s), on_probe)
            if time.monotonic() >= tell_at_s:
                result.seconds, tell_at_s = time.monotonic() - began_s, tell_at_s + TOLD_EVERY_S
                if on_progress is not None:
                    on_progress(result)
            time.sleep(_TICK_S)
        ended_s = time.monotonic()
        result.seconds, result.ends = ended_s - began_s, pace.observed_at(result.sent)
        waiting_since_s = pace.due_s(
            result.sent, ended_s
        )  # whoever stood still until the end sent nothing that was late
        result.behind_s = max(result.behind_s, min(ended_s, ends_s) - waiting_since_s)
        self._settle(pace)
        return result

    def _send_what_is_due(self, pace: Pace, until_s: float, on_probe: Callable[[Probe], None]) -> None:
        result = self._result
        while (now_s := time.monotonic()) < until_s and (due_s := pace.due_s(result.sent, now_s)) <= now_s:
            result.behind_s = max(result.behind_s, now_s - due_s)
            if not self._may_send(result.sent):
                return
            self._send(pace, result.sent, due_s)
            if result.sent % pace.probe_every == 0:
                station, at = self._reading(pace, result.sent)
                on_probe(Probe(station=station, observed_at=at, since_s=due_s))
            result.sent += 1

    def _settle(self, pace: Pace) -> None:
        by_s = time.monotonic() + _ACKNOWLEDGED_WITHIN_S
        left = [number for line in self._lines for number in line.settled(max(by_s - time.monotonic(), 0.0))]
        self._result.unacknowledged = [self._reading(pace, number) for number in sorted(left)]

    def _may_send(self, number: int) -> bool:
        return not self._stop.is_set() and self._line(number).has_room()

    def _line(self, number: int) -> LoadLine:
        """A station keeps its connection, so that its readings stay in order."""
        return self._lines[number % len(self._topics) % len(self._lines)]

    def _reading(self, pace: Pace, number: int) -> tuple[str, datetime]:
        """(station, time of observation), which no other reading of the load has."""
        return _station_id(number % len(self._topics) + 1), pace.observed_at(number)

    def _send(self, pace: Pace, number: int, due_s: float) -> None:
        topic, seq = self._topics[number % len(self._topics)], number // len(self._topics) + 1
        value = round(1.0 + 0.5 * math.sin(number / 5000) + seq % 3 / 100, 2)
        content = {"observed_at": pace.observed_at(number), "value": value, "seq": seq}
        self._line(number).send(number, topic, msgspec.json.encode(content), due_s)

    def _acknowledged(self, seconds: float) -> None:
        with self._lock:
            self._result.acknowledged += 1
            self._result.until_acknowledged.add(seconds)
