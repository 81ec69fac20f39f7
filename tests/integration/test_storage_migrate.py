"""Migrations are applied once, by whoever comes first, and survive a kill."""

import multiprocessing
import os
import signal
import time

import psycopg
import pytest

from domain.errors import DatabaseUnavailableError
from storage.database import Database, connect
from storage.migrate import MIGRATIONS_DIR, migrate, schema_state

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
        until = time.monotonic() + 20
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
