"""Which driver errors may pass and which never will."""

import psycopg
import pytest
from psycopg import errors

from domain.errors import DatabaseRefusedError, DatabaseUnavailableError, SchemaOutdatedError
from storage.database import translated

PASSING = [
    psycopg.OperationalError,
    psycopg.InterfaceError,
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.ConnectionFailure,
    errors.DiskFull,
    errors.TooManyConnections,
    errors.ReadOnlySqlTransaction,
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.QueryCanceled,
    errors.InsufficientPrivilege,
]
LASTING = [
    errors.UniqueViolation,
    errors.CheckViolation,
    errors.NotNullViolation,
    errors.NumericValueOutOfRange,
    errors.CharacterNotInRepertoire,
    errors.UntranslatableCharacter,
    errors.ProgramLimitExceeded,
    errors.SyntaxError,
    psycopg.DataError,
]
SCHEMA = [errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction]


@pytest.mark.parametrize("error", PASSING)
def test_what_may_succeed_later_is_unavailable(error: type[psycopg.Error]) -> None:
    with pytest.raises(DatabaseUnavailableError), translated():
        raise error("x")


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (errors.DiskFull, "disk_full"),
        (errors.ReadOnlySqlTransaction, "read_only"),
        (errors.TooManyConnections, "too_many_connections"),
        (errors.InsufficientPrivilege, "no_privilege"),
        (errors.AdminShutdown, "away"),
        (psycopg.OperationalError, "away"),
    ],
)
def test_it_is_said_why_nothing_is_taken(error: type[psycopg.Error], why: str) -> None:
    with pytest.raises(DatabaseUnavailableError) as caught, translated():
        raise error("x")
    assert caught.value.why == why


@pytest.mark.parametrize("error", LASTING)
def test_what_never_succeeds_is_refused(error: type[psycopg.Error]) -> None:
    with pytest.raises(DatabaseRefusedError), translated():
        raise error("x")


@pytest.mark.parametrize("error", SCHEMA)
def test_a_missing_table_is_an_outdated_schema(error: type[psycopg.Error]) -> None:
    with pytest.raises(SchemaOutdatedError, match="ews migrate"), translated():
        raise error("x")


def test_the_message_is_one_line() -> None:
    with pytest.raises(DatabaseRefusedError) as caught, translated():
        raise psycopg.DataError("first\n  second")
    assert str(caught.value).count("\n") == 0
