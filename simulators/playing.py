"""Playing an exercise over MQTT: its past at once, then every device in its own time, through an outage of the broker."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from domain.exercise import Gap
from simulators.devices import Counters, Sample, message, packed
from simulators.link import Link
from simulators.performance import Nature, Performance, Sending

#: Scenario time is told after so much of it.
ROUND_S = 600
#: The past goes out in blocks of this length, so that all stations advance together.
_BLOCK_S = 2 * ROUND_S
_TICK_S = 0.05
#: A first reading after an outage that is not stored by then is sent again.
_AGAIN_S = 3.0
#: The longest the exercise's clock stands still for forecasts.
_REST_S = 20.0


class Broker(Protocol):
    """What takes the broker away, and knows what has come of it."""

    def take_away(self) -> None:
        """Stop it, and return when it is gone."""

    def bring_back(self) -> None:
        """Start it, and return when it answers."""

    def taken(self, readings: int) -> bool:
        """Whether ingest has taken so many readings, all told."""

    def stored(self, sample: Sample) -> bool:
        """Whether this sample lies in the database."""

    def forecast(self, at_s: float) -> bool:
        """Whether forecasts have been issued for what was measured at `at_s`."""


@dataclass(slots=True)
class Tally:
    """What was sent, in readings."""

    experience: int = 0  # of an earlier season, at once
    warm_up: int = 0  # of the past, at once
    played: int = 0  # in their time
    again: int = 0  # repeated after the outage, so that one is known to have arrived
    buffered: int = 0  # of those played: kept by the devices while the broker was away

    @property
    def sent(self) -> int:
        """All of them."""
        return self.experience + self.warm_up + self.played + self.again


@dataclass(kw_only=True)
class _Clock:
    """The exercise's time: `speed` times as fast as the wall's, and standing still while it is stopped."""

    at_s: float
    speed: float  # 0: as fast as it is acknowledged
    _since: float = field(default_factory=time.monotonic)

    def now_s(self) -> float:
        return self.at_s + (time.monotonic() - self._since) * self.speed if self.speed else math.inf

    def set(self, at_s: float) -> None:
        """Go on from this time."""
        self.at_s, self._since = at_s, time.monotonic()


class _Away:
    """The broker's outage: ahead, on, or over; and what the devices keep meanwhile."""

    def __init__(self, outage: Gap | None) -> None:
        self.ahead, self.on = outage is not None, False
        self.begins_s = math.inf if outage is None else outage.begins.timestamp()
        self.ends_s = math.inf if outage is None else outage.ends.timestamp()
        self.kept: list[Sending] = []


def _by_series(sendings: Iterable[Sending]) -> list[tuple[Sample, ...]]:
    """The samples of each series, oldest first, as a device sends its buffer."""
    found: dict[tuple[str, str], list[Sample]] = {}
    for sending in sendings:
        for sample in sending.samples:
            found.setdefault((sample.station, sample.quantity), []).append(sample)
    return [tuple(sorted(samples, key=lambda sample: sample.at_s)) for samples in found.values()]


class Player:
    """Sends what a performance has to say. `tell` hears of each moment of the exercise that has been played."""

    def __init__(
        self,
        performance: Performance,
        links: Mapping[str, Link],
        stop: threading.Event,
        *,
        seed: int,
        tell: Callable[[float, Tally], None],
    ) -> None:
        self._performance, self._links, self._stop, self._seed, self._tell = performance, links, stop, seed, tell
        self._counters, self.tally = Counters(), Tally()

    def warm_up(self, after_s: int, until_s: int) -> None:
        """Send the past in blocks, as packs."""
        for begins_s in range(after_s, until_s, _BLOCK_S):
            if self._stop.is_set():
                return
            ends_s = min(begins_s + _BLOCK_S, until_s)
            for sending in self._performance.history(begins_s, ends_s):
                self.tally.warm_up += self._send(sending.samples)
            self._drain()
            self._tell(ends_s, self.tally)

    def learn(self, past: Nature, after_s: int, until_s: int) -> None:
        """Send an earlier season."""
        for sending in self._performance.earlier(past, after_s, until_s):
            self.tally.experience += self._send(sending.samples)
            self._drain()

    def play(
        self,
        begins_s: int,
        ends_s: int,
        *,
        speed: float,
        outage: Gap | None,
        broker: Broker,
        rests: Collection[int] = (),
    ) -> None:
        """Play (begins_s, ends_s]; returns when everything is acknowledged or `stop` is set.

        At `rests` (multiples of a round) the exercise's clock stands still until forecasts are issued, or for a while.
        """
        clock, away = _Clock(at_s=begins_s, speed=speed), _Away(outage)
        for first_s in range(begins_s, ends_s, ROUND_S):
            last_s = min(first_s + ROUND_S, ends_s)
            for sending in self._performance.live(first_s, last_s):
                self._come_or_go(sending.due_s, clock, away, broker)
                if not self._wait(clock, sending.due_s):
                    return
                if away.on:
                    away.kept.append(sending)
                else:
                    self.tally.played += self._send(sending.samples)
            if not self._wait(clock, last_s):
                return
            self._tell(last_s, self.tally)
            if last_s in rests and not away.on:
                self._rest(last_s - ROUND_S, broker)
                clock.set(last_s)
        if away.on:
            self._come_or_go(away.ends_s, clock, away, broker)
        self._drain()

    def _rest(self, at_s: float, broker: Broker) -> None:
        """Until forecasts are issued for what was measured at `at_s`."""
        self._drain()
        until = time.monotonic() + _REST_S
        while not broker.forecast(at_s) and time.monotonic() < until and not self._stop.is_set():
            self._stop.wait(5 * _TICK_S)

    def _come_or_go(self, due_s: float, clock: _Clock, away: _Away, broker: Broker) -> None:
        """Take the broker away, or bring it back, when the time for that lies before `due_s`."""
        if away.ahead and due_s >= away.begins_s and self._wait(clock, away.begins_s):
            self._lose(away, broker)
            clock.set(away.begins_s)
        if away.on and due_s >= away.ends_s and self._wait(clock, away.ends_s):
            self._return(away, broker)
            clock.set(away.ends_s)

    def _lose(self, away: _Away, broker: Broker) -> None:
        """The embedded broker keeps nothing on its disk: what it has accepted is taken from it first."""
        self._drain()
        while not broker.taken(self.tally.sent) and not self._stop.is_set():
            self._stop.wait(_TICK_S)
        broker.take_away()
        away.ahead, away.on = False, True

    def _return(self, away: _Away, broker: Broker) -> None:
        """Send what was kept. The first reading is repeated until it is stored: before, nobody may have listened."""
        broker.bring_back()
        away.on = False
        kept = _by_series(away.kept)
        if not kept:
            return
        first = kept[0][0]
        while not self._stop.is_set():
            self.tally.again += self._send((first,))
            self._drain()
            if self._soon(lambda: broker.stored(first)):
                break
        self.tally.again -= 1  # one of them was the reading itself
        self.tally.buffered = sum(len(samples) for samples in kept)
        self.tally.played += 1 + self._send(kept[0][1:]) + sum(self._send(samples) for samples in kept[1:])
        self._drain()

    def _soon(self, done: Callable[[], bool]) -> bool:
        until = time.monotonic() + _AGAIN_S
        while not done():
            if time.monotonic() > until or self._stop.wait(2 * _TICK_S):
                return False
        return True

    # -- sending ------------------------------------------------------------------------------------------------------

    def _send(self, samples: Iterable[Sample]) -> int:
        sent = 0
        for pack in packed(tuple(samples)):
            link = self._links[pack[0].station]
            if link.publish(message(pack, self._counters, battery_seed=self._seed)):
                sent += len(pack)
        return sent

    def _drain(self) -> None:
        for link in set(self._links.values()):
            link.drain()

    def _wait(self, clock: _Clock, due_s: float) -> bool:
        """Until the exercise's clock shows `due_s`; False when it was stopped."""
        while (left_s := due_s - clock.now_s()) > 0:
            if self._stop.wait(min(left_s / clock.speed, _TICK_S)):
                return False
        return not self._stop.is_set()
