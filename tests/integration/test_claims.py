"""The command line: names that are claimed, and how accounts and tokens are kept there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from cli.claims import ClaimRefusedError, claim, machine
from cli.main import app
from domain import passwords
from domain.access_table import COMMANDS, Role
from domain.errors import EwsError
from domain.network import load_network
from domain.settings import load_settings
from storage import api_tokens, audit, people, sessions
from storage.database import Database
from storage.stations import sync_network
from tests.signing_in import session_cookie


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


@pytest.fixture
def ews(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Callable[..., Result]:
    """The command, over a database of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EWS_DATABASE_URL", database_url)
    return lambda *words, **more: CliRunner().invoke(app, list(words), **more)


def refused(result: Result) -> str:
    """Why a command was refused; `ews` itself prints it in one line and ends with 2."""
    assert isinstance(result.exception, EwsError), result.output
    return str(result.exception)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_an_administrator_keeps_accounts_on_the_command_line(ews: Callable[..., Result], database: Database) -> None:
    def person(name: str) -> people.Person:
        with database.transaction() as connection:
            return people.known(connection, name)

    assert ews("user", "add", "chu", "--role", "administrator").exit_code == 0
    printed = ews("user", "add", "lan", "--role", "officer", "--shown", "Lan").stdout
    given = printed.split("one-time password: ")[1].strip()
    assert passwords.fits(given, person("lan").password_hash)
    assert person("lan").must_change
    assert "has an account" in refused(ews("user", "add", "lan"))
    assert "begin with a letter" in refused(ews("user", "add", "Lan Anh"))
    assert "is short" in refused(ews("user", "passwd", "lan", "--stdin", input="ngắn\n"))
    cookie = session_cookie(database.url, name="lan")
    assert ews("user", "passwd", "lan", "--stdin", input="con sông chảy về biển\n").exit_code == 0
    assert passwords.fits("con sông chảy về biển", person("lan").password_hash)
    with database.transaction() as connection:
        now = datetime.now(UTC)
        assert sessions.find_session(connection, cookie, now=now, idle=timedelta(hours=1)) is None
    assert ews("user", "role", "lan", "viewer").exit_code == 0
    assert person("lan").role is Role.VIEWER
    assert ews("user", "role", "lan", "king").exit_code == 2
    assert "the last administrator" in refused(ews("user", "disable", "chu"))
    assert "the last administrator" in refused(ews("user", "role", "chu", "viewer"))
    assert ews("user", "disable", "lan").exit_code == 0
    assert "shut since" in ews("user", "list").stdout
    assert ews("user", "disable", "lan", "--undo").exit_code == 0
    assert person("lan").disabled_at is None


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_token_is_printed_once_and_revoked_on_the_command_line(
    ews: Callable[..., Result], database: Database
) -> None:
    def found(text: str) -> api_tokens.ApiToken | None:
        with database.transaction() as connection:
            return api_tokens.find_token(connection, text, datetime.now(UTC))

    with database.transaction() as connection:
        sync_network(connection, [load_network(load_settings({}).config_dir).stations["kim_long"]])
    assert "no such station" in refused(ews("token", "add", "evn", "--scope", "stations", "--station", "kim_lon"))
    made = ews("token", "add", "evn", "--scope", "observations", "--station", "kim_long", "--days", "30").stdout
    text = made.split()[-1]
    token = found(text)
    assert token is not None
    assert (token.holder, token.stations) == ("evn", frozenset({"kim_long"}))
    listed = ews("token", "list").stdout
    assert token.id in listed
    assert text not in listed
    assert "choose from" in refused(ews("token", "add", "evn", "--scope", "everything"))
    assert ews("token", "add", "evn", "--scope", "stations", "--days", "9999").exit_code == 2
    assert ews("token", "revoke", token.id).exit_code == 0
    assert found(text) is None
    assert "none in force" in refused(ews("token", "revoke", token.id))
    with database.transaction() as connection:
        stored = [bytes(row[0]) for row in connection.execute("select hash from api_token").fetchall()]
        assert [e.action for e in audit.entries(connection, limit=9)][:2] == ["token_revoked", "token_made"]
    assert text.encode() not in stored[0]
