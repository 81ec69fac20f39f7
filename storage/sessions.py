"""Who is signed in: sessions, and codes that open one once. What the browser holds is stored as its hash alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from domain.access_table import Role
from storage import audit
from storage.database import Connection
from storage.queries import query

How = Literal["password", "code", "oidc"]
#: 256 random bits.
_SECRET_BYTES = 32
_SEEN_EVERY = timedelta(minutes=1)
_MOST_AGENT = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedIn:
    """One session with whose it is. `must_change`: nothing but another password may be done with it."""

    number: int
    person: str
    shown: str
    role: Role
    must_change: bool
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """One session as an administrator sees it."""

    number: int
    person: str
    how: str
    made_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    agent: str


def secret_hash(secret: str) -> bytes:
    """What is stored of a random secret. It has 256 bits, so no salt and no slow hash is needed."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def open_session(
    connection: Connection, person: str, how: How, *, now: datetime, lasts: timedelta, address: str, agent: str
) -> str:
    """Sign somebody in, with audit; the secret for the cookie, which is not stored."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    row = {"hash": secret_hash(secret), "person": person, "how": how, "at": now, "expires_at": now + lasts}
    made = connection.execute(query("session_add"), row | {"address": address, "agent": agent[:_MOST_AGENT]}).fetchone()
    assert made is not None
    connection.execute(query("person_signed_in"), {"name": person, "at": now})
    audit.add(connection, person, "signed_in", f"session {made[0]}", {"how": how, "address": address})
    return secret


def find_session(connection: Connection, secret: str, *, now: datetime, idle: timedelta) -> SignedIn | None:
    """The session of a secret, used now; None when it is unknown, over, idle too long, or its account is shut."""
    row = {"hash": secret_hash(secret), "now": now, "idle_since": now - idle}
    found = connection.execute(query("session_find"), row).fetchone()
    if found is None:
        return None
    number, _, seen_at, expires_at, person, shown, role, must_change = found
    if now - seen_at >= _SEEN_EVERY:
        connection.execute(query("session_seen"), {"hash": row["hash"], "at": now})
    return SignedIn(
        number=number, person=person, shown=shown, role=Role(role), must_change=must_change, expires_at=expires_at
    )


def sessions(connection: Connection, *, now: datetime, idle: timedelta) -> list[Session]:
    """The newest used first, 500 at most; those that are over are forgotten by the way."""
    times = {"now": now, "idle_since": now - idle}
    connection.execute(query("sessions_clear"), times)
    return [
        Session(
            number=number,
            person=person,
            how=how,
            made_at=made_at,
            seen_at=seen_at,
            expires_at=expires_at,
            address=address,
            agent=agent,
        )
        for number, person, how, made_at, seen_at, expires_at, address, agent in connection.execute(
            query("sessions"), times
        ).fetchall()
    ]


def end_session(connection: Connection, number: int, by: str) -> bool:
    """End one session, with audit; False when there is none."""
    ended = _end(connection, number=number)
    for _, person in ended:
        audit.add(connection, by, "signed_out", f"session {number}", {"person": person})
    return bool(ended)


def end_of_person(connection: Connection, person: str, *, but: int | None = None) -> int:
    """End all sessions of a person, but one; how many."""
    return len(_end(connection, person=person, but=but))


def _end(
    connection: Connection, *, number: int | None = None, person: str | None = None, but: int | None = None
) -> list[tuple[int, str]]:
    row = {"number": number, "person": person, "but": but}
    return connection.execute(query("sessions_end"), row).fetchall()


def add_code(connection: Connection, person: str, *, now: datetime, lasts: timedelta, by: str) -> str:
    """A code that signs somebody in once, with audit; it is not stored."""
    code = secrets.token_urlsafe(_SECRET_BYTES)
    connection.execute(
        query("sign_in_code_add"), {"hash": secret_hash(code), "person": person, "expires_at": now + lasts}
    )
    audit.add(connection, by, "sign_in_code_made", person, {})
    return code


def take_code(connection: Connection, code: str, now: datetime) -> str | None:
    """Whose code it is, used up by this; None when it is unknown, used or over."""
    row = connection.execute(query("sign_in_code_take"), {"hash": secret_hash(code), "now": now}).fetchone()
    return str(row[0]) if row is not None and row[1] else None
