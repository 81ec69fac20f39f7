"""The list of river gauges and reservoirs, worst first, and the shorter lists of rain, air and wind."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dash_app import formats, parts, wording
from dash_app.routes import station_path
from dash_app.snapshot import StationNow
from dash_app.sparkline import HEIGHT, WIDTH, sparkline
from dash_app.state import Trend
from domain.quantities import QUANTITIES
from domain.stations import StationKind
from domain.words import Language, number, say

_COLUMNS = ("station", "level", "alarm", "trend", "day", "peak")


def gauge_table(count: int, language: Language) -> Any:
    """The table without its rows, or that there is no gauge."""
    if not count:
        return html.P(say("ui.empty.gauges", language), className="empty")
    head = html.Tr([html.Th(say(f"ui.column.{c}", language), className=f"c-{c}", scope="col") for c in _COLUMNS])
    return html.Table([html.Thead(head), html.Tbody()], className="grid gauges")


def gauge_row(now: StationNow, language: Language) -> Any:
    """One gauge: state, level, distance from an alarm level, rate, last 24 h, forecast peak."""
    cells = [
        html.Th(_name(now, language), scope="row", className="c-station"),
        html.Td(_level(now, language), className="c-level figure"),
        html.Td(_alarm(now, language), className="c-alarm"),
        html.Td(_trend(now, language), className="c-trend figure"),
        html.Td(_day(now, language), className="c-day"),
        html.Td(
            _peak(now, language),
            className="c-peak figure" + ("" if now.peak is not None else " nothing"),
            **_label(say("ui.column.peak", language)),
        ),
    ]
    return html.Tr(cells, className=f"row row-{now.freshness.value}", **_key(now))


def _key(now: StationNow) -> dict[str, Any]:
    """The same station keeps its row when the order changes."""
    return {"data-key": now.station.id}


def _label(text: str) -> dict[str, Any]:
    """Where a phone shows no heading the cell carries it."""
    return {"data-label": text}


def _name(now: StationNow, language: Language) -> list[Any]:
    link = dcc.Link(wording.name(now.station, language), href=station_path(now.station.id), className="station-link")
    under = [now.station.river] if now.station.river else []
    under.append(wording.age(now, language))
    text = html.Div([link, html.Small(" · ".join(under), className=f"under age-{now.freshness.value}")])
    return [html.Div([parts.symbol(now, language), text], className="named")]


def _level(now: StationNow, language: Language) -> list[Any]:
    if now.main is None:
        return ["–"]
    shown: list[Any] = [
        html.Span(number(now.main.value, QUANTITIES[now.main.quantity].decimals, language), className="value")
    ]
    if now.main.flag in (3, 4):
        shown.append(html.Small(wording.flag(now.main.flag, language), className="under doubtful"))
    return shown


def _alarm(now: StationNow, language: Language) -> list[Any]:
    if now.blind:
        return [html.Span(wording.state(now, language), className="blind-word")]
    found = wording.distance(now, language)
    if found is None:
        return [html.Span(wording.state(now, language), className="muted")]
    unverified = now.thresholds is not None and not now.thresholds.verified
    return [found, *([html.Small(say("doubt.unverified", language), className="under")] if unverified else [])]


def _trend(now: StationNow, language: Language) -> list[Any]:
    if now.trend is None or now.rate_m_per_h is None:
        return ["–"]
    shown = "0" if now.trend is Trend.STEADY else formats.rate(now.rate_m_per_h, language).removesuffix(" m/h")
    return [parts.arrow(now, language), shown]


def _day(now: StationNow, language: Language) -> list[Any]:
    found = now.distance
    source = sparkline(now.recent, None if found is None else found.threshold_m)
    if source is None:
        return []
    return [html.Img(src=source, alt=say("ui.column.day", language), width=WIDTH, height=HEIGHT, className="spark")]


def _peak(now: StationNow, language: Language) -> list[Any]:
    if now.peak is None:
        return ["–"]
    if not now.peak.current:
        return [html.Span(say("ui.peak.old", language), className="muted")]
    if not wording.rises(now):
        return [html.Span(say("ui.peak.none", language), className="muted")]
    time = formats.near(now.peak.at, now.now, language)
    under = say("ui.peak.still_rising", language, time=time) if now.peak.at_the_end else time
    return [wording.band(now.peak, language), html.Small(under, className="under")]


def other_table(kind: StationKind, stations: tuple[StationNow, ...], language: Language, limit: int = 6) -> Any:
    """The worst few stations of another kind."""
    rows = [_other_row(now, language) for now in stations[:limit]]
    title = formats.heading(say(f"kind.{kind.value}", language))
    note = say("ui.others.shown", language, shown=len(rows), all=len(stations))
    heading = html.H3([title, html.Small(note)])
    return html.Section([heading, html.Table(html.Tbody(rows), className="grid others")])


def _other_row(now: StationNow, language: Language) -> Any:
    link = dcc.Link(wording.name(now.station, language), href=station_path(now.station.id), className="station-link")
    cells = [
        html.Th(
            html.Div([parts.symbol(now, language, 18), link], className="named"), scope="row", className="c-station"
        ),
        html.Td(html.Span(_other_value(now, language), className="value"), className="figure"),
        html.Td(wording.state(now, language), className="c-word"),
        html.Td(wording.age(now, language), className=f"figure age-{now.freshness.value}"),
    ]
    return html.Tr(cells, className=f"row row-{now.freshness.value}", **_key(now))


def _other_value(now: StationNow, language: Language) -> str:
    if now.station.kind is StationKind.WIND and now.main is not None and now.force is not None:
        force = say("ui.wind.force", language, force=now.force) if now.force else say("ui.wind.calm", language)
        return f"{force} · {wording.measure(now.main, language)}"
    return wording.headline_value(now, language)
