"""What an administrator sees and does: accounts, sessions, tokens. Each deed is in the audit under their name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import passwords
from domain.access_table import Role
from domain.errors import EwsError
from storage import api_tokens, people, sessions
from storage.api_tokens import ApiToken
from storage.database import Connection, Database
from storage.people import Person
from storage.sessions import Session

Form = Mapping[str, str]


class FormRefusedError(EwsError):
    """A form asks for what there is not; the text says what is allowed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Holdings:
    """All of it at one moment."""

    persons: list[Person]
    sessions: list[Session]
    tokens: list[ApiToken]
    now: datetime


class Administration:
    """Over one database."""

    def __init__(self, database: Database, idle: timedelta) -> None:
        self._database, self._idle = database, idle
        self._deeds: dict[str, Callable[[Connection, Form, datetime, str], str | None]] = {
            "add": _add,
            "role": _role,
            "password": _password,
            "shut": _shut,
            "open": _open,
            "end": _end,
            "give": _give,
            "revoke": _revoke,
        }

    def holdings(self, now: datetime) -> Holdings:
        """Everything, read at once."""
        with self._database.transaction() as connection:
            return Holdings(
                persons=people.persons(connection),
                sessions=sessions.sessions(connection, now=now, idle=self._idle),
                tokens=api_tokens.tokens(connection),
                now=now,
            )

    def perform(self, form: Form, now: datetime, by: str) -> str | None:
        """Do what a form says; a secret to be shown once, or None. Raises EwsError with what is wrong."""
        deed = self._deeds.get(form.get("lam", ""))
        if deed is None:
            raise FormRefusedError(f"lam = {form.get('lam')!r}: choose from {', '.join(self._deeds)}")
        with self._database.transaction() as connection:
            return deed(connection, form, now, by)


def _add(connection: Connection, form: Form, _now: datetime, by: str) -> str:
    name, password = form.get("ten", "").strip().lower(), passwords.one_time()
    made = Person(
        name=name,
        shown=form.get("goi", "").strip() or name,
        role=_asked_role(form),
        password_hash=passwords.hashed(password),
        must_change=True,
        oidc=form.get("oidc", "").strip() or None,
    )
    people.add_person(connection, made, by)
    return password


def _role(connection: Connection, form: Form, _now: datetime, by: str) -> None:
    people.set_role(connection, form.get("ten", ""), _asked_role(form), by)


def _password(connection: Connection, form: Form, _now: datetime, by: str) -> str:
    password = passwords.one_time()
    people.set_password(connection, form.get("ten", ""), passwords.hashed(password), must_change=True, by=by)
    return password


def _shut(connection: Connection, form: Form, now: datetime, by: str) -> None:
    people.disable(connection, form.get("ten", ""), now, by)


def _open(connection: Connection, form: Form, _now: datetime, by: str) -> None:
    people.disable(connection, form.get("ten", ""), None, by)


def _end(connection: Connection, form: Form, _now: datetime, by: str) -> None:
    if not sessions.end_session(connection, _number(form, "phien"), by):
        raise FormRefusedError(f"phien = {form.get('phien')!r}: there is no such session any more")


def _give(connection: Connection, form: Form, now: datetime, by: str) -> str:
    scopes = api_tokens.scopes_from(form.get("pham_vi", "").replace(",", " ").split())
    stations = form.get("tram", "").replace(",", " ").split() or None
    lasts = timedelta(days=_number(form, "ngay"))
    holder = form.get("ten", "").strip()
    return api_tokens.add_token(connection, holder, scopes, now=now, lasts=lasts, by=by, stations=stations)[1]


def _revoke(connection: Connection, form: Form, now: datetime, by: str) -> None:
    api_tokens.revoke_token(connection, form.get("token", ""), now, by)


def _asked_role(form: Form) -> Role:
    allowed = {role.value: role for role in Role if role is not Role.SERVICE}
    role = allowed.get(form.get("vai_tro", ""))
    if role is None:
        raise FormRefusedError(f"vai_tro = {form.get('vai_tro')!r}: choose from {', '.join(allowed)}")
    return role


def _number(form: Form, field: str) -> int:
    text = form.get(field, "")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise FormRefusedError(f"{field} = {text!r}: write a whole number")
    return int(text)
