"""Playing a fleet to the broker at a speed, and writing down the truth."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from domain.broker_address import TlsFiles
from domain.errors import EwsError
from simulators.field.fleet import FieldFleet, FleetPlan
from simulators.field.lines import Lines, OwnLines, SharedLines
from simulators.field.truth import RunFacts, Truth, write_truth

_TICK_S = 0.1
_TELL_S = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class PlayProgress:
    """How far a fleet is. `at`: the time that is played."""

    at: datetime
    sent: int


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
        finished = _play(fleet, lines, speed, on_progress) and lines.drain()
    truth = fleet.ledger.truth(
        RunFacts(seed=plan.seed, starts=plan.starts, ends=plan.ends, devices=len(plan.stations), finished=finished)
    )
    if truth_file is not None:
        write_truth(truth_file, truth)
    return truth


def _play(fleet: FieldFleet, lines: Lines, speed: float, tell: Callable[[PlayProgress], None] | None) -> bool:
    """Send one after the other, each when its time has come; False when stopped."""
    began_s, starts_s, told_at = time.monotonic(), fleet.plan.starts.timestamp(), -math.inf
    for departure in fleet.departures():
        due_s = began_s + (departure.at_s - starts_s) / speed if speed else began_s
        while (left_s := due_s - time.monotonic()) > 0:
            if lines.wait(min(left_s, _TICK_S)):
                return False
        if not lines.publish(departure.station, departure.written.topic, departure.written.payload):
            return False
        fleet.ledger.left(departure)
        if tell is not None and time.monotonic() >= told_at + _TELL_S:
            told_at = time.monotonic()
            tell(PlayProgress(at=datetime.fromtimestamp(departure.at_s, UTC), sent=fleet.ledger.sent))
    return True
