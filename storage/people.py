"""The accounts of people. Every change is in the audit, under the name of who made it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.access_table import Role
from domain.errors import EwsError
from storage import audit, sessions
from storage.database import Connection
from storage.queries import query

NAME = re.compile(r"[a-z][a-z0-9_.-]{1,63}")


class PersonRefusedError(EwsError):
    """An account cannot be made or changed like that; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One account. `password_hash` None: no password opens it; `oidc`: what the identity provider calls them."""

    name: str
    shown: str
    role: Role
    password_hash: str | None = None
    must_change: bool = False
    oidc: str | None = None
    disabled_at: datetime | None = None
    made_at: datetime | None = None
    signed_in_at: datetime | None = None


def add_person(connection: Connection, person: Person, by: str) -> None:
    """Make an account. Raises PersonRefusedError when name or identity are taken, or the name or role cannot be one."""
    if NAME.fullmatch(person.name) is None:
        raise PersonRefusedError(f"account {person.name!r}: write 2 to 64 of a-z 0-9 _ . - and begin with a letter")
    if person.role is Role.SERVICE:
        raise PersonRefusedError("role 'service': programs get a token, by `ews token add`")
    if connection.execute(query("person_add"), _values(person)).fetchone() is None:
        raise PersonRefusedError(f"account {person.name!r}: this name or this identity ({person.oidc}) has an account")
    detail = {"role": person.role.value} | ({} if person.oidc is None else {"oidc": person.oidc})
    audit.add(connection, by, "account_made", person.name, detail)


def _values(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "shown": person.shown,
        "role": person.role.value,
        "password_hash": person.password_hash,
        "must_change": person.must_change,
        "oidc": person.oidc,
    }


def first_person(connection: Connection, name: str, shown: str, password_hash: str) -> bool:
    """Make the first administrator, whose password must be changed; False when there is an account."""
    row = {"name": name, "shown": shown, "password_hash": password_hash}
    made = connection.execute(query("person_first"), row).fetchone() is not None
    if made:
        audit.add(connection, "web", "account_made", name, {"role": Role.ADMINISTRATOR.value, "first": True})
    return made


def persons(connection: Connection) -> list[Person]:
    """All accounts by name."""
    return _found(connection, name=None, oidc=None)


def person(connection: Connection, name: str) -> Person | None:
    """The account of a name."""
    found = _found(connection, name=name, oidc=None)
    return found[0] if found else None


def known(connection: Connection, name: str) -> Person:
    """The open account of a name. Raises PersonRefusedError."""
    found = person(connection, name)
    if found is None or found.disabled_at is not None:
        raise PersonRefusedError(f"account {name!r}: there is none that is open; `ews user list` shows all")
    return found


def person_of_identity(connection: Connection, oidc: str) -> Person | None:
    """The account of who the identity provider calls so."""
    found = _found(connection, name=None, oidc=oidc)
    return found[0] if found else None


def set_password(connection: Connection, name: str, password_hash: str, *, must_change: bool, by: str) -> None:
    """Another password; who is signed in under the name is signed out. Raises PersonRefusedError."""
    row = {"name": name, "password_hash": password_hash, "must_change": must_change}
    _changed(connection, "person_password", row)
    sessions.end_of_person(connection, name)
    audit.add(connection, by, "password_set", name, {"must_change": must_change})


def set_role(connection: Connection, name: str, role: Role, by: str) -> None:
    """Another role, in force at once; the last administrator keeps theirs. Raises PersonRefusedError."""
    if role is Role.SERVICE:
        raise PersonRefusedError("role 'service': programs get a token, by `ews token add`")
    if role is not Role.ADMINISTRATOR:
        _not_the_last(connection, name)
    _changed(connection, "person_role", {"name": name, "role": role.value})
    audit.add(connection, by, "role_set", name, {"role": role.value})


def disable(connection: Connection, name: str, at: datetime | None, by: str) -> None:
    """Shut an account and end its sessions; `at` None opens it again. Raises PersonRefusedError."""
    if at is not None:
        _not_the_last(connection, name)
    _changed(connection, "person_disable", {"name": name, "at": at})
    if at is not None:
        sessions.end_of_person(connection, name)
    audit.add(connection, by, "account_enabled" if at is None else "account_disabled", name, {})


def _found(connection: Connection, *, name: str | None, oidc: str | None) -> list[Person]:
    rows = connection.execute(query("persons"), {"name": name, "oidc": oidc}).fetchall()
    return [
        Person(
            name=row[0],
            shown=row[1],
            role=Role(row[2]),
            password_hash=row[3],
            must_change=row[4],
            oidc=row[5],
            disabled_at=row[6],
            made_at=row[7],
            signed_in_at=row[8],
        )
        for row in rows
    ]


def _not_the_last(connection: Connection, name: str) -> None:
    left = [each for (each,) in connection.execute(query("administrators_lock")).fetchall() if each != name]
    known = person(connection, name)
    if known is not None and known.role is Role.ADMINISTRATOR and not left:
        raise PersonRefusedError(f"account {name!r}: the last administrator; make another one first")


def _changed(connection: Connection, statement: str, values: dict[str, Any]) -> None:
    if connection.execute(query(statement), values).fetchone() is None:
        raise PersonRefusedError(f"account {values['name']!r}: there is none; `ews user list` shows all")
