"""A fleet of thousands over connections of their own: `python benchmarks/bench_fleet.py [--devices 5000] [--speed 60]`.

Half an hour of life of devices that send every ten minutes, to Mosquitto (EWS_TEST_MOSQUITTO). Ten minutes in, nobody is reached for five;
then all come back within twenty seconds of their time. Prints what the fleet costs and whether the broker acknowledged all of it.
Then the broker itself is stopped and started again under all connections: how soon everybody is back, with what was said meanwhile.
"""

from __future__ import annotations

import argparse
import os
import resource
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import numpy as np
from servers import broker

from domain.stations import Series, Station, StationKind
from simulators.devices import topic_of
from simulators.field.fleet import FleetPlan
from simulators.field.lines import OwnLines
from simulators.field.network import LinkDown, Network
from simulators.field.player import play_fleet
from simulators.noise import Integers
from simulators.terrain import Floats

START = datetime(2025, 10, 27, tzinfo=UTC)
_AWAY_S, _PATIENCE_S = 5.0, 300.0
#: So many devices say something while the broker is away; with 2,000 messages unacknowledged a fleet waits.
_MEANWHILE = 1_500


class Tide:
    """A slow wave, the same everywhere."""

    def values(self, station: str, quantity: str, at_s: Integers) -> Floats:
        """As natures do."""
        del station, quantity
        return np.round(1.0 + 0.5 * np.cos(2 * np.pi * at_s / 44_712), 2)


def stations(count: int) -> list[Station]:
    """Gauges that send every ten minutes."""
    return [
        Station(
            id=f"field-{number:05d}",
            name_vi="Trạm",
            name_en="Station",
            kind=StationKind.RIVER,
            lat=16.7,
            lon=107.8,
            series=(Series(quantity="water_level", cadence=timedelta(minutes=10)),),
            simulated=True,
            verified=False,
            source="benchmark",
        )
        for number in range(count)
    ]


def measure(devices: int, speed: float, *, own: bool) -> None:
    """Play it and print one line."""
    down = LinkDown(starts_s=START.timestamp() + 600, ends_s=START.timestamp() + 900, storm_s=20.0)
    plan = FleetPlan(
        stations=stations(devices),
        nature=Tide(),
        starts=START,
        ends=START + timedelta(minutes=30),
        network=Network(down=(down,)),
    )
    with broker("max_inflight_messages 0") as port:
        began, cpu = time.perf_counter(), time.process_time()
        truth = play_fleet(plan, f"mqtt://127.0.0.1:{port}", speed=speed, stop=threading.Event(), own_connections=own)
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
    sent, lost = sum(one.sent for one in truth.series), sum(one.lost for one in truth.series)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = f"{devices} connections" if own else "one gateway"
    print(
        f"{devices} devices, {lines}, speed {speed:g}: {sent} readings in {took:.0f} s ({sent / took:.0f}/s), {lost} lost on the way, "
        f"{'all acknowledged' if truth.run.finished else 'NOT FINISHED'}; {cpu:.0f} s of processor time, {memory:.0f} MB at most",
        flush=True,
    )


def reconnect(devices: int) -> None:
    """Stop the broker under connected devices, let each of them say something, start it again, and print one line."""
    all_of_them, stop = stations(devices), threading.Event()
    with ExitStack() as first, ExitStack() as lasting:
        port = first.enter_context(broker("max_inflight_messages 0"))
        began = time.perf_counter()
        lines = lasting.enter_context(OwnLines(all_of_them, f"mqtt://127.0.0.1:{port}", stop))
        connected = time.perf_counter() - began
        say_something(lines, all_of_them)
        drained = lines.drain()
        first.close()
        while lines.online:
            lines.wait(0.1)
        say_something(lines, all_of_them[:_MEANWHILE])
        lines.wait(_AWAY_S)
        lasting.enter_context(broker("max_inflight_messages 0", port=port))
        began = time.perf_counter()
        while lines.online < devices and time.perf_counter() - began < _PATIENCE_S:
            lines.wait(0.05)
        back, online = time.perf_counter() - began, lines.online
        drained = lines.drain() and drained
        took = time.perf_counter() - began
    print(
        f"{devices} connections made in {connected:.1f} s; broker gone for {_AWAY_S:g} s: {online} back after {back:.1f} s, "
        f"{'all' if drained else 'NOT ALL'} acknowledged after {took:.1f} s",
        flush=True,
    )


def say_something(lines: OwnLines, all_of_them: Sequence[Station]) -> None:
    """One reading of each."""
    for station in all_of_them:
        lines.publish(
            station.id, topic_of(station.id, "water_level"), b'{"observed_at":"2025-10-27T00:00:00Z","value":1.0}'
        )


def main() -> None:
    """A gateway first, then a connection a device, then a storm of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=5000)
    parser.add_argument("--speed", type=float, default=60.0)
    options = parser.parse_args()
    if "EWS_TEST_MOSQUITTO" not in os.environ:
        print("bench_fleet: skipped, EWS_TEST_MOSQUITTO not set (see .ci/services.sh)")
        return
    for own in (False, True):
        measure(options.devices, options.speed, own=own)
    reconnect(options.devices)


if __name__ == "__main__":
    main()
