"""Addresses that are not pages: health, metrics, shapes of the map, symbols."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog
from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import FileResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest

from dash_app import symbols
from dash_app.feed import Feed
from dash_app.watched import WatchedMetrics
from domain.errors import ConfigurationError
from domain.storm_tracks import load_tracks

_log = structlog.get_logger(__name__)

#: The files of config/geo that the map may ask for.
SHAPES = ("wards", "city", "rivers", "coast")


class Services:
    """Health, metrics and static shapes over one feed."""

    def __init__(self, feed: Feed, config_dir: Path) -> None:
        load_tracks(config_dir)  # bad ones are refused at the start, with their place
        self._feed, self._config_dir, self._geo = feed, config_dir, config_dir / "geo"

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/healthz", self.health, methods=["GET"])
        router.add_api_route("/metrics", self.metrics, methods=["GET"])
        router.add_api_route("/geo/storm_tracks.geojson", self.tracks, methods=["GET"])
        router.add_api_route("/geo/{name}.geojson", self.shape, methods=["GET"])
        router.add_api_route("/symbols/{name}.svg", self.symbol, methods=["GET"])
        return router

    def health(self) -> JSONResponse:
        """200 when pages and database answer, 503 while the database is away; since when, either way.

        `late`: jobs of ingest and scheduler that have not succeeded for too long; `broker`: as the watcher last found it. The
        pages work without them, so it stays 200.
        """
        health, watched = self._feed.health, self._feed.watched
        late, broker = watched.late(datetime.now(UTC)), "away" if watched.broker_away else "ok"
        word = "ok" if health.database else "away"
        well = health.database and not late and not watched.broker_away
        body: dict[str, Any] = {
            "status": "ok" if well else "degraded",
            "database": word,
            "broker": broker,
            "late": late,
        }
        body["since"] = health.since.isoformat()
        return JSONResponse(
            body | {"revision": self._feed.revision},
            status_code=200 if health.database else 503,
            headers={"Cache-Control": "no-store"},
        )

    def metrics(self) -> Response:
        """Counters in the Prometheus text format."""
        own = CollectorRegistry(auto_describe=False)
        own.register(WatchedMetrics(self._feed.watched))
        return Response(generate_latest(REGISTRY) + generate_latest(own), media_type=CONTENT_TYPE_LATEST)

    def tracks(self) -> Response:
        """Tracks of storms, read anew: the file is replaced while a storm comes. 503 when it has become unreadable."""
        try:
            body = msgspec.json.encode(load_tracks(self._config_dir))
        except ConfigurationError as error:
            _log.warning("storm_tracks_not_read", error=str(error))
            raise HTTPException(503, str(error)) from error
        return Response(body, media_type="application/geo+json", headers={"Cache-Control": "no-cache"})

    def shape(self, name: str) -> FileResponse:
        """One file of the map's base."""
        path = self._geo / f"{name}.geojson"
        if name not in SHAPES or not path.is_file():
            raise HTTPException(404)
        return FileResponse(path, media_type="application/geo+json", headers={"Cache-Control": "public, max-age=3600"})

    def symbol(self, name: str) -> Response:
        """One station symbol."""
        drawing = symbols.svg(name)
        if drawing is None:
            raise HTTPException(404)
        return Response(drawing, media_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})
