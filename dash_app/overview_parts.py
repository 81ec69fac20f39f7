"""The overview part by part, so that an update sends only the parts that changed: places, rows of the list, stations of the map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
        self.fixed: dict[str, Any] = {
            f"html:{ids.MAP_TITLE}": markup(html.H2(say("ui.map", language), className="for-readers")),
            f"html:{ids.KINDS_BOX}": markup(map_controls.controls(language)),
            f"html:{ids.LEGEND}": markup(legend(language)),
            "words": map_controls.words(language),
        }
        self._rows: dict[str, tuple[StationNow, str]] = {}
        self._markers: dict[str, tuple[StationNow, str, Any]] = {}

    def row(self, now: StationNow) -> str:
        """The row of the list."""
        kept = self._rows.get(now.station.id)
        if kept is None or kept[0] is not now:
            kept = self._rows[now.station.id] = (now, markup(gauge_row(now, self.language)))
        return kept[1]

    def markers(self, stations: Iterable[StationNow]) -> dict[str, Any]:
        """What the map has of each station, by the name of the part. At each update thousands are gone through: no call for each."""
        found, known = {}, self._markers
        for now in stations:
            name = now.station.id
            kept = known.get(name)
            if kept is None or kept[0] is not now:
                kept = known[name] = (now, f"station:{name}", map_stations.station(now, self.language))
            found[kept[1]] = kept[2]
        return found


def overview_parts(overview: Overview, drawn: Drawn) -> dict[str, Any]:
    """`html:<place>`, `row:<station>` of the list and `order` of its rows, `station:<id>`, `wards`, `clocks`, `words`."""
    language, listed = drawn.language, overview_page.listed(overview)
    places = {f"html:{place}": markup(node) for place, node in _places(overview, language).items()}
    rows = {f"row:{now.station.id}": drawn.row(now) for now in listed}
    markers = drawn.markers(overview.stations)
    others: dict[str, Any] = {
        "order": [now.station.id for now in listed],
        "wards": city.wards(overview, language),
        "clocks": clocks(overview),
    }
    return drawn.fixed | places | rows | markers | others


def _places(overview: Overview, language: Language) -> dict[str, Any]:
    """What is painted as a whole and may change."""
    return {
        ids.SENTENCE: overview_page.sentence_line(overview, language),
        ids.DECISIONS: decisions(overview, language),
        ids.GAUGES: overview_page.gauges(overview, language),
        ids.OTHERS: overview_page.others(overview, language),
    }


def clocks(overview: Overview) -> dict[str, Any]:
    """Seconds since 1970 on each clock, whether time stands still, and the oldest moment that can be shown."""
    clocks: Mapping[str, datetime] = {LIVE_CLOCK: overview.read_at} | dict(overview.clocks)
    now = {name: round(at.timestamp()) for name, at in clocks.items()}
    first = None if overview.first_at is None else round(overview.first_at.timestamp())
    return {"now": now, "past": overview.past, "first": first}
