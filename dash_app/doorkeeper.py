"""Knows who asks by cookie or token, without asking the database each time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from dash_app.access import Visitor, person_visitor, program_visitor
from domain.errors import DatabaseUnavailableError, SchemaOutdatedError
from domain.settings import Settings
from storage import api_tokens, sessions
from storage.database import Connection, Database

#: For so long an answer is believed: a session ended elsewhere is shut out after it. Who comes again and again has it renewed
#: before, while they are served: a push to a hundred pages does not wait for a hundred questions.
_BELIEVED_S, _RENEWED_S = 2.0, 0.8
_MOST_KEPT = 10_000
COOKIE = "ews_session"
#: The prefix makes browsers keep it to this host, over TLS alone.
SECURE_COOKIE = f"__Host-{COOKIE}"
_BEARER = "bearer "


class Doorkeeper:
    """Finds visitors. While the database is away, who was known stays known until their session ends."""

    def __init__(self, database: Database, settings: Settings, answers: Callable[[], bool]) -> None:
        self._database, self._answers = database, answers
        self.lasts = timedelta(hours=settings.session_hours)
        self.idle = timedelta(minutes=settings.session_idle_minutes)
        self._kept: dict[str, tuple[float, Visitor | None]] = {}
        self._asking: dict[str, asyncio.Future[Visitor | None]] = {}

    async def visitor(self, headers: Headers, *, secure: bool) -> Visitor | None:
        """Who sent these headers, over TLS (`secure`) or not; None when nobody is known.

        Raises DatabaseUnavailableError, SchemaOutdatedError.
        """
        secret, is_token = _shown(headers, secure=secure)
        if secret is None:
            return None
        kept = self._kept.get(secret)
        age_s = _BELIEVED_S if kept is None else time.monotonic() - kept[0]
        if kept is not None and age_s < _RENEWED_S:
            return _in_time(kept[1])
        asking = self._asking_once(secret, is_token=is_token)
        if kept is not None and age_s < _BELIEVED_S:
            return _in_time(kept[1])
        return _in_time(await asyncio.shield(asking))

    def forget(self) -> None:
        """Ask anew about everybody: something about them was changed here."""
        self._asking.clear()
        self._kept.clear()

    def _asking_once(self, secret: str, *, is_token: bool) -> asyncio.Future[Visitor | None]:
        """The question under way; a hundred pages of one session ask it once."""
        asking = self._asking.get(secret)
        if asking is None:
            asking = self._asking[secret] = asyncio.ensure_future(
                asyncio.to_thread(self._asked, secret, is_token=is_token)
            )
            asking.add_done_callback(lambda done: self._answered(secret, done))
        return asking

    def _answered(self, secret: str, done: asyncio.Future[Visitor | None]) -> None:
        if self._asking.get(secret) is done:
            del self._asking[secret]
        if not done.cancelled():
            done.exception()  # whoever waits is told; nobody may

    def _asked(self, secret: str, *, is_token: bool) -> Visitor | None:
        kept = self._kept.get(secret)
        try:
            found = self._found(secret, is_token=is_token)
        except (DatabaseUnavailableError, SchemaOutdatedError):
            if kept is None or kept[1] is None:
                raise
            found = kept[1]
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[secret] = (time.monotonic(), found)
        return found

    def _found(self, secret: str, *, is_token: bool) -> Visitor | None:
        if not self._answers():
            raise DatabaseUnavailableError("the database is away")
        with self._database.transaction() as connection:
            return self._read(connection, secret, datetime.now(UTC), is_token=is_token)

    def _read(self, connection: Connection, secret: str, now: datetime, *, is_token: bool) -> Visitor | None:
        if is_token:
            token = api_tokens.find_token(connection, secret, now)
            return None if token is None else program_visitor(token)
        found = sessions.find_session(connection, secret, now=now, idle=self.idle)
        return None if found is None else person_visitor(found)


def _in_time(visitor: Visitor | None) -> Visitor | None:
    return visitor if visitor is not None and datetime.now(UTC) < visitor.expires_at else None


def _shown(headers: Headers, *, secure: bool) -> tuple[str | None, bool]:
    """What was shown to be known by, and whether it is a token. A token outweighs a cookie.

    Over TLS the cookie of the other name counts for nothing: a neighbour of this host, or somebody on the way of a plain
    connection, can set that one, and so put a session of theirs into another's browser.
    """
    bearer = headers.get("authorization", "")
    if bearer.lower().startswith(_BEARER):
        return bearer[len(_BEARER) :].strip(), True
    cookies = cookie_parser(headers.get("cookie", ""))
    return cookies.get(SECURE_COOKIE if secure else COOKIE) or None, False
