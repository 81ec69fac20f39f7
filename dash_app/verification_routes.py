"""Addresses of the verification page that are not pages: its figures as files, its diagrams as pictures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Response

from dash_app.feed import Feed
from dash_app.open_data.asked import refuse_all_but
from dash_app.reliability_chart import reliability_svg
from dash_app.routes import Place
from dash_app.verification import SHOWN_DAYS, Verification, read_verification
from dash_app.verification_export import verification_csv, verification_json

#: Scores change by the day; so long one reading serves everybody.
_KEPT_S = 60.0
_MOST_DAYS = 3660
Days = Annotated[int, Query(ge=1, le=_MOST_DAYS)]


class Verified:
    """The scores of the page's span, read at most once a minute."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._lock = threading.Lock()
        self._kept: tuple[float, Verification | None] | None = None

    def now(self) -> Verification | None:
        """The newest scores; those of before while the database is away; None when there are none."""
        with self._lock:
            if self._kept is None or time.monotonic() - self._kept[0] > _KEPT_S:
                found = self._feed.read(read_verification)
                before = None if self._kept is None else self._kept[1]
                self._kept = (time.monotonic(), before if found is None else found)
            return self._kept[1]

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(include_in_schema=False)
        by_days = [Depends(refuse_all_but("days"))]
        router.add_api_route(f"{Place.VERIFICATION}.csv", self.csv, methods=["GET"], dependencies=by_days)
        router.add_api_route(f"{Place.VERIFICATION}.json", self.json, methods=["GET"], dependencies=by_days)
        router.add_api_route(f"{Place.VERIFICATION}/{{station}}.svg", self.reliability, methods=["GET"])
        return router

    def csv(self, days: Days = SHOWN_DAYS) -> Response:
        """One row a gauge and lead."""
        return self._file(days, verification_csv, "text/csv; charset=utf-8", "csv")

    def json(self, days: Days = SHOWN_DAYS) -> Response:
        """Everything."""
        return self._file(days, verification_json, "application/json", "json")

    def _file(self, days: int, write: Callable[[Verification], str], kind: str, suffix: str) -> Response:
        found = self._feed.read(lambda connection: read_verification(connection, days))
        if found is None:
            raise HTTPException(503 if not self._feed.health.database else 404)
        headers = {
            "Content-Disposition": f'attachment; filename="ews-kiem-chung-{found.last:%Y%m%d}.{suffix}"',
            "Cache-Control": "no-store",
        }
        return Response(write(found), media_type=kind, headers=headers)

    def reliability(self, station: str) -> Response:
        """The diagram of one gauge."""
        found = self.now()
        scores = None if found is None else next((s for s in found.stations if s.station.id == station), None)
        if scores is None:
            raise HTTPException(404)
        return Response(reliability_svg(scores), media_type="image/svg+xml", headers={"Cache-Control": "max-age=60"})
