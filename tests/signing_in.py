"""Signed in without typing a password: a session put into the database, for tests of everything behind the sign-in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from dash_app.access import Visitor
from domain.access_table import RIGHTS, Role
from storage import people, sessions
from storage.database import Database

COOKIE = "ews_session"


def session_cookie(database_url: str, role: Role = Role.ADMINISTRATOR, name: str | None = None) -> str:
    """The cookie's value of a new session of somebody with this role; the account is made when it is not there."""
    called = name or f"test_{role.value}"
    with Database(database_url, max_size=1) as database, database.transaction() as connection:
        if people.person(connection, called) is None:
            people.add_person(connection, people.Person(name=called, shown=called, role=role), by="test")
        return sessions.open_session(
            connection,
            called,
            "code",
            now=datetime.now(UTC),
            lasts=timedelta(hours=12),
            address="127.0.0.1",
            agent="test",
        )


def visitor(role: Role = Role.ADMINISTRATOR, name: str | None = None) -> Visitor:
    """Who asks, for code that is called without the web process."""
    until = datetime.now(UTC) + timedelta(hours=1)
    called = name or f"test_{role.value}"
    return Visitor(name=called, shown=called, role=role, rights=RIGHTS[role], expires_at=until, session=1)


def signed_in_client(database_url: str, address: str, role: Role = Role.ADMINISTRATOR, **more: Any) -> httpx.Client:
    """A client of the web process at `address`, signed in, that says as browsers do which page it speaks for."""
    cookies = {COOKIE: session_cookie(database_url, role)}
    return httpx.Client(base_url=address, cookies=cookies, headers={"Origin": address}, **{"timeout": 60, **more})
