"""Tokens of partners' programs: named by an id, stored as a hash, with scopes and an end."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.access_table import SCOPES, Right
from domain.errors import EwsError
from storage import audit
from storage.database import Connection
from storage.queries import query
from storage.sessions import secret_hash

_PREFIX = "ews_"
_ID_BYTES, _SECRET_BYTES = 6, 32
#: A partner's key is renewed once a year.
LONGEST = timedelta(days=366)
_USED_EVERY = timedelta(minutes=1)


class TokenRefusedError(EwsError):
    """A token cannot be made or revoked like that; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiToken:
    """One token, without its secret. `stations`: what is shared with the holder; None is every station."""

    id: str
    holder: str
    scopes: frozenset[Right]
    stations: frozenset[str] | None
    made_at: datetime
    made_by: str
    expires_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    def valid(self, now: datetime) -> bool:
        """Whether it opens anything at `now`."""
        return self.revoked_at is None and now < self.expires_at


def scopes_from(words: Collection[str]) -> frozenset[Right]:
    """Scopes as people write them. Raises TokenRefusedError."""
    known = {scope.value: scope for scope in SCOPES}
    wrong = sorted(set(words) - set(known))
    if wrong or not words:
        raise TokenRefusedError(f"token scopes {', '.join(wrong) or 'none'}: choose from {', '.join(sorted(known))}")
    return frozenset(known[word] for word in words)


def add_token(
    connection: Connection,
    holder: str,
    scopes: Collection[Right],
    *,
    now: datetime,
    lasts: timedelta,
    by: str,
    stations: Sequence[str] | None = None,
) -> tuple[ApiToken, str]:
    """Make a token, with audit; it and its text, which is not stored. Raises TokenRefusedError."""
    _checked(holder, scopes, lasts)
    identifier = secrets.token_hex(_ID_BYTES)
    text = f"{_PREFIX}{identifier}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    token = ApiToken(
        id=identifier,
        holder=holder,
        scopes=frozenset(scopes),
        stations=None if stations is None else frozenset(stations),
        made_at=now,
        made_by=by,
        expires_at=now + lasts,
    )
    _store(connection, token, text)
    detail = {"holder": holder, "scopes": sorted(scopes), "stations": stations, "expires": token.expires_at.isoformat()}
    audit.add(connection, by, "token_made", f"token {identifier}", detail)
    return token, text


def _checked(holder: str, scopes: Collection[Right], lasts: timedelta) -> None:
    if not holder.strip():
        raise TokenRefusedError("token: name who holds it")
    scopes_from([scope.value for scope in scopes])
    if not timedelta(0) < lasts <= LONGEST:
        raise TokenRefusedError(f"token lasts {lasts.days} days: choose 1 to {LONGEST.days}")


def _store(connection: Connection, token: ApiToken, text: str) -> None:
    row = {
        "id": token.id,
        "hash": secret_hash(text),
        "holder": token.holder,
        "scopes": sorted(token.scopes),
        "stations": None if token.stations is None else sorted(token.stations),
        "made_at": token.made_at,
        "made_by": token.made_by,
        "expires_at": token.expires_at,
    }
    connection.execute(query("api_token_add"), row)


def find_token(connection: Connection, text: str, now: datetime) -> ApiToken | None:
    """The token with this text, used now; None when it is unknown, revoked or over."""
    if not text.startswith(_PREFIX):
        return None
    found = _tokens(connection, secret_hash(text))
    if not found or not found[0].valid(now):
        return None
    if found[0].used_at is None or now - found[0].used_at >= _USED_EVERY:
        connection.execute(query("api_token_used"), {"id": found[0].id, "at": now})
    return found[0]


def tokens(connection: Connection) -> list[ApiToken]:
    """All tokens in the order they were made, revoked ones too."""
    return _tokens(connection, None)


def _tokens(connection: Connection, hashed: bytes | None) -> list[ApiToken]:
    rows = connection.execute(query("api_tokens"), {"hash": hashed}).fetchall()
    return [
        ApiToken(
            id=identifier,
            holder=holder,
            scopes=frozenset(Right(scope) for scope in scopes),
            stations=None if stations is None else frozenset(stations),
            made_at=made_at,
            made_by=made_by,
            expires_at=expires_at,
            revoked_at=revoked_at,
            used_at=used_at,
        )
        for identifier, holder, scopes, stations, made_at, made_by, expires_at, revoked_at, used_at in rows
    ]


def revoke_token(connection: Connection, identifier: str, now: datetime, by: str) -> None:
    """End a token, with audit. Raises TokenRefusedError."""
    row = connection.execute(query("api_token_revoke"), {"id": identifier, "at": now}).fetchone()
    if row is None:
        raise TokenRefusedError(f"token {identifier!r}: there is none in force; `ews token list` shows all")
    audit.add(connection, by, "token_revoked", f"token {identifier}", {"holder": row[0]})
