"""A fleet that misbehaves for a week, after weeks that are remembered, through broker, ingest and quality job; and what was found.

    python benchmarks/bench_faults.py [--seed N] [--each N] [--speed N]

The river gauges and reservoirs of Huế and four rain gauges under the simulator's storms; faults of all kinds drawn from the seed (a sensor that freezes
while the water stands still is none); a network that loses, repeats and reorders. Silence counts as found by its gap: the alarm about silent gauges needs a scheduler that is asked all the while.
Needs EWS_TEST_TIMESCALE_URL and EWS_TEST_MOSQUITTO (.ci/services.sh).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg
from servers import Server, broker

from cli.field_scores import score_run
from cli.tables import table
from domain.exercise import FaultKind
from domain.network import load_network
from domain.settings import load_settings
from domain.stations import Station, StationKind
from scheduler.evidence import add_later_evidence
from scheduler.house import House
from scheduler.service import build_house
from simulators.field.faults import Fault, draw_faults
from simulators.field.fleet import FieldFleet, FleetPlan
from simulators.field.lines import SharedLines
from simulators.field.scoring import FaultScores
from simulators.field.truth import RunFacts
from simulators.scenario import Scenario
from storage.database import Database
from storage.stations import sync_network

STARTS = datetime(2025, 9, 25, tzinfo=UTC)
DAY = timedelta(days=1)
#: The drift test learns from 20 days that end 4 days ago (quality/drift.py).
PAST, WEEK = 25 * DAY, 7 * DAY
#: Days after which the quality job is asked; it judges at most ten days at once.
_ASKED = (9, 18, *range(PAST // DAY, (PAST + WEEK) // DAY))
_CLOCK = "field"
_WAVES_M = 0.05


def gauges() -> list[Station]:
    """On a clock of their own."""
    known = load_network(Path(__file__).resolve().parents[1] / "config").stations.values()
    rivers = [one for one in known if one.kind in (StationKind.RIVER, StationKind.RESERVOIR)]
    rain = [one for one in known if one.kind is StationKind.RAIN][:4]
    return [replace(one, clock=_CLOCK) for one in (*rivers, *rain)]


def plan(seed: int, each: int) -> FleetPlan:
    """Quiet weeks and one with faults: they are drawn in the last three quarters of their time."""
    stations, ends = gauges(), STARTS + PAST + WEEK
    nature = Scenario(stations, seed, round((STARTS - 7 * DAY).timestamp()))
    return FleetPlan(
        stations=stations,
        nature=nature,
        starts=STARTS,
        ends=ends,
        seed=seed,
        faults=[
            fault
            for fault in draw_faults(stations, ends - WEEK * 4 / 3, ends, seed, each=each)
            if fault.kind is not FaultKind.FLAT or _moves(nature, fault)
        ],
    )


def _moves(nature: Scenario, fault: Fault) -> bool:
    """Whether the water moves by more than waves while a sensor is frozen: else it says the truth."""
    starts_s, ends_s = map(int, fault.span_s)
    levels = nature.values(fault.station, "water_level", np.arange(starts_s, ends_s, 600, dtype=np.int64))
    return float(levels.max() - levels.min()) > _WAVES_M


def play(of: FleetPlan, mqtt_url: str, url: str, house: House, speed: float) -> FieldFleet:
    """All of it; now and then the job, once ingest has what was sent: after each day of the last week."""
    fleet, stop = FieldFleet(of), threading.Event()
    starts_s, began_s, asked = STARTS.timestamp(), time.monotonic(), [*_ASKED]
    house.judged.until[_CLOCK] = STARTS
    with SharedLines(of.stations, mqtt_url, stop) as lines:
        for departure in fleet.departures():
            if asked and departure.at_s >= starts_s + asked[0] * 86_400:
                asked.pop(0)
                asked_s = time.monotonic()
                lines.drain()
                settle(url)
                add_later_evidence(house, None, datetime.now(UTC))
                began_s += time.monotonic() - asked_s
            lines.wait(max(0.0, began_s + (departure.at_s - starts_s) / speed - time.monotonic()))
            lines.publish(departure.station, departure.written.topic, departure.written.payload)
            fleet.ledger.left(departure)
        lines.drain()
    settle(url)
    add_later_evidence(house, None, datetime.now(UTC))
    return fleet


def settle(url: str) -> None:
    """Until ingest has taken in nothing new for a second."""
    with psycopg.connect(url, autocommit=True) as connection:
        before = -1
        while True:
            row = connection.execute("select coalesce(sum(received), 0) from ingest_account").fetchone()
            assert row is not None
            if row[0] == before:
                return
            before = row[0]
            time.sleep(1.0)


def tell(found: FaultScores) -> None:
    """By kind, then all."""
    rows = [(one.kind, f"{one.found}/{one.faults}", one.median_delay or "–") for one in found.kinds]
    total = sum(one.found for one in found.kinds)
    print(table(("fault", "found", "median delay"), [*rows, ("all", f"{total}/{len(found.verdicts)}", "")]))
    for verdict in found.verdicts:
        if not verdict.found:
            print("not found:", verdict.fault)
    print(
        f"{100 * found.share_found:.1f} % found; of {found.good} good readings {found.failed_good} failed "
        f"({found.failed_good_per_10000:.2f} of 10,000), {found.suspect_good} doubted; missing: {dict(found.missing) or 'none'}"
    )


def main() -> None:
    """Set up, play, score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=2)
    parser.add_argument("--speed", type=float, default=20_000.0)
    options = parser.parse_args()
    if missing := [v for v in ("EWS_TEST_TIMESCALE_URL", "EWS_TEST_MOSQUITTO") if v not in os.environ]:
        print(f"bench_faults: skipped, {' and '.join(missing)} not set (see .ci/services.sh)")
        return
    server, of, since = (
        Server(os.environ["EWS_TEST_TIMESCALE_URL"]),
        plan(options.seed, options.each),
        datetime.now(UTC),
    )
    try:
        with (
            broker() as port,
            server.database() as url,
            Database(url) as database,
            tempfile.TemporaryDirectory() as folder,
        ):
            with database.transaction() as connection:
                sync_network(connection, of.stations)
            house = build_house(load_settings({}, data_dir=Path(folder)), database, threading.Event())
            house.office.close()  # nothing is sent
            house.stations = {one.id: one for one in of.stations}
            mqtt_url = f"mqtt://127.0.0.1:{port}"
            clean = {key: value for key, value in os.environ.items() if not key.startswith("EWS_")}
            environment = {**clean, "EWS_DATABASE_URL": url, "EWS_MQTT_URL": mqtt_url}
            ingest = subprocess.Popen([sys.executable, "-m", "cli", "ingest"], env=environment, stderr=subprocess.PIPE)
            try:
                assert ingest.stderr is not None
                next(line for line in ingest.stderr if b"ingest_ready" in line)
                threading.Thread(target=ingest.stderr.read, daemon=True).start()
                fleet = play(of, mqtt_url, url, house, options.speed)
            finally:
                ingest.terminate()
                ingest.wait()
            facts = RunFacts(seed=of.seed, starts=of.starts, ends=of.ends, devices=len(of.stations))
            tell(score_run(database, fleet.ledger.truth(facts), since))
    finally:
        server.close()


if __name__ == "__main__":
    main()
