"""Numbered migrations, applied by yoyo under a PostgreSQL advisory lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from yoyo import get_backend, read_migrations

from domain.errors import DatabaseUnavailableError
from storage.database import connect, translated

MIGRATIONS_DIR = Path(__file__).resolve().parent / "migrations"
#: Any number that nothing else in this database locks.
_MIGRATION_LOCK = 0x6577735F6D6967
#: What a server that is starting says of itself; anything else wants somebody's hand.
_PASSING = frozenset({"away", "too_many_connections"})
_ASK_EVERY_S = 0.5

_log = structlog.get_logger(__name__)


def _yoyo_url(url: str) -> str:
    return f"postgresql+psycopg://{url.split('://', 1)[1]}"


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """Only one process at a time. The lock belongs to the session, so a process that dies gives it back."""
    connection = connect(url)
    try:
        connection.execute("select pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
        yield
    finally:
        connection.close()


@contextmanager
def _backend(url: str) -> Iterator[Any]:
    backend = get_backend(_yoyo_url(url))
    try:
        # yoyo's own lock is a row; a killed process leaves it behind. We hold the advisory lock: nobody else is at work.
        backend.break_lock()
        yield backend
    finally:
        backend.connection.close()


def wait_for_server(url: str, *, patience_s: float, stop: threading.Event) -> None:
    """Return once the server takes connections: after a power cut it may start later than we do.

    Raises DatabaseUnavailableError when it does not within `patience_s`, or when `stop` is set before.
    """
    until_s, said = time.monotonic() + patience_s, False
    while (error := _not_there(url)) is not None:
        if error.why not in _PASSING or time.monotonic() >= until_s or stop.is_set():
            raise error
        if not said:
            _log.warning("database_waited_for", seconds=patience_s, error=str(error))
        said = True
        stop.wait(_ASK_EVERY_S)


def _not_there(url: str) -> DatabaseUnavailableError | None:
    try:
        connect(url).close()
    except DatabaseUnavailableError as error:
        return error
    return None


def migrate(url: str) -> list[str]:
    """Apply what is pending; return the names of the migrations applied, in order.

    Two processes that start together are safe: the second waits and finds nothing to do.
    Raises DatabaseUnavailableError, DatabaseRefusedError.
    """
    with translated(), _alone(url), _backend(url) as backend:
        pending = backend.to_apply(read_migrations(str(MIGRATIONS_DIR)))
        for migration in pending:
            _apply(backend, migration)
        return [str(m.id) for m in pending]


def _apply(backend: Any, migration: Any) -> None:
    """One migration and its mark in one transaction: a kill between the two cannot leave one without the other."""
    backend.ensure_internal_schema_updated()
    with backend.transaction():
        migration.process_steps(backend, "apply")
        backend.mark_one(migration)
    _log.info("migration_applied", migration=migration.id)


def schema_state(url: str) -> tuple[list[str], list[str]]:
    """(applied, pending) migrations, without changing the database. Raises DatabaseUnavailableError."""
    known = sorted(path.stem for path in MIGRATIONS_DIR.glob("*.sql"))
    with translated():
        connection = connect(url)
        try:
            applied = _applied(connection)
        finally:
            connection.close()
    return [name for name in known if name in applied], [name for name in known if name not in applied]


def _applied(connection: Any) -> set[str]:
    if connection.execute("select to_regclass('_yoyo_migration')").fetchone()[0] is None:
        return set()
    return {row[0] for row in connection.execute("select migration_id from _yoyo_migration").fetchall()}
