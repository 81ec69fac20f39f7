"""Public warnings in force: as JSON, as an Atom feed, and each as its CAP message."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import Field

from alerts.cap.atom import CAP_TYPE, atom_feed, message_path
from alerts.cap.elements import children, text
from alerts.cap.reading import read_alerts
from alerts.cap.reference import is_name
from dash_app.open_data.answers import Body, answer, json_body, spoken
from dash_app.open_data.asked import Asked
from dash_app.open_data.problems import not_there
from domain.agencies import Terms
from domain.settings import Settings
from domain.times import local
from domain.words import Language
from storage.cap_messages import StoredCapMessage, active_cap_messages, cap_message, feed_changed_at
from storage.database import Database

ATOM_TYPE = "application/atom+xml"
#: When the feed "changed" before the first warning.
_BEGINNING = datetime(2025, 6, 30, 17, tzinfo=UTC)
_SAID = ("language", "event", "urgency", "severity", "certainty", "headline", "description", "instruction")


class WarningFormat(StrEnum):
    """How the warnings in force are written."""

    JSON = "json"
    ATOM = "atom"


class WarningsAsked(Asked):
    """The warnings in force."""

    format: WarningFormat = WarningFormat.JSON
    lang: Annotated[Language, Field(description="Of the Atom feed; JSON has all languages")] = "vi"


class PublicWarnings:
    """Warnings of status Actual and scope Public over one database; none when the feed is switched off."""

    def __init__(self, database: Database, settings: Settings, terms: Terms) -> None:
        self._database, self._settings, self._terms = database, settings, terms

    def in_force(self, request: Request, asked: WarningsAsked) -> tuple[Response, int]:
        """Every warning in force, the newest first, and how many there are."""
        now = datetime.now(UTC)
        with self._database.transaction() as connection:
            active = active_cap_messages(connection, now) if self._settings.cap_feed == "public" else []
            changed = feed_changed_at(connection, now) or _BEGINNING
        base = self._base(request)
        if asked.format is WarningFormat.ATOM:
            body = Body(
                atom_feed(active, base=base, language=asked.lang, updated=changed), f"{ATOM_TYPE}; charset=utf-8"
            )
        else:
            body = json_body(spoken(self._terms) | {"warnings": [_document(one, base) for one in active]})
        return answer(request, body, self._terms), len(active)

    def message(self, request: Request, identifier: str) -> Response:
        """One public message as it was issued, in force or not. Raises ProblemError 404."""
        found = None
        if is_name(identifier) and self._settings.cap_feed == "public":
            with self._database.transaction() as connection:
                found = cap_message(connection, identifier)
        if found is None or found.status != "Actual" or found.scope != "Public":
            raise not_there("public warning", identifier)
        return answer(request, Body(found.xml, f"{CAP_TYPE}; charset=utf-8"), self._terms)

    def _base(self, request: Request) -> str:
        own = f"{request.url.scheme}://{request.url.netloc}"
        return (self._settings.public_url or own).rstrip("/")


def _document(message: StoredCapMessage, base: str) -> dict[str, Any]:
    return {
        "identifier": message.identifier,
        "sender": message.sender,
        "sent": local(message.sent),
        "msg_type": message.msg_type,
        "expires": None if message.expires is None else local(message.expires),
        "references": list(message.referenced),
        "cap": base + message_path(message.identifier),
        "info": [_info(info) for info in children(read_alerts(message.xml)[0], "info")],
    }


def _info(info: Any) -> dict[str, Any]:
    areas = [text(area, "areaDesc") for area in children(info, "area")]
    return {name: text(info, name) for name in _SAID} | {"areas": areas}
