"""Migrations are applied once, by whoever comes first, and survive a kill."""

import multiprocessing
import os
import signal
import threading
import time
from contextlib import nullcontext
from types import SimpleNamespace

import psycopg
import pytest
from structlog.testing import capture_logs

from alerts.outbox import deliveries_for
from alerts.recipients import Recipients
from domain.alerts import Severity
from domain.errors import DatabaseUnavailableError
from storage.alerts import save_alert
from storage.database import Database, connect
from storage.deliveries import enqueue
from storage.migrate import MIGRATIONS_DIR, migrate, schema_state, wait_for_server
from storage.published_areas import published_areas
from storage.stations import sync_network
from tests.conftest import EmbeddedServer
from tests.integration.test_office import T0, _alert, _recipient, _station

NAMES = sorted(path.stem for path in MIGRATIONS_DIR.glob("*.sql"))


def test_migrations_are_applied_in_order_and_once(empty_database_url: str) -> None:
    assert schema_state(empty_database_url) == ([], NAMES)
    assert migrate(empty_database_url) == NAMES
    assert schema_state(empty_database_url) == (NAMES, [])
    assert migrate(empty_database_url) == []


def test_processes_that_start_together_apply_each_migration_once(empty_database_url: str) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        applied = pool.map(migrate, [empty_database_url] * 3)
    assert sorted(applied, key=len) == [[], [], NAMES]


def test_a_killed_migration_leaves_no_lock_and_no_half(empty_database_url: str) -> None:
    """A process is killed while it waits for a lock in the middle of the second migration."""
    migrate(empty_database_url)
    second = NAMES[1]
    with connect(empty_database_url) as c:
        c.execute("drop table job_run, audit, delivery, alert_version, alert, forecast cascade")
        c.execute("delete from _yoyo_migration where migration_id = %s", (second,))
        c.execute("insert into yoyo_lock (locked, ctime, pid) values (1, now(), 1)")
    with psycopg.connect(empty_database_url) as blocker:
        blocker.execute("lock table station in access exclusive mode")
        process = multiprocessing.get_context("spawn").Process(target=migrate, args=(empty_database_url,))
        process.start()
        _wait_until_blocked(empty_database_url)
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
    assert migrate(empty_database_url) == [second]
    with connect(empty_database_url) as c:
        assert c.execute("select count(*) from job_run").fetchone() == (0,)


def _wait_until_blocked(url: str) -> None:
    waiting = "select count(*) from pg_locks where not granted and locktype = 'relation'"
    with connect(url) as c:
        until = time.monotonic() + 90
        while c.execute(waiting).fetchone() == (0,):
            assert time.monotonic() < until
            time.sleep(0.02)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    url = "postgresql://postgres@127.0.0.1:9/nothing"
    with pytest.raises(DatabaseUnavailableError):
        migrate(url)
    with pytest.raises(DatabaseUnavailableError):
        schema_state(url)
    with Database(url) as database, pytest.raises(DatabaseUnavailableError), database.transaction():
        pass


def test_a_server_that_comes_seconds_later_is_waited_for(own_postgresql: EmbeddedServer) -> None:
    own_postgresql.stop_immediately()
    starting = threading.Timer(1.5, own_postgresql.start)
    starting.start()
    with capture_logs() as logs:
        wait_for_server(own_postgresql.url, patience_s=60.0, stop=threading.Event())
    starting.join()
    assert [entry["event"] for entry in logs] == ["database_waited_for"]
    connect(own_postgresql.url).close()


def test_waiting_for_a_server_ends_with_patience_or_a_signal() -> None:
    url, stop = "postgresql://postgres@127.0.0.1:9/nothing", threading.Event()
    with pytest.raises(DatabaseUnavailableError, match="not available"):
        wait_for_server(url, patience_s=0.0, stop=stop)
    threading.Timer(0.5, stop.set).start()
    began_s = time.monotonic()
    with pytest.raises(DatabaseUnavailableError):
        wait_for_server(url, patience_s=60.0, stop=stop)
    assert time.monotonic() - began_s < 20


@pytest.mark.parametrize(("why", "asked"), [("too_many_connections", 3), ("no_privilege", 1)])
def test_only_what_passes_by_itself_is_waited_for(monkeypatch: pytest.MonkeyPatch, why: str, asked: int) -> None:
    tries: list[str] = []

    def connecting(url: str) -> SimpleNamespace:
        tries.append(url)
        if len(tries) <= 2:
            raise DatabaseUnavailableError("so far", why)
        return SimpleNamespace(close=lambda: None)

    monkeypatch.setattr("storage.migrate.connect", connecting)
    with pytest.raises(DatabaseUnavailableError) if asked == 1 else nullcontext():
        wait_for_server("postgresql://x", patience_s=30.0, stop=threading.Event())
    assert len(tries) == asked


def test_evidence_of_before_keeps_its_verdicts_and_gets_the_value_it_was_about(empty_database_url: str) -> None:
    migrate(empty_database_url)
    later = next(name for name in NAMES if name.startswith("0004"))
    with connect(empty_database_url) as c:
        c.execute("drop table ingest_waiting")
        c.execute("alter table quality_evidence drop constraint quality_evidence_pkey")
        c.execute("drop index quality_evidence_judged_at_idx")
        c.execute("alter table quality_evidence drop column value")
        c.execute("alter table quality_evidence add primary key (series_id, observed_at, test)")
        c.execute("delete from _yoyo_migration where migration_id = %s", (later,))
        c.execute("insert into reading values (1, '2025-10-27', now(), 3.58, 3), (1, '2025-10-28', now(), 1.5, 1)")
        c.execute("insert into quality_evidence values (1, '2025-10-27', 'spike', 3), (1, '2025-10-26', 'gone', 3)")
    assert migrate(empty_database_url) == [later]
    with connect(empty_database_url) as c:
        rows = c.execute("select observed_at::date::text, test, flag, value from quality_evidence").fetchall()
    assert rows == [("2025-10-27", "spike", 3, 3.58)]


def test_what_was_published_before_the_list_of_areas_is_still_known_as_ours(empty_database_url: str) -> None:
    """An alert that ends while the program is brought up to date would stay on the broker for good."""
    migrate(empty_database_url)
    alert = _alert("kim_long", Severity.SEVERE)
    people = Recipients.of([_recipient("ward", "mqtt", area="19774")])
    with Database(empty_database_url) as database, database.transaction() as c:
        sync_network(c, [_station("kim_long"), _station("phu_oc")])
        save_alert(c, alert)
        enqueue(c, deliveries_for(alert, alert.versions[-1], _station("kim_long"), people, T0))
    _migrated_anew(empty_database_url, "waiting")
    assert _areas(empty_database_url) == []
    _migrated_anew(empty_database_url, "sent")
    assert _areas(empty_database_url) == ["19774", "city"]


def _migrated_anew(url: str, state: str) -> None:
    with connect(url) as c:
        c.execute("drop table if exists published_area")
        c.execute("delete from _yoyo_migration where migration_id like '0021%'")
        c.execute("update delivery set state = %s", (state,))
    migrate(url)


def _areas(url: str) -> list[str]:
    with Database(url) as database, database.transaction() as c:
        return published_areas(c)
