"""The views of stations' pages, each read once a revision for all who look at it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from dash_app.feed import Feed
from dash_app.kept import keep_newest
from dash_app.reading_depth import read_depth, read_long_rain, read_long_traces, read_travel_times
from dash_app.reading_station import rain_gauges, read_station
from dash_app.snapshot import Overview, StationNow, StationView
from dash_app.station_depth import RANGES_D
from dash_app.station_then import read_station_then
from domain.past_floods import PastFlood
from forecasting.travel_time import TravelTime
from storage.database import Connection

#: A long span is read anew at most so often: nobody sees one more minute in a month.
_LONG_KEPT = timedelta(minutes=1)
_TRAVEL_KEPT = timedelta(hours=1)
#: Views that are kept: of stations that are looked at, not of all that ever were.
_VIEWS_KEPT = 48
#: Past moments of stations that are kept: some hours played once more.
_PAST_KEPT = 48


class StationSource:
    """Views by station and span over one feed; `floods`: past floods by station."""

    def __init__(self, feed: Feed, floods: Mapping[str, tuple[PastFlood, ...]]) -> None:
        self._feed, self._floods = feed, floods
        #: With the time of the overview they were read by; the overview itself would keep thousands of stations.
        self._views: dict[tuple[str, int], tuple[datetime, StationView]] = {}
        self._past: dict[tuple[str, int, datetime, int], StationView] = {}  # by the rules' number too
        self._travel: dict[str, tuple[datetime, dict[str, TravelTime]]] = {}

    async def view(self, overview: Overview, station: str | None, days: int = RANGES_D[0]) -> StationView | None:
        """The view, while nothing can be read the one before; None without such a station, or when it never was read."""
        now = None if station is None else overview.station(station)
        if now is None:
            return None
        key = (now.station.id, days)
        kept = self._views.get(key)
        if kept is not None and self._fresh(kept[0], overview, days):
            return kept[1]
        view = await asyncio.to_thread(self._feed.read, lambda c: self.read(c, now, overview, days))
        if view is None:
            return None if kept is None else kept[1]
        keep_newest(self._views, key, (overview.read_at, view), _VIEWS_KEPT)
        return view

    async def view_then(self, overview: Overview, station: str | None, days: int = RANGES_D[0]) -> StationView | None:
        """The view as it was known at the moment of a past overview: it does not change, so the last of them are kept."""
        now = None if station is None else overview.station(station)
        if now is None:
            return None
        key = (now.station.id, self._feed.rules_number, overview.read_at, days)
        floods = self._floods.get(now.station.id, ())
        if key not in self._past:
            view = await asyncio.to_thread(
                self._feed.read, lambda connection: read_station_then(connection, now, overview, floods, days)
            )
            if view is None:
                return None
            keep_newest(self._past, key, view, _PAST_KEPT)
        return self._past.get(key)

    @staticmethod
    def _fresh(read_at: datetime, overview: Overview, days: int) -> bool:
        if read_at == overview.read_at:
            return True
        return days != RANGES_D[0] and overview.read_at - read_at < _LONG_KEPT

    def read(self, connection: Connection, now: StationNow, overview: Overview, days: int) -> StationView:
        """All that the page shows, from the database."""
        travel = self._travel_times(connection, now, overview.read_at)
        floods = self._floods.get(now.station.id, ())
        depth = read_depth(connection, now, overview, days=days, travel=travel, floods=floods)
        usual = days == RANGES_D[0]
        view = replace(read_station(connection, now, overview, readings=usual), depth=depth)
        if usual:
            return view
        since, gauges = now.now - timedelta(days=days), rain_gauges(now.station, overview)
        return replace(
            view,
            since=since,
            traces=read_long_traces(connection, now.station, since, now.now),
            rain=read_long_rain(connection, gauges, days, since, now.now),
            earlier=(),
        )

    def _travel_times(self, connection: Connection, now: StationNow, at: datetime) -> dict[str, TravelTime]:
        kept = self._travel.get(now.station.id)
        if kept is None or at - kept[0] >= _TRAVEL_KEPT:
            kept = self._travel[now.station.id] = (at, read_travel_times(connection, now))
        return kept[1]
