"""The page behind the link in a message: GET shows what is to be confirmed, POST confirms it.

Mail scanners and messengers fetch links before anybody reads them, so fetching changes nothing. No JavaScript, nothing from
elsewhere: it opens on any phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from fastapi import APIRouter, Response
from starlette.responses import HTMLResponse

from alerts.acknowledgement import PATH, Link, read_token
from alerts.composition import Part, highest_first
from alerts.places import stamp
from alerts.recipients import Recipients
from alerts.wording import headline
from dash_app.feed import Feed
from domain.words import LANGUAGES, Language, say
from storage import alerts as alert_store
from storage.acknowledgements import Acknowledgement, acknowledge, acknowledgements_of
from storage.database import Connection
from storage.deliveries import Delivery, deliveries_of, of_message
from storage.stations import load_stations

_MOST_SHOWN = 30
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
_STYLE = (
    "body{font:18px/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}"
    "button{font:inherit;font-weight:600;padding:.8rem 1.4rem;border:0;border-radius:.4rem;background:#0b5cad;color:#fff}"
    "li{margin:.4rem 0}"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """What the link is about, in words, and since when it is confirmed."""

    parts: Sequence[Part]
    confirmed_at: datetime | None


class Acknowledging:
    """The two routes over one feed."""

    def __init__(self, feed: Feed, recipients: Recipients, key: bytes) -> None:
        self._feed, self._recipients, self._key = feed, recipients, key

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route(f"{PATH}/{{token}}", self.ask, methods=["GET", "HEAD"])
        router.add_api_route(f"{PATH}/{{token}}", self.confirm, methods=["POST"])
        return router

    def ask(self, token: str) -> Response:
        """The warning and the button; nothing is stored."""
        return self._answer(token, confirm=False)

    def confirm(self, token: str) -> Response:
        """Store that it was read. Saying it twice changes nothing."""
        return self._answer(token, confirm=True)

    def _answer(self, token: str, *, confirm: bool) -> Response:
        link, now = read_token(token, self._key), datetime.now(UTC)
        recipient = None if link is None else self._recipients.named(link.recipient)
        if link is None or recipient is None:
            return _page(LANGUAGES, "unknown", status=404)
        language = recipient.language
        if link.expires_at <= now:
            return _page((language,), "expired", status=410)
        said: tuple[_Said | None] | None = self._feed.read(lambda c: (_said(c, link, now, confirm=confirm),))
        if said is None:
            return _page((language,), "away", status=503)
        if said[0] is None:
            return _page((language,), "unknown", status=404)
        return _shown(said[0], recipient.name(language), language)


def _said(connection: Connection, link: Link, now: datetime, *, confirm: bool) -> _Said | None:
    """What the link is about; with `confirm`, stored as read. None when there is no such warning any more."""
    rows = of_message(connection, link.message) if link.message else deliveries_of(connection, link.alert)
    chosen = [r for r in rows if r.recipient == link.recipient and (link.message or r.version == link.version)]
    alerts = alert_store.alerts_named(connection, list({row.alert for row in chosen}))
    stations = load_stations(connection)
    parts = {}
    for row in chosen:
        alert = alerts[row.alert]
        version = next(v for v in alert.versions if v.number == row.version)
        parts[row.alert, row.version] = Part(
            delivery=row, alert=alert, version=version, station=stations[alert.station]
        )
    if not parts:
        return None
    if confirm:
        for row in chosen:
            acknowledge(connection, _confirmation(row, link, now))
    return _Said(parts=highest_first(list(parts.values())), confirmed_at=_confirmed_at(connection, link, chosen))


def _confirmation(row: Delivery, link: Link, now: datetime) -> Acknowledgement:
    return Acknowledgement(
        alert=row.alert,
        version=row.version,
        recipient=link.recipient,
        person=link.person,
        at=now,
        how="link",
        origin=row.origin,
    )


def _confirmed_at(connection: Connection, link: Link, rows: Sequence[Delivery]) -> datetime | None:
    """When the first of the recipient confirmed all of it; in whose stead it was told, for each of them."""
    known = acknowledgements_of(connection, list({row.alert for row in rows}))
    found = [one for one in known if one.recipient == link.recipient]
    times = []
    for row in rows:
        mine = [a.at for a in found if (a.alert, a.origin) == (row.alert, row.origin) and a.version >= row.version]
        if not mine:
            return None
        times.append(min(mine))
    return max(times)


def _shown(said: _Said, recipient: str, language: Language) -> Response:
    titles = [headline(p.alert, p.version, p.station, language) for p in said.parts[:_MOST_SHOWN]]
    items = "".join(f"<li>{escape(title)}</li>" for title in titles)
    if len(said.parts) > _MOST_SHOWN:
        items += f"<li>{escape(say('alert.group.more', language, count=len(said.parts) - _MOST_SHOWN))}</li>"
    if said.confirmed_at is not None:
        last = (
            f"<p><strong>{escape(say('alert.acknowledge.done', language, time=stamp(said.confirmed_at)))}</strong></p>"
        )
    else:
        last = f'<form method="post"><button>{escape(say("alert.acknowledge.button", language))}</button></form>'
    question = escape(say("alert.acknowledge.question", language, recipient=recipient))
    return _html(language, f"<p>{question}</p><ul>{items}</ul>{last}")


def _page(languages: Sequence[Language], key: str, *, status: int) -> Response:
    text = "".join(f'<p lang="{each}">{escape(say(f"alert.acknowledge.{key}", each))}</p>' for each in languages)
    return _html(languages[0], text, status=status)


def _html(language: Language, body: str, *, status: int = 200) -> Response:
    title = escape(say("alert.acknowledge.title", language))
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1>{body}</body></html>"
    )
    return HTMLResponse(page, status_code=status, headers=_HEADERS)
