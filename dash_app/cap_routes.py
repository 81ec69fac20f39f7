"""The addresses of public CAP messages: the Atom feed of those in force, and each message by its identifier."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256

from fastapi import APIRouter, HTTPException, Request, Response

from alerts.cap.atom import CAP_TYPE, atom_feed
from alerts.cap.reference import is_name
from dash_app.refusals import no_such_page
from domain.errors import DatabaseUnavailableError, SchemaOutdatedError
from domain.settings import Settings
from domain.words import Language
from storage.cap_messages import StoredCapMessage, active_cap_messages, cap_message, feed_changed_at
from storage.database import Database

#: When the feed "changed" before the first warning: the day from which its wards exist.
_BEGINNING = datetime(2025, 6, 30, 17, tzinfo=UTC)
#: How long a reader may keep an answer without asking again, in seconds. A warning must not wait in a cache.
_FEED_KEPT_S, _MESSAGE_KEPT_S = 15, 86_400


class CapRoutes:
    """The feed and the messages over one database. Only Actual messages of scope Public leave the house."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings

    def router(self) -> APIRouter:
        """The routes; they answer 404 when the feed is switched off."""
        is_open = self._settings.cap_feed == "public"
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/cap/feed.atom", self.feed if is_open else no_such_page, methods=["GET", "HEAD"])
        router.add_api_route(
            "/cap/{identifier}.xml", self.message if is_open else no_such_page, methods=["GET", "HEAD"]
        )
        return router

    def feed(self, request: Request, lang: Language = "vi") -> Response:
        """Every warning in force, the newest first; 304 to who has it already, 503 while the database is away."""
        now = datetime.now(UTC)
        try:
            with self._database.transaction() as connection:
                active = active_cap_messages(connection, now)
                changed = feed_changed_at(connection, now)
        except (DatabaseUnavailableError, SchemaOutdatedError) as error:
            raise _away() from error
        updated = changed or _BEGINNING
        body = atom_feed(active, base=self._base(request), language=lang, updated=updated)
        return _answer(request, body, "application/atom+xml; charset=utf-8", updated, _FEED_KEPT_S)

    def message(self, request: Request, identifier: str) -> Response:
        """One public message as it was issued, in force or not; 404 for any other."""
        if not is_name(identifier):
            raise HTTPException(404)
        try:
            with self._database.transaction() as connection:
                found = cap_message(connection, identifier)
        except (DatabaseUnavailableError, SchemaOutdatedError) as error:
            raise _away() from error
        if found is None or not _is_public(found):
            raise HTTPException(404)
        return _answer(request, found.xml, f"{CAP_TYPE}; charset=utf-8", found.sent, _MESSAGE_KEPT_S)

    def _base(self, request: Request) -> str:
        return (self._settings.public_url or str(request.base_url)).rstrip("/")


def _is_public(message: StoredCapMessage) -> bool:
    return message.status == "Actual" and message.scope == "Public"


def _away() -> HTTPException:
    return HTTPException(503, "the database is away", headers={"Retry-After": "5", "Cache-Control": "no-store"})


def _answer(request: Request, body: bytes, media_type: str, changed: datetime, kept_s: int) -> Response:
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Last-Modified": format_datetime(changed.astimezone(UTC).replace(microsecond=0), usegmt=True),
        "Cache-Control": f"public, max-age={kept_s}",
        "Access-Control-Allow-Origin": "*",  # public words, for anybody's page
    }
    if _has_it(request, tag, changed):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def _has_it(request: Request, tag: str, changed: datetime) -> bool:
    """By RFC 9110 §13.2.2: the tags when they are given, else the time."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return "*" in tags or tag in [each.strip().removeprefix("W/") for each in tags.split(",")]
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return since.tzinfo is not None and changed.replace(microsecond=0) <= since
