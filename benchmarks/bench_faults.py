"""A fleet that misbehaves for a week, after weeks that are remembered, through broker, ingest and quality job; and what was found.

    python benchmarks/bench_faults.py [--seed N] [--basins N] [--each N] [--speed N]

The river gauges and reservoirs of Huế and four rain gauges, several times over (benchmarks/basins.py), under the simulator's
storms; faults of all kinds drawn from the seed; a network that loses, repeats and reorders. The quality job is asked after
each day of the week, the rule about silent gauges all the while. A basin's seed is the number that is told of it, so that
`--seed 31 --basins 8` plays 31 to 38. Needs EWS_TEST_TIMESCALE_URL and EWS_TEST_MOSQUITTO (.ci/services.sh).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from basins import Basin, Basins
from servers import Server, broker

from cli.field_scores import score_run
from cli.logs import set_up_logs
from cli.tables import table
from domain.settings import load_settings
from rules.tables import OverdueRule
from scheduler.evidence import add_later_evidence
from scheduler.house import House
from scheduler.judging import judge_stations
from scheduler.service import build_house
from simulators.field.fleet import FieldFleet, FleetPlan
from simulators.field.lines import SharedLines
from simulators.field.scoring import FaultScores
from simulators.field.truth import RunFacts
from simulators.playing import ROUND_S
from storage.database import Database
from storage.stations import sync_network

STARTS = datetime(2025, 9, 25, tzinfo=UTC)
DAY = timedelta(days=1)
#: The drift test learns from 20 days that end 4 days ago (quality/hours.py).
PAST, WEEK = 25 * DAY, 7 * DAY
#: Days after which the quality job is asked; it judges at most ten days at once.
_ASKED = (9, 18, *range(PAST // DAY, (PAST + WEEK) // DAY))
_REST_S = 0.05


def plan(basins: Sequence[Basin], each: int) -> FleetPlan:
    """Quiet weeks and one with faults: they are drawn in the last three quarters of their time."""
    ends = STARTS + PAST + WEEK
    return FleetPlan(
        stations=[station for basin in basins for station in basin.stations],
        nature=Basins(basins),
        starts=STARTS,
        ends=ends,
        seed=basins[0].seed,
        faults=[fault for basin in basins for fault in basin.faults(ends - WEEK * 4 / 3, ends, each)],
    )


def play(of: FleetPlan, mqtt_url: str, url: str, house: House, speed: float) -> FieldFleet:
    """All of it; now and then the job, once ingest has what was sent: after each day of the last week.

    All advance together, a round at a time: a second is hours here, and who is sent sooner than others would seem to have a wrong clock.
    """
    fleet, stop = FieldFleet(of), threading.Event()
    starts_s, began_s, asked = STARTS.timestamp(), time.monotonic(), [*_ASKED]
    round_s = starts_s
    house.judged.until |= {station.clock: STARTS for station in of.stations}
    with SharedLines(of.stations, mqtt_url, stop) as lines:
        for departure in fleet.departures():
            if departure.at_s >= round_s + ROUND_S:
                round_s = departure.at_s
                lines.drain()
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


@contextmanager
def silence_watch(house: House) -> Iterator[None]:
    """The rule about silent gauges, asked again and again as the scheduler does."""
    rules = [rule for rule in house.rules.rules if isinstance(rule, OverdueRule)]
    asking, ended = replace(house, rules=house.rules.model_copy(update={"rules": rules})), threading.Event()

    def ask() -> None:
        while not ended.wait(_REST_S):
            judge_stations(asking, None, datetime.now(UTC))

    watch = threading.Thread(target=ask, name="silence-watch", daemon=True)
    watch.start()
    try:
        yield
    finally:
        ended.set()
        watch.join()


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
    rows = [
        (
            one.kind,
            f"{one.found}/{one.faults}",
            "–" if one.median_delay is None else one.median_delay,
            ", ".join(sorted({test for v in found.verdicts if v.fault.kind is one.kind for test in v.by})),
        )
        for one in found.kinds
    ]
    total = sum(one.found for one in found.kinds)
    print(table(("fault", "found", "median delay", "by"), [*rows, ("all", f"{total}/{len(found.judged)}", "", "")]))
    for verdict in found.verdicts:
        if not verdict.found:
            print("too short to be judged:" if verdict.too_short else "not found:", verdict.fault)
    print(
        f"{100 * found.share_found:.1f} % found; of {found.good} good readings {found.failed_good} failed "
        f"({found.failed_good_per_10000:.2f} of 10,000), {found.suspect_good} doubted; missing: {dict(found.missing) or 'none'}"
    )


def run(of: FleetPlan, database: Database, url: str, speed: float) -> FaultScores:
    """Set up, play, score."""
    since = datetime.now(UTC)
    with broker() as port, tempfile.TemporaryDirectory() as folder:
        with database.transaction() as connection:
            sync_network(connection, of.stations)
        house = build_house(load_settings({}, data_dir=Path(folder)), database, threading.Event())
        house.office.close()  # nothing is sent
        house.stations = {one.id: one for one in of.stations}
        mqtt_url = f"mqtt://127.0.0.1:{port}"
        with ingest(url, mqtt_url), silence_watch(house):
            fleet = play(of, mqtt_url, url, house, speed)
    facts = RunFacts(seed=of.seed, starts=of.starts, ends=of.ends, devices=len(of.stations))
    return score_run(database, fleet.ledger.truth(facts), since)


@contextmanager
def ingest(url: str, mqtt_url: str) -> Iterator[None]:
    """A worker."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("EWS_")}
    environment = {**clean, "EWS_DATABASE_URL": url, "EWS_MQTT_URL": mqtt_url}
    worker = subprocess.Popen([sys.executable, "-m", "cli", "ingest"], env=environment, stderr=subprocess.PIPE)
    try:
        assert worker.stderr is not None
        next(line for line in worker.stderr if b"ingest_ready" in line)
        threading.Thread(target=worker.stderr.read, daemon=True).start()
        yield
    finally:
        worker.terminate()
        worker.wait()


def main() -> None:
    """Say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--basins", type=int, default=1)
    parser.add_argument("--each", type=int, default=2)
    parser.add_argument("--speed", type=float, default=20_000.0)
    options = parser.parse_args()
    if missing := [v for v in ("EWS_TEST_TIMESCALE_URL", "EWS_TEST_MOSQUITTO") if v not in os.environ]:
        print(f"bench_faults: skipped, {' and '.join(missing)} not set (see .ci/services.sh)")
        return
    set_up_logs("WARNING")
    begins_s = round((STARTS - 7 * DAY).timestamp())
    basins = [Basin(number, options.seed + number, begins_s) for number in range(options.basins)]
    server, began_s = Server(os.environ["EWS_TEST_TIMESCALE_URL"]), time.monotonic()
    try:
        with server.database() as url, Database(url) as database:
            tell(run(plan(basins, options.each), database, url, options.speed))
    finally:
        server.close()
    print(f"{time.monotonic() - began_s:.0f} s")


if __name__ == "__main__":
    main()
