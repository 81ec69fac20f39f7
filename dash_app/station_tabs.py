"""The tabs under a station's chart: data, quality, thresholds, history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from dash import dcc, html

from dash_app import formats, parts, wording
from dash_app.forecast_peak import forecast_peak
from dash_app.snapshot import StationView
from dash_app.station_depth import RANGES_D, StationDepth, UpstreamTrace
from dash_app.station_files import file_path
from dash_app.station_tables import readings_table, threshold_table, warning_list
from domain.forecasts import LevelForecast
from domain.past_floods import PastFlood
from domain.quantities import QUANTITIES
from domain.readings import QualityFlag
from domain.stations import StationKind
from domain.words import Language, number, say
from storage.station_history import Doubted, Revised

TABS = ("data", "quality", "thresholds", "history")
#: Dash knows no radio among its inputs; the browser does.
_RADIO: Any = "radio"
#: What the page looks like without depth (a test's view).
_NONE = StationDepth(days=RANGES_D[0])


def tabs(view: StationView, about: Any, language: Language) -> Any:
    """Radio buttons that the style sheet turns into tabs: arrow keys move between them, and nothing is lost without scripts."""
    depth = view.depth or _NONE
    panels = {
        "data": [*_newest(view, depth, language), _revisions(depth.revisions, language), _download(view, language)],
        "quality": [_flags(depth, language), _evidence(depth.evidence, language), about],
        "thresholds": _thresholds(view, depth, language),
        "history": [warning_list(view, language), *_said_before(view, language)],
    }
    heads: list[Any] = []
    for name in TABS:
        heads.append(dcc.Input(type=_RADIO, name="station-tab", id=f"tab-{name}", value=name, className="tab-radio"))
        heads.append(html.Label(say(f"ui.tab.{name}", language), htmlFor=f"tab-{name}", className="tab"))
    bodies = [html.Div(panels[name], className=f"tab-panel panel-{name}") for name in TABS]
    return html.Div([*heads, *bodies], className="tabs")


def _newest(view: StationView, depth: StationDepth, language: Language) -> list[Any]:
    """The last readings; a span that was thinned for its chart has no list of them."""
    if depth.days == RANGES_D[0]:
        return [readings_table(view, language)]
    return [_card("ui.readings", [html.P(say("ui.readings.thinned", language), className="empty")], language)]


def ranges(view: StationView, language: Language) -> Any:
    """How far back the chart looks, as links: each span has an address of its own."""
    chosen = (view.depth or _NONE).days
    links = []
    for days in RANGES_D:
        path = f"/tram/{view.now.station.id}" + ("" if days == RANGES_D[0] else f"/{days}")
        current: dict[str, Any] = {"aria-current": "true"} if days == chosen else {}
        text = say(f"ui.range.{days}", language)
        links.append(dcc.Link(text, href=path, className="chip range-chip" + (" here" if current else "")))
    return html.Div(links, className="ranges", role="group", **parts.named(say("ui.range", language)))


def _card(key: str, body: Sequence[Any], language: Language) -> Any:
    return html.Section([html.H2(say(key, language)), *body], className="card")


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]], language: Language) -> Any:
    head = html.Tr([html.Th(say(key, language), scope="col") for key in columns])
    body = [html.Tr([html.Td(cell) for cell in row]) for row in rows]
    return html.Div(html.Table([html.Thead(head), html.Tbody(body)], className="grid"), className="table-scroll")


def _revisions(found: Sequence[Revised], language: Language) -> Any:
    if not found:
        return _card("ui.revised", [html.P(say("ui.revised.none", language), className="empty")], language)
    rows = [
        (
            say(f"quantity.{r.quantity}", language),
            formats.moment(r.observed_at, language),
            formats.value(r.quantity, r.value, language),
            formats.value(r.quantity, r.now, language),
            formats.moment(r.replaced_at, language),
        )
        for r in found[:30]
    ]
    return _card(
        "ui.revised",
        [
            _table(
                ("ui.revised.quantity", "ui.revised.at", "ui.revised.first", "ui.revised.now", "ui.revised.since"),
                rows,
                language,
            )
        ],
        language,
    )


def _download(view: StationView, language: Language) -> Any:
    links = [
        html.A(
            say(f"ui.range.{days}", language),
            href=file_path(view.now.station.id, days),
            download="",
            className="button",
        )
        for days in RANGES_D
    ]
    return _card(
        "ui.download",
        [html.Div(links, className="downloads"), html.P(say("ui.download.note", language), className="note")],
        language,
    )


def _flags(depth: StationDepth, language: Language) -> Any:
    if not depth.flags:
        return _card("ui.flags", [html.P(say("ui.flags.none", language), className="empty")], language)
    head = [html.Th(say("ui.revised.quantity", language), scope="col")]
    head += [html.Th(wording.flag(flag, language), scope="col", className="figure") for flag in QualityFlag]
    rows = [
        html.Tr(
            [
                html.Th(say(f"quantity.{quantity}", language), scope="row"),
                *(html.Td(formats.count(counts.get(flag, 0), language), className="figure") for flag in QualityFlag),
            ]
        )
        for quantity, counts in sorted(depth.flags.items())
    ]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="grid")
    return _card("ui.flags", [html.Div(table, className="table-scroll")], language)


def _evidence(found: Sequence[Doubted], language: Language) -> Any:
    if not found:
        return _card("ui.found", [html.P(say("ui.found.none", language), className="empty")], language)
    rows = [
        (
            formats.moment(e.observed_at, language),
            say(f"quantity.{e.quantity}", language),
            "–" if e.value is None else number(e.value, QUANTITIES[e.quantity].decimals, language),
            say(f"ui.test.{e.test}", language),
            wording.flag(e.flag, language),
        )
        for e in found[:30]
    ]
    return _card(
        "ui.found",
        [
            _table(
                ("ui.found.at", "ui.found.quantity", "ui.found.value", "ui.found.test", "ui.found.flag"), rows, language
            )
        ],
        language,
    )


def _thresholds(view: StationView, depth: StationDepth, language: Language) -> list[Any]:
    if view.now.station.kind is not StationKind.RIVER:
        return [html.P(say("ui.empty.thresholds", language), className="card empty")]
    return [
        threshold_table(view.now, language),
        _floods(depth.floods, language),
        *([_travel(depth.upstream, language)] if depth.upstream else []),
    ]


def _floods(found: Sequence[PastFlood], language: Language) -> Any:
    if not found:
        return _card("ui.floods", [html.P(say("ui.floods.none", language), className="empty")], language)
    rows = [
        (
            f"{f.on:%d/%m/%Y}",
            formats.metres(f.peak_m, language),
            [*([] if f.verified else [parts.badge(say("doubt.unverified", language))]), f.source],
        )
        for f in reversed(found)
    ]
    return _card(
        "ui.floods", [_table(("ui.floods.on", "ui.floods.peak", "ui.floods.source"), rows, language)], language
    )


def _travel(found: Sequence[UpstreamTrace], language: Language) -> Any:
    """Each travel time, and whether it was estimated from readings or configured."""
    rows = [
        (
            wording.name(g.station, language),
            f"{number(g.lag / timedelta(hours=1), 1, language)} h",
            say("ui.travel.configured", language)
            if g.correlation is None
            else say("ui.travel.estimated", language, correlation=number(g.correlation, 2, language)),
        )
        for g in found
    ]
    return _card(
        "ui.travel", [_table(("ui.travel.station", "ui.travel.lag", "ui.travel.source"), rows, language)], language
    )


def _said_before(view: StationView, language: Language) -> list[Any]:
    """The peaks of earlier forecasts, and what the water did at that time."""
    if view.now.station.kind is not StationKind.RIVER:
        return []
    issues = [issue for issue in reversed(view.earlier) if issue]
    if not issues:
        return [_card("ui.said", [html.P(say("ui.empty.forecast", language), className="empty")], language)]
    rows = [_said(view, issue, language) for issue in issues]
    return [
        _card(
            "ui.said",
            [_table(("ui.said.issued", "ui.said.peak", "ui.said.at", "ui.said.observed"), rows, language)],
            language,
        )
    ]


def _said(view: StationView, issue: Sequence[LevelForecast], language: Language) -> tuple[str, str, str, str]:
    peak = forecast_peak(issue, issue[0].issued_at)
    issued = formats.moment(issue[0].issued_at, language)
    if peak is None:
        return issued, "–", "–", "–"
    seen = None if peak.at > view.now.now else _observed(view, peak.at)
    return (
        issued,
        f"{wording.band(peak, language)} m",
        formats.moment(peak.at, language),
        say("ui.said.ahead", language) if seen is None else formats.metres(seen, language),
    )


def _observed(view: StationView, at: datetime) -> float | None:
    """The reading nearest to `at`, at most half an hour off."""
    level = next((t for t in view.traces if t.quantity == "water_level"), None)
    if level is None or not level.at:
        return None
    nearest = min(range(len(level.at)), key=lambda i: abs(level.at[i] - at))
    return level.value[nearest] if abs(level.at[nearest] - at) <= timedelta(minutes=30) else None
