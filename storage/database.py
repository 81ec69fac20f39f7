"""Connections to PostgreSQL or TimescaleDB, and the one place where driver errors become errors of this system."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import msgspec
import psycopg
from psycopg import errors
from psycopg.types.json import set_json_loads
from psycopg_pool import ConnectionPool

from domain.errors import DatabaseRefusedError, DatabaseUnavailableError, SchemaOutdatedError

#: A storm reads thousands of small documents.
set_json_loads(msgspec.json.decode)

#: Every store takes one of these first. Rows come back as tuples.
Connection = psycopg.Connection[tuple[Any, ...]]

#: Longest wait for a connection. Short, so that a process that is asked to stop while the database is away does stop.
_CONNECT_TIMEOUT_S = 5.0

#: A server whose network is cut says nothing: TCP notices it after about 20 s, with and without something to send.
_CUT_NOTICED: dict[str, Any] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,
}

#: Refusals that come from the schema, not from the row.
_SCHEMA_ERRORS = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.UndefinedFunction,
    errors.UndefinedObject,
    errors.InvalidSchemaName,
)
#: Errors outside OperationalError that pass by themselves or by an operator's hand, without changing the statement.
_PASSING_ERRORS = (
    errors.ReadOnlySqlTransaction,
    errors.InsufficientPrivilege,
    errors.InFailedSqlTransaction,
    psycopg.InterfaceError,
)
#: Why the database takes nothing, where its SQLSTATE tells (PostgreSQL documentation, appendix A); otherwise it is away.
_WHY = {
    "53100": "disk_full",
    "53300": "too_many_connections",
    "25006": "read_only",
    "42501": "no_privilege",
    "57014": "too_long",  # the statement met a limit of time that its transaction had set
}


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into DatabaseUnavailableError, SchemaOutdatedError or DatabaseRefusedError.

    Away, shutting down, out of disk or connections, read-only, deadlock and serialization failures may succeed later;
    a row too long for an index (class 54) is an OperationalError to the driver but will never succeed.
    """
    try:
        yield
    except psycopg.Error as error:
        raise _translation(error) from error


def _translation(error: psycopg.Error) -> DatabaseUnavailableError | SchemaOutdatedError | DatabaseRefusedError:
    text = " ".join(str(error).split())
    if isinstance(error, _SCHEMA_ERRORS):
        return SchemaOutdatedError(f"the database schema is not the one this version needs ({text}): run `ews migrate`")
    if isinstance(error, errors.ProgramLimitExceeded):
        return DatabaseRefusedError(f"the database refused a row: {text}")
    if isinstance(error, (psycopg.OperationalError, *_PASSING_ERRORS)):
        return DatabaseUnavailableError(
            f"the database is not available: {text}", _WHY.get(error.sqlstate or "", "away")
        )
    return DatabaseRefusedError(f"the database refused a statement: {text}")


def _configure(connection: psycopg.Connection[Any]) -> None:
    """Times come back in UTC whatever the server's or the role's setting is."""
    connection.execute("set timezone to 'UTC'")
    connection.commit()


def refer_by_index(connection: Connection) -> None:
    """Look up by index, until this transaction ends, whatever the rows written now refer to.

    PostgreSQL remembers for each connection how it looks up a referred row. Thought out when the table was as good as empty, that
    is a walk through all of it, and the first storm would walk through thousands of rows for each of thousands.
    """
    connection.execute("select set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)")


def connect(url: str) -> Connection:
    """A connection of its own in autocommit mode, for LISTEN and for session locks; the caller closes it.

    Raises DatabaseUnavailableError.
    """
    with translated():
        connection = psycopg.connect(url, autocommit=True, connect_timeout=int(_CONNECT_TIMEOUT_S), **_CUT_NOTICED)
        connection.execute("set timezone to 'UTC'")
        return connection


class Database:
    """A small pool of connections. Opening it does not connect: a database that is away is met at the first use."""

    def __init__(self, url: str, *, min_size: int = 1, max_size: int = 4) -> None:
        self.url = url
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            kwargs=_CUT_NOTICED,
            min_size=min_size,
            max_size=max_size,
            timeout=_CONNECT_TIMEOUT_S,
            # The pool's own back-off doubles without a cap; giving up early makes the next request connect at once.
            reconnect_timeout=_CONNECT_TIMEOUT_S,
            configure=_configure,
            check=ConnectionPool.check_connection,
            open=False,
            name="ews",
        )
        self._pool.open(wait=False)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Raises DatabaseUnavailableError, SchemaOutdatedError, DatabaseRefusedError.
        """
        with translated(), self._pool.connection() as connection:
            try:
                yield connection
            except errors.ReadOnlySqlTransaction:
                # It may lead to a server that another has replaced: the next one asks anew where the database is.
                connection.close()
                raise

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
