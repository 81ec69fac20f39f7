"""5,000 gauges cross at once, the whole way: from the readings to the stored alerts: `python benchmarks/bench_storm.py`.

    python benchmarks/bench_storm.py --level 2             # from the commit of the readings on
    python benchmarks/bench_storm.py --level 3 --mqtt      # from the first publish on, through broker and ingest worker

Every gauge has three days of readings every ten minutes in an embedded PostgreSQL and stands below BĐ1; then all report a level
above BĐ2 or BĐ3, and with their next reading the next higher one, so that 5,000 alerts that stand are raised
further. A scheduler of its own process judges, drafts and delivers as it always does (the shipped rules and recipients; nobody
has an address), but makes no forecasts, which 5,000 gauges ask minutes for. The clock stops when the last alert is committed.

Floor, in the same run: one SQL statement that compares the newest readings with a number and writes a row for each.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psutil
import psycopg
import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench_delivery import database as fresh_database
from burst import Burst
from servers import broker

from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from domain.stations import LIVE_CLOCK, Series, StageThresholds, Station, StationKind
from scheduler import jobs, service
from scheduler.house import House
from storage.database import Database
from storage.notifications import READINGS, notify_names
from storage.readings import store_readings
from storage.stations import sync_network

_ROOT = Path(__file__).resolve().parents[1]
#: So near that nothing but a level is news: no rise of an hour comes near 0.25 m.
_CALM_M, _LEVELS_M = 3.36, {1: 3.40, 2: 3.45, 3: 3.50, 4: 3.54}
_CADENCE = timedelta(minutes=10)
_JOBS = ["judge", "draft", "deliver"]
_HISTORY = """
insert into reading (series_id, observed_at, received_at, value, flag)
select s.id, t, t, round((%(calm)s + 0.02 * sin(s.id + extract(epoch from t) / 9000.0))::numeric, 2), 1
from series s, generate_series(%(begin)s::timestamptz, %(end)s::timestamptz, interval '10 minutes') t
"""
_LATEST = """
insert into series_latest (series_id, observed_at, received_at, value, flag)
select series_id, observed_at, received_at, value, flag from reading where observed_at = %(end)s
"""


def _gauge(number: int) -> Station:
    thresholds = StageThresholds(
        valid_from=date(2020, 1, 1),
        datum="gauge",
        bd1_m=_LEVELS_M[1],
        bd2_m=_LEVELS_M[2],
        bd3_m=_LEVELS_M[3],
        record_m=_LEVELS_M[4],
        source="benchmark",
        verified=True,
    )
    return Station(
        id=f"g{number:05d}",
        name_vi=f"Trạm {number}",
        name_en=f"Gauge {number}",
        kind=StationKind.RIVER,
        lat=16.46,
        lon=107.57,
        river="Hương",
        basin="huong",
        clock=LIVE_CLOCK,
        series=(Series(quantity="water_level", cadence=_CADENCE),),
        thresholds=(thresholds,),
        simulated=True,
        verified=True,
        source="benchmark",
    )


def _nothing(house: House, names: frozenset[str] | None, now: datetime) -> int:
    del house, names, now
    return 0


def _schedule(url: str, mqtt: str, folder: str, names: list[str]) -> None:
    """The scheduler with the jobs that a storm asks for; the others do nothing."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    service.JOBS = tuple(each if each.name in names else replace(each, run=_nothing) for each in jobs.JOBS)
    settings = load_settings({"EWS_DATA_DIR": folder})
    service.run(settings, url, mqtt, threading.Event())


@dataclass(frozen=True)
class Storm:
    """The servers of one run."""

    url: str
    mqtt_port: int | None
    count: int
    scheduler: psutil.Process
    server: psutil.Process

    def strike(self, level: int, observed_at: datetime) -> None:
        """All gauges report this level; print how long until every alert is stored."""
        load = Path("/proc/loadavg").read_text(encoding="ascii").strip()
        with psycopg.connect(self.url, autocommit=True) as connection:
            before = _versions(connection)
            cpu_s = _cpu_s(self.scheduler), _cpu_s(self.server)
            began = self._publish(level, observed_at) if self.mqtt_port else self._commit(level, observed_at)
            half_s, until = None, time.perf_counter() + 120
            while (stored := _versions(connection) - before) < self.count:
                if stored >= self.count // 2 and half_s is None:
                    half_s = time.perf_counter() - began
                if time.perf_counter() > until:
                    raise SystemExit(f"{stored} of {self.count} alerts were stored within 120 s")
                time.sleep(0.01)
            took_s = time.perf_counter() - began
            cpu_s = _cpu_s(self.scheduler) - cpu_s[0], _cpu_s(self.server) - cpu_s[1]
            print(f"load of the machine before: {load}")
            print(
                f"BĐ{level}: {self.count} alerts stored {took_s:.2f} s after the "
                f"{'first publish' if self.mqtt_port else 'commit'}, half of them after {half_s or took_s:.2f} s"
            )
            print(f"processor time: {cpu_s[0]:.2f} s in the scheduler, {cpu_s[1]:.2f} s in PostgreSQL")
            floor_s = _floor(connection, _LEVELS_M[level])
            print(f"floor: {floor_s:.3f} s, ratio {took_s / floor_s:.1f}; {_rows(connection)}")

    def _commit(self, level: int, observed_at: datetime) -> float:
        """Store the readings as an ingest worker does; when they were committed."""
        value = _LEVELS_M[level] + 0.01
        with Database(self.url) as database, database.transaction() as connection:
            numbers = {
                (station, "water_level"): number
                for number, station in connection.execute("select id, station from series").fetchall()
            }
            readings = [
                Reading(
                    station=station,
                    quantity=quantity,
                    observed_at=observed_at,
                    received_at=datetime.now(UTC),
                    value=value,
                    flag=QualityFlag.PASS,
                )
                for station, quantity in numbers
            ]
            store_readings(connection, readings, numbers)
            notify_names(connection, READINGS, [f"{station}/water_level" for station, _ in numbers])
        return time.perf_counter()

    def _publish(self, level: int, observed_at: datetime) -> float:
        """Publish them to the broker, one message a gauge, as fast as it takes them; when the first went out."""
        assert self.mqtt_port is not None
        body = f'{{"observed_at":"{observed_at.isoformat()}","value":{_LEVELS_M[level] + 0.01:.2f}}}'.encode()
        burst = Burst(self.mqtt_port, [(f"ews/v1/g{number:05d}/water_level", body) for number in range(self.count)])
        burst.start()
        return burst.began


def _versions(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    (found,) = connection.execute("select count(*) from alert_version").fetchone() or (0,)
    return int(str(found))


def _rows(connection: psycopg.Connection[tuple[object, ...]]) -> str:
    names = ("alert", "alert_version", "delivery", "alert_telling", "audit", "public_warning")
    counted = [(name, connection.execute(f"select count(*) from {name}".encode()).fetchone()) for name in names]
    return "rows now: " + ", ".join(f"{name} {row[0]}" for name, row in counted if row)


def _floor(connection: psycopg.Connection[tuple[object, ...]], level_m: float) -> float:
    connection.execute("create table if not exists plain (series_id integer, observed_at timestamptz, value float8)")
    began = time.perf_counter()
    connection.execute(
        "insert into plain select series_id, observed_at, value from series_latest where value >= %s", (level_m,)
    )
    return time.perf_counter() - began


def _cpu_s(process: psutil.Process) -> float:
    return sum(sum(each.cpu_times()[:2]) for each in (process, *process.children(recursive=True)))


def _prepare(url: str, count: int, end: datetime) -> None:
    """Stations and three days of calm readings."""
    with Database(url) as database, database.transaction() as connection:
        sync_network(connection, [_gauge(number) for number in range(count)])
        connection.execute(_HISTORY, {"calm": _CALM_M, "begin": end - timedelta(hours=72), "end": end})
        connection.execute(_LATEST, {"end": end})
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")


def _wait_until_calm(*processes: psutil.Process) -> None:
    """Until everything was judged once and there is nothing to do: neither here nor in the database, which one waits for."""
    until, calm, before_s = time.monotonic() + 300, 0, 0.0
    while calm < 4 and time.monotonic() < until:
        time.sleep(1.0)
        now_s = sum(_cpu_s(each) for each in processes)
        calm, before_s = calm + 1 if now_s - before_s < 0.1 else 0, now_s


@contextmanager
def _scheduler(url: str, mqtt: str, folder: str, names: list[str]) -> Iterator[psutil.Process]:
    process = multiprocessing.get_context("spawn").Process(
        target=_schedule, args=(url, mqtt, folder, names), daemon=True
    )
    process.start()
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.join(10)


@contextmanager
def _ingest(url: str, mqtt: str, folder: str) -> Iterator[None]:
    environment: Mapping[str, str] = {key: value for key, value in os.environ.items() if not key.startswith("EWS_")} | {
        "EWS_DATABASE_URL": url,
        "EWS_MQTT_URL": mqtt,
        "EWS_DATA_DIR": folder,
        "EWS_LOG_LEVEL": "ERROR",
    }
    worker = subprocess.Popen([sys.executable, "-m", "cli", "ingest"], env=environment, cwd=_ROOT)
    try:
        time.sleep(5)
        yield
    finally:
        worker.terminate()
        worker.wait(20)


def main() -> None:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gauges", type=int, default=5000)
    parser.add_argument("--level", type=int, choices=(1, 2, 3), default=2, help="the first level that all cross")
    parser.add_argument("--mqtt", action="store_true", help="publish through a broker and an ingest worker")
    parser.add_argument("--quiet", action="store_true", help="deliver nothing: what storing alone takes")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url = stack.enter_context(fresh_database())
        now = datetime.now(UTC)
        _prepare(url, chosen.gauges, now - 2 * _CADENCE)
        port = stack.enter_context(broker()) if chosen.mqtt else None
        mqtt = f"mqtt://127.0.0.1:{port or 1}"
        if port:
            stack.enter_context(_ingest(url, mqtt, folder))
        scheduler = stack.enter_context(_scheduler(url, mqtt, folder, _JOBS[: -1 if chosen.quiet else None]))
        with psycopg.connect(url) as connection:
            server = psutil.Process(connection.info.backend_pid).parent()
        assert server is not None
        _wait_until_calm(scheduler, server)
        storm = Storm(url, port, chosen.gauges, scheduler, server)
        for level, observed_at in ((chosen.level, now - _CADENCE), (chosen.level + 1, now)):
            storm.strike(level, observed_at)
            _wait_until_calm(scheduler, server)


if __name__ == "__main__":
    main()
