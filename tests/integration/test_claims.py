"""Names on the command line: every command that takes one is in the table, an account's role holds, and the audit notes who claimed it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import typer

from cli.claims import ClaimRefusedError, claim, machine
from cli.main import app
from domain.access_table import COMMANDS, Role
from storage import audit, people
from storage.database import Database


def named(command: Any, *path: str) -> Iterator[str]:
    """Commands with --by."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from named(inner, *path, name)
    if any(parameter.name == "by" for parameter in command.params):
        yield " ".join(path)


def test_every_command_that_takes_a_name_is_in_the_table() -> None:
    assert set(named(typer.main.get_command(app))) == set(COMMANDS)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_the_role_of_a_named_account_holds_and_the_claim_is_noted(database: Database) -> None:
    with database.transaction() as connection:
        people.add_person(connection, people.Person(name="lan", shown="Lan", role=Role.VIEWER), by="test")
        with pytest.raises(ClaimRefusedError, match="a viewer may not issue"):
            claim(connection, "lan", "warnings issue")
        people.set_role(connection, "lan", Role.OFFICER, by="test")
        claim(connection, "lan", "warnings issue")
        claim(connection, "somebody without an account", "alerts end")
        people.disable(connection, "lan", datetime.now(UTC), by="test")
        with pytest.raises(ClaimRefusedError, match="is shut"):
            claim(connection, "lan", "alerts end")
        claims = [(e.actor, e.subject) for e in audit.entries(connection, limit=50) if e.action == "claimed"]
    assert claims == [(machine(), "somebody without an account"), (machine(), "lan")]
