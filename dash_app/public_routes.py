"""The address of the page for everybody: open when the setting says so, kept for some seconds, and not asked without end."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from hashlib import sha256

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import HTMLResponse, Response

from alerts.token_bucket import TokenBucket
from dash_app.addresses import holder
from dash_app.feed import Feed
from dash_app.public_page import ADDRESS, public_page
from dash_app.public_view import public_view
from dash_app.refusals import no_such_page
from dash_app.sign_in_routes import address_of
from dash_app.ward_map import WardMap
from domain.settings import Settings
from domain.wards import load_wards
from domain.words import Language
from storage.cap_messages import active_cap_messages

#: A page serves everybody for so long; a warning is on it within twice of it, with the browser's own.
KEPT_S = 10
#: Of one address: what a family behind one router asks in a flood, and no more.
PER_MINUTE, BURST = 60, 60
_MOST_ADDRESSES = 20_000


class PublicRoutes:
    """The page over one feed; 404 when it is off."""

    def __init__(self, feed: Feed, settings: Settings) -> None:
        self._feed, self._open = feed, settings.public_view == "on"
        self._wards = load_wards(settings.config_dir / "geo" / "wards.geojson")[0]
        self._drawing = WardMap(settings.config_dir)
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, Language], tuple[float, bytes]] = {}
        self._buckets: dict[str, TokenBucket] = {}

    def router(self) -> APIRouter:
        """The route."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route(ADDRESS, self.page if self._open else no_such_page, methods=["GET", "HEAD"])
        return router

    def page(self, request: Request, phuong: str = "", lang: Language = "vi") -> Response:
        """The page for a ward (GSO code; empty: the city): 304 to who has it, 404 for a ward that there is not."""
        if phuong and phuong not in self._wards:
            raise HTTPException(404, f"phuong = {phuong[:20]!r}: no such ward")
        if not self._may(holder(address_of(request)), time.monotonic()):
            raise HTTPException(429, "too many requests", headers={"Retry-After": "10"})
        body = self._body(phuong, lang)
        tag = f'"{sha256(body).hexdigest()[:32]}"'
        headers = {"Cache-Control": f"public, max-age={KEPT_S}", "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return HTMLResponse(body, headers=headers)

    def _body(self, ward: str, language: Language) -> bytes:
        """As it was some seconds ago, or drawn anew: one at a time. Raises HTTPException while the database is away."""
        with self._lock:
            kept = self._kept.get((ward, language))
            if kept is None or time.monotonic() - kept[0] > KEPT_S:
                kept = self._kept[ward, language] = (time.monotonic(), self._drawn(ward, language))
            return kept[1]

    def _drawn(self, ward: str, language: Language) -> bytes:
        overview = self._feed.overview()
        messages = self._feed.read(lambda connection: active_cap_messages(connection, datetime.now(UTC)))
        if overview is None or messages is None:
            raise HTTPException(503, "the database is away", headers={"Retry-After": "10", "Cache-Control": "no-store"})
        view = public_view(overview, messages, self._wards.get(ward), language)
        return public_page(view, list(self._wards.values()), self._drawing, language).encode()

    def _may(self, address: str, now_s: float) -> bool:
        with self._lock:
            if len(self._buckets) > _MOST_ADDRESSES:
                self._buckets.clear()
            bucket = self._buckets.setdefault(address, TokenBucket(PER_MINUTE, BURST))
            if not bucket.available(now_s):
                return False
            bucket.take(1)
            return True
