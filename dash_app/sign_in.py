"""Signing in and out, and one's own password: decisions and stores; sign_in_routes.py speaks HTTP."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from dash_app.throttle import Throttle
from domain import passwords
from domain.errors import DatabaseUnavailableError, SchemaOutdatedError
from storage import people, sessions
from storage.database import Database

#: argon2 takes 64 MiB and 50 ms a try: so many at once.
_AT_ONCE = 2
_MOST_NAME = 64
FIRST = "quan_tri"
#: Stands for the address of who changes a password: each name is counted by itself.
_OWN = "own password of"


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
            wait = self._throttle.tried(called, address, now)
        if wait:
            return Refused(wait=wait)
        try:
            fits = self._fits(called, password)
        except (DatabaseUnavailableError, SchemaOutdatedError):
            with self._lock:
                self._throttle.taken_back(called, address)
            raise
        if not fits:
            return Refused()
        with self._lock:
            self._throttle.succeeded(called, address)
            wait = self._throttle.entered(called, now)
        if wait:
            return Refused(wait=wait)
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

    def change(self, name: str, old: str, new: str, *, now: datetime) -> str | None:
        """Another password of one's own, which ends all sessions; why not (throttled, wrong, or a fault of the new one), else None."""
        with self._lock:  # whoever found a cookie shall not guess here what it does not tell
            if self._throttle.tried(name, f"{_OWN} {name}", now):
                return "throttled"
        if not self._fits(name, old):
            return "wrong"
        with self._lock:
            self._throttle.succeeded(name, f"{_OWN} {name}")
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
        found = None
        if people.NAME.fullmatch(name):  # what can be no name is not looked up, and takes as long
            with self._database.transaction() as connection:
                found = people.person(connection, name)
        kept = None if found is None or found.disabled_at is not None else found.password_hash
        with self._hashing:
            return passwords.fits(password, kept)
