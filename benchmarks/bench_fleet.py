"""A fleet of thousands over connections of their own: `python benchmarks/bench_fleet.py [--devices 5000] [--speed 60]`.

Half an hour of life of devices that send every ten minutes, to Mosquitto (EWS_TEST_MOSQUITTO). Ten minutes in, nobody is reached for five;
then all come back within twenty seconds of their time. Prints what the fleet costs and whether the broker acknowledged all of it.
"""

from __future__ import annotations

import argparse
import os
import resource
import threading
import time
from datetime import UTC, datetime, timedelta

import numpy as np
from servers import broker

from domain.stations import Series, Station, StationKind
from simulators.field.fleet import FleetPlan
from simulators.field.network import LinkDown, Network
from simulators.field.player import play_fleet
from simulators.noise import Integers
from simulators.terrain import Floats

START = datetime(2025, 10, 27, tzinfo=UTC)


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


def main() -> None:
    """A gateway first, then a connection a device."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=5000)
    parser.add_argument("--speed", type=float, default=60.0)
    options = parser.parse_args()
    if "EWS_TEST_MOSQUITTO" not in os.environ:
        print("bench_fleet: skipped, EWS_TEST_MOSQUITTO not set (see .ci/services.sh)")
        return
    for own in (False, True):
        measure(options.devices, options.speed, own=own)


if __name__ == "__main__":
    main()
