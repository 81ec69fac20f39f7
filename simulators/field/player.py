"""Playing a fleet to the broker: each message in its time, and between them what else is planned."""

from __future__ import annotations

import heapq
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

from domain.broker_address import TlsFiles
from domain.errors import EwsError
from simulators.field.fleet import BLOCK_S, FieldFleet, FleetPlan
from simulators.field.lines import Lines, OwnLines, SharedLines
from simulators.field.reading import Departure
from simulators.field.truth import RunFacts, Truth, write_truth

_TICK_S = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class PlayProgress:
    """How far a fleet is. `at`: the time that is played."""

    at: datetime
    sent: int


@dataclass(kw_only=True)
class Clock:
    """The time that is played: `speed` times as fast as the wall's (0: as fast as it is acknowledged)."""

    at_s: float
    speed: float
    _since: float = field(default_factory=time.monotonic)

    def left_s(self, due_s: float) -> float:
        """Seconds of the wall clock until it shows `due_s`."""
        if not self.speed:
            return 0.0
        return (due_s - self.at_s) / self.speed - (time.monotonic() - self._since)

    def set(self, at_s: float) -> None:
        """Go on from this time."""
        self.at_s, self._since = at_s, time.monotonic()


class Player:
    """Says what a fleet has to say, each message when the clock shows its time; what is due before `begins_s` at once."""

    def __init__(self, fleet: FieldFleet, lines: Lines, *, speed: float, begins_s: float) -> None:
        self.clock = Clock(at_s=begins_s, speed=speed)
        self._fleet, self._lines, self._begins_s = fleet, lines, begins_s
        self.came_s = begins_s  # the time of the last message that left
        self._plans: list[tuple[float, int, Callable[[float], None]]] = []
        self._numbers = count()

    def plan(self, at_s: float, act: Callable[[float], None]) -> None:
        """Do this when that time has come, before what leaves then; plans of one time in the order in which they were made."""
        heapq.heappush(self._plans, (at_s, next(self._numbers), act))

    def play(self, say: Callable[[Departure], bool] | None = None) -> bool:
        """Everything, and every plan; False when stopped. `say`: another way to send a message than `send`."""
        said = say or self.send
        for departure in self._fleet.departures():
            if not self._until(departure.at_s) or not said(departure):
                return False
        return self._until(math.inf) and self._lines.drain()

    def send(self, departure: Departure) -> bool:
        """Publish one message and count it; False when stopped."""
        written = departure.written
        if not self._lines.publish(departure.station, written.topic, written.payload):
            return False
        self._fleet.ledger.left(departure)
        self.came_s = max(self.came_s, departure.at_s)
        return True

    def _until(self, due_s: float) -> bool:
        while self._plans and self._plans[0][0] <= due_s:
            at_s, _, act = heapq.heappop(self._plans)
            if not self._wait(at_s):
                return False
            act(at_s)
        return due_s == math.inf or self._wait(due_s)

    def _wait(self, due_s: float) -> bool:
        """Until the clock shows that time; False when stopped."""
        if due_s <= self._begins_s:
            return not self._lines.wait(0.0)
        while (left_s := self.clock.left_s(due_s)) > 0:
            if self._lines.wait(min(left_s, _TICK_S)):
                return False
        return not self._lines.wait(0.0)


def play_fleet(
    plan: FleetPlan,
    mqtt_url: str,
    *,
    speed: float,
    stop: threading.Event,
    own_connections: bool = False,
    truth_file: Path | None = None,
    on_progress: Callable[[PlayProgress], None] | None = None,
    tls: TlsFiles | None = None,
) -> Truth:
    """Publish everything the fleet says between the plan's times, `speed` times as fast as life, and say what was true.

    `speed` 0 is as fast as the broker acknowledges. Returns when the broker has all of it, or when `stop` is set; then the
    truth is of what was sent until then. Raises BrokerUnavailableError when the broker cannot be reached at the start or
    refuses, EwsError for a speed below 0.
    """
    if not 0.0 <= speed < math.inf:
        raise EwsError(f"speed {speed:g}: must be 0 (as fast as the broker acknowledges) or more")
    fleet = FieldFleet(plan)
    lines: Lines = (OwnLines if own_connections else SharedLines)(plan.stations, mqtt_url, stop, tls)
    with lines:
        player = Player(fleet, lines, speed=speed, begins_s=plan.starts.timestamp())
        if on_progress is not None:
            for at_s in range(round(plan.starts.timestamp()), round(plan.ends.timestamp()), BLOCK_S):
                player.plan(at_s, partial(_tell, on_progress, fleet))
        finished = player.play()
    ends = plan.ends if finished else min(datetime.fromtimestamp(player.came_s, UTC), plan.ends)
    truth = fleet.ledger.truth(
        RunFacts(seed=plan.seed, starts=plan.starts, ends=ends, devices=len(plan.stations), finished=finished)
    )
    if truth_file is not None:
        write_truth(truth_file, truth)
    return truth


def _tell(listener: Callable[[PlayProgress], None], fleet: FieldFleet, at_s: float) -> None:
    listener(PlayProgress(at=datetime.fromtimestamp(at_s, UTC), sent=fleet.ledger.sent))
