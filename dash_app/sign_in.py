"""Signing in and out, and one's own password: decisions and stores; sign_in_routes.py speaks HTTP."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from dash_app.throttle import Throttle
from domain import passwords
from storage import people, sessions
from storage.database import Database

#: argon2 takes 64 MiB and 50 ms a try: so many at once.
_AT_ONCE = 2
_MOST_NAME = 64
FIRST = "quan_tri"


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A session that was opened: the secret for the cookie."""

    secret: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """Why nobody was signed in: wrong, or too many tries and how long to wait."""

    wait: timedelta = timedelta(0)


class SignIn:
    """Over one database."""

    def __init__(self, database: Database, lasts: timedelta) -> None:
        self._database, self._lasts = database, lasts
        self._throttle = Throttle()
        self._lock = threading.Lock()
        self._hashing = threading.Semaphore(_AT_ONCE)

    def first(self) -> str | None:
        """Make the first administrator; the one-time password, or None when there are accounts.

        Raises DatabaseUnavailableError, SchemaOutdatedError.
        """
        with self._database.transaction() as connection:
            if people.persons(connection):
                return None
            password = passwords.one_time()
            made = people.first_person(connection, FIRST, "Quản trị", passwords.hashed(password))
        return password if made else None

    def by_password(self, name: str, password: str, *, now: datetime, address: str, agent: str) -> Opened | Refused:
        """Sign in with name and password. What was wrong, name or password, is not told."""
        called = name.strip().lower()[:_MOST_NAME]
        with self._lock:
            wait = self._throttle.wait(called, address, now)
        if wait:
            return Refused(wait=wait)
        if not called or not self._fits(called, password):
            with self._lock:
                self._throttle.failed(called, address, now)
            return Refused()
        with self._lock:
            self._throttle.succeeded(called, address)
        return self._opened(called, "password", now=now, address=address, agent=agent)

    def by_code(self, code: str, *, now: datetime, address: str, agent: str) -> Opened | Refused:
        """Sign in with a code, which this uses up."""
        with self._database.transaction() as connection:
            name = sessions.take_code(connection, code, now)
        if name is None:
            return Refused()
        return self._opened(name, "code", now=now, address=address, agent=agent)

    def by_identity(self, identity: str, *, now: datetime, address: str, agent: str) -> Opened | Refused:
        """Sign in whom the identity provider has recognised, when there is an account for them."""
        with self._database.transaction() as connection:
            found = people.person_of_identity(connection, identity)
        if found is None or found.disabled_at is not None:
            return Refused()
        return self._opened(found.name, "oidc", now=now, address=address, agent=agent)

    def end(self, session: int, by: str) -> None:
        """Sign out."""
        with self._database.transaction() as connection:
            sessions.end_session(connection, session, by)

    def change(self, name: str, old: str, new: str) -> str | None:
        """Another password of one's own, which ends all sessions; why not (wrong, or a fault of the new one), else None."""
        if not self._fits(name, old):
            return "wrong"
        why = passwords.fault(new, name) or ("same" if new == old else None)
        if why is not None:
            return why
        with self._hashing:
            kept = passwords.hashed(new)
        with self._database.transaction() as connection:
            people.set_password(connection, name, kept, must_change=False, by=name)
        return None

    def _opened(self, name: str, how: sessions.How, *, now: datetime, address: str, agent: str) -> Opened:
        with self._database.transaction() as connection:
            secret = sessions.open_session(
                connection, name, how, now=now, lasts=self._lasts, address=address, agent=agent
            )
        return Opened(secret=secret)

    def _fits(self, name: str, password: str) -> bool:
        with self._database.transaction() as connection:
            found = people.person(connection, name)
        kept = None if found is None or found.disabled_at is not None else found.password_hash
        with self._hashing:
            return passwords.fits(password, kept)
