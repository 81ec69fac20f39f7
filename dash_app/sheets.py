"""The pages that are read from the top down: what each reads, and what draws it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import structlog

from dash_app import air_page, committee_page, exercise_page, rain_page, station_page, storm_page, ward_page
from dash_app.committee import CommitteeView, Setting, read_committee
from dash_app.committee_map import CommitteeMap
from dash_app.feed import Feed
from dash_app.kept import Kept
from dash_app.reading_weather import read_air, read_rain, read_wind
from dash_app.routes import Page, Place
from dash_app.situation_report import Situation, report
from dash_app.snapshot import Overview
from domain.errors import ConfigurationError
from domain.storm_tracks import Storms, load_tracks, storms
from domain.words import Language

_log = structlog.get_logger(__name__)


class Sheets:
    """These pages over one feed; each is read for everybody at once."""

    def __init__(self, feed: Feed, setting: Setting, drawn: CommitteeMap, config_dir: Path) -> None:
        self._feed, self._drawn, self._config_dir = feed, drawn, config_dir
        self._units = Kept(feed, lambda connection, overview: read_committee(connection, overview, setting))
        self._rain, self._wind = Kept(feed, read_rain), Kept(feed, read_wind)
        self._air = Kept(feed, lambda connection, overview: read_air(connection, overview, feed.rules))
        self._drills = Kept(feed, exercise_page.read_drills)

    def drawn(self, page: Page, overview: Overview, language: Language) -> Any | None:
        """What stands on the page; None while nothing could be read."""
        if page.place is Place.COMMITTEE:
            view = self._units.now(overview)
            return None if view is None else self._command(page, view, language)
        if page.place is Place.RAIN:
            rain = self._rain.now(overview)
            return None if rain is None else rain_page.rain(rain, overview, self._feed.rules, language)
        if page.place is Place.STORM:
            wind = self._wind.now(overview)
            return (
                None
                if wind is None
                else storm_page.storm(wind, self._tracks(overview), overview, self._feed.rules, language)
            )
        if page.place is Place.AIR:
            air = self._air.now(overview)
            return None if air is None else air_page.air(air, overview, language)
        drills = self._drills.now(overview)
        return None if drills is None else exercise_page.exercise(drills, overview, language)

    def _tracks(self, overview: Overview) -> Storms | None:
        """The storms of now, read anew as the map reads them; None when the file has become unreadable."""
        try:
            tracks = load_tracks(self._config_dir)
        except ConfigurationError as error:
            _log.warning("storm_tracks_not_read", error=str(error))
            return None
        return storms(tracks, (overview.read_at, *overview.clocks.values()))

    def paper(self, page: Page, overview: Overview, language: Language) -> Any | None:
        """What is printed in the stead of a page; None where it is the page itself."""
        view = self._units.now(overview) if page == Page(place=Place.COMMITTEE) else None
        if view is None:
            return None
        found = Situation(overview=overview, committee=view, rain=self._rain.now(overview) or ())
        return report(found, self._drawn.path(committee_page.states(view)), language)

    def _command(self, page: Page, view: CommitteeView, language: Language) -> Any:
        """The page of all units, or of one."""
        if page.ward is None:
            return committee_page.committee(view, self._drawn, language)
        unit = view.unit(page.ward)
        return station_page.not_found(language, None) if unit is None else ward_page.ward(unit, view, language)
