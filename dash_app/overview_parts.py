"""The overview part by part, so that an update sends only the parts that changed: places, rows of the list, stations of the map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from dash import html

from dash_app import ids, map_controls, map_stations, overview_page
from dash_app import map as city
from dash_app.decisions import decisions
from dash_app.gauge_table import gauge_row
from dash_app.legend import legend
from dash_app.markup import markup
from dash_app.snapshot import Overview, StationNow
from domain.stations import LIVE_CLOCK
from domain.words import Language, say


class Drawn:
    """Rows and markers of one language, drawn once for each StationNow: most are the same object at the next update."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._kept: dict[str, tuple[StationNow, Any]] = {}

    def row(self, now: StationNow) -> str:
        """The row of the list."""
        return str(self._once(f"row:{now.station.id}", now, lambda: markup(gauge_row(now, self.language))))

    def marker(self, now: StationNow) -> Any:
        """What the map has of a station."""
        return self._once(f"station:{now.station.id}", now, lambda: map_stations.station(now, self.language))

    def _once(self, name: str, now: StationNow, draw: Callable[[], Any]) -> Any:
        kept = self._kept.get(name)
        if kept is None or kept[0] is not now:
            kept = self._kept[name] = (now, draw())
        return kept[1]


def overview_parts(overview: Overview, drawn: Drawn) -> dict[str, Any]:
    """`html:<place>`, `row:<station>` of the list and `order` of its rows, `station:<id>`, `wards`, `clocks`, `words`."""
    language, listed = drawn.language, overview_page.listed(overview)
    places = {f"html:{place}": markup(node) for place, node in _places(overview, language).items()}
    rows = {f"row:{now.station.id}": drawn.row(now) for now in listed}
    markers = {f"station:{now.station.id}": drawn.marker(now) for now in overview.stations}
    others: dict[str, Any] = {
        "order": [now.station.id for now in listed],
        "wards": city.wards(overview, language),
        "clocks": _clocks(overview),
        "words": map_controls.words(language),
    }
    return places | rows | markers | others


def _places(overview: Overview, language: Language) -> dict[str, Any]:
    """What is painted as a whole."""
    return {
        ids.SENTENCE: overview_page.sentence_line(overview, language),
        ids.MAP_TITLE: html.H2(say("ui.map", language), className="for-readers"),
        ids.KINDS_BOX: map_controls.controls(language),
        ids.LEGEND: legend(language),
        ids.DECISIONS: decisions(overview, language),
        ids.GAUGES: overview_page.gauges(overview, language),
        ids.OTHERS: overview_page.others(overview, language),
    }


def _clocks(overview: Overview) -> dict[str, Any]:
    """Seconds since 1970 on each clock, whether time stands still, and the oldest moment that can be shown."""
    clocks: Mapping[str, datetime] = {LIVE_CLOCK: overview.read_at} | dict(overview.clocks)
    now = {name: round(at.timestamp()) for name, at in clocks.items()}
    first = None if overview.first_at is None else round(overview.first_at.timestamp())
    return {"now": now, "past": overview.past, "first": first}
