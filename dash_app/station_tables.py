"""The tables of a station's page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from dash import html

from dash_app import formats, parts, wording
from dash_app.crossing import Crossing, crossing
from dash_app.forecast_basis import forecast_basis
from dash_app.forecast_peak import CURRENT_FOR, chances, is_current
from dash_app.snapshot import RAIN_DAY, StationNow, StationView, Trace
from dash_app.state import Freshness
from domain.alerts import Alert
from domain.quantities import QUANTITIES
from domain.readings import QualityFlag
from domain.stations import StationKind
from domain.words import Language, number, say

HORIZONS_H = (1, 3, 6, 12, 24)
_READINGS = 12


def chance_table(view: StationView, language: Language) -> Any:
    """The chance of reaching BĐ1-BĐ3 within 1, 3, 6, 12 and 24 h by the newest forecast."""
    heading = html.H2(say("ui.chances", language))
    thresholds = view.now.thresholds
    levels = [] if thresholds is None else list(enumerate(thresholds.levels_m[:3], start=1))
    if not is_current(view.forecast, view.now.now) or not any(m is not None for _, m in levels):
        return html.Section([heading, _no_chances(view, language)], className="card")
    head = html.Tr([html.Th(say("ui.chances.level", language), scope="col")] + [_hour(h) for h in HORIZONS_H])
    rows = [_chance_row(view, k, level_m, language) for k, level_m in levels if level_m is not None]
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="grid")
    issued = formats.moment(view.forecast[0].issued_at, language)
    note = html.P(say("ui.chances.issued", language, time=issued), className="note")
    return html.Section([heading, table, crossing_list(view, language), note], className="card")


def _no_chances(view: StationView, language: Language) -> Any:
    if not view.forecast:
        return html.P(say("ui.empty.forecast", language), className="empty")
    if not is_current(view.forecast, view.now.now):
        return _withheld(view, language)
    return html.P(say("ui.empty.thresholds", language), className="empty")


def _withheld(view: StationView, language: Language) -> Any:
    """Why there is no forecast although there was one: chances of hours ago, given as of now, would mislead."""
    issued = view.forecast[0].issued_at
    values = {"time": formats.moment(issued, language), "hours": number(CURRENT_FOR / timedelta(hours=1), 0, language)}
    return html.P(say("ui.forecast.withheld", language, **values), className="note doubtful")


def crossing_list(view: StationView, language: Language) -> Any:
    """When each alarm level that is not reached yet is expected to be crossed, with the earliest and the latest time."""
    thresholds, value = view.now.thresholds, view.now.water_m
    levels = () if thresholds is None else thresholds.levels_m[:3]
    ahead = [(k, m) for k, m in enumerate(levels, start=1) if m is not None and (value is None or value < m)]
    found = [(k, crossing(view.forecast, m)) for k, m in ahead]
    items = [html.Li(_crossing(k, each, view.now.now, language)) for k, each in found if each is not None]
    return html.Ul(items, className="crossings") if items else None


def _crossing(level: int, found: Crossing, now: datetime, language: Language) -> str:
    name, earliest = wording.level_name(level, language), formats.near(found.earliest, now, language)
    if found.expected is None:
        return say("ui.crossing.possible", language, level=name, earliest=earliest)
    expected = formats.near(found.expected, now, language)
    if found.latest is None:
        return say("ui.crossing.open", language, level=name, time=expected, earliest=earliest)
    latest = formats.near(found.latest, now, language)
    return say("ui.crossing.between", language, level=name, time=expected, earliest=earliest, latest=latest)


def _hour(hours: int) -> Any:
    return html.Th(f"{hours} h", className="figure", scope="col")


def _chance_row(view: StationView, level: int, level_m: float, language: Language) -> Any:
    found = chances(view.forecast, level_m, HORIZONS_H)
    reached = view.now.water_m is not None and not view.now.blind and view.now.water_m >= level_m
    name: list[Any] = [html.B(wording.level_name(level, language)), f" {number(level_m, 2, language)} m"]
    if reached:
        cell = html.Td(say("ui.chances.reached", language), colSpan=len(HORIZONS_H), className="figure")
        return html.Tr([html.Th(name, scope="row", className="nowrap"), cell])
    return html.Tr([html.Th(name, scope="row", className="nowrap")] + [_chance(found.get(h)) for h in HORIZONS_H])


def _chance(chance: float | None) -> Any:
    if chance is None:
        return html.Td("–", className="figure")
    percent = round(100 * chance)
    text = "<5 %" if percent < 5 else ">95 %" if percent > 95 else f"{percent} %"
    bar = html.Span(className="chance-bar", style={"width": f"{percent}%"})
    return html.Td([bar, html.Span(text, className="chance-figure")], className="figure chance")


def threshold_table(now: StationNow, language: Language) -> Any:
    """Alarm levels with datum, validity and source."""
    heading = html.H2(say("ui.thresholds", language))
    found = now.thresholds
    if found is None:
        return html.Section(
            [heading, html.P(say("ui.empty.thresholds", language), className="empty")], className="card"
        )
    rows = [
        html.Tr(
            [
                html.Th(
                    [
                        parts.picture(StationKind.RIVER, k, Freshness.CURRENT, "", 18),
                        " ",
                        _level_name(k, now, language),
                    ],
                    scope="row",
                ),
                html.Td(say("ui.unknown", language) if m is None else formats.metres(m, language), className="figure"),
            ]
        )
        for k, m in enumerate(found.levels_m, start=1)
    ]
    verified = say("ui.about.verified" if found.verified else "doubt.unverified", language)
    since = say("ui.thresholds.since", language, date=f"{found.valid_from:%d/%m/%Y}", datum=found.datum)
    notes = [html.P(since, className="note"), html.P([parts.badge(verified), found.source], className="note")]
    return html.Section([heading, html.Table(html.Tbody(rows), className="grid"), *notes], className="card")


def _level_name(level: int, now: StationNow, language: Language) -> str:
    name = wording.level_name(level, language)
    year = None if now.thresholds is None else now.thresholds.record_year
    return f"{name} ({year})" if level == 4 and year is not None else name


def forecast_note(view: StationView, language: Language) -> Any:
    """What the newest forecast rests on."""
    heading = html.H2(say("ui.forecast", language))
    if not view.forecast:
        return html.Section([heading, html.P(say("ui.empty.forecast", language), className="empty")], className="card")
    first = view.forecast[0]
    gauges = {station.id: wording.name(station, language) for station in view.upstream}
    age = formats.age(view.now.now - first.issued_at, language)
    models = sorted({f"{f.model} {f.version}" for f in view.forecast})
    rows = [
        ("issued", f"{formats.full_moment(first.issued_at, language)} · {age}"),
        ("model", ", ".join(models)),
        ("inputs", forecast_basis(first.inputs, gauges, language)),
    ]
    body = [html.Tr([html.Th(say(f"ui.forecast.{key}", language), scope="row"), html.Td(text)]) for key, text in rows]
    return html.Section([heading, html.Table(html.Tbody(body), className="grid")], className="card")


def rain_table(now: StationNow, language: Language) -> Any:
    """Totals over the windows of the rain rule, and of the rain day."""
    totals = [
        (say("ui.rain.last", language, hours=hours), mm)
        for hours, mm in sorted(now.rain_mm.items())
        if hours != RAIN_DAY
    ]
    if RAIN_DAY in now.rain_mm:
        totals.append((formats.heading(say("ui.rain_day", language)), now.rain_mm[RAIN_DAY]))
    rows = [_total_row(name, mm, language) for name, mm in totals]
    body: Any = html.Table(html.Tbody(rows), className="grid")
    if not rows:
        body = html.P(say("ui.empty.readings", language), className="empty")
    return html.Section([html.H2(say("ui.rain.totals", language)), body], className="card")


def _total_row(name: str, mm: float, language: Language) -> Any:
    amount = html.Span(f"{number(mm, 1, language)} mm", className="value")
    return html.Tr([html.Th(name, scope="row"), html.Td(amount, className="figure")])


def measures_table(now: StationNow, language: Language) -> Any:
    """The newest value of every quantity, each with its own age."""
    rows = [
        html.Tr(
            [
                html.Th(say(f"quantity.{m.quantity}", language), scope="row"),
                html.Td(html.Span(wording.measure(m, language), className="value"), className="figure"),
                html.Td(formats.age(now.now - m.observed_at, language), className=f"figure age-{m.freshness.value}"),
            ],
            className=f"row-{m.freshness.value}",
        )
        for m in now.measures.values()
    ]
    return html.Section(
        [html.H2(say("ui.newest", language)), html.Table(html.Tbody(rows), className="grid")], className="card"
    )


def readings_table(view: StationView, language: Language) -> Any:
    """The last readings of the main quantity with their flags."""
    heading = html.H2(say("ui.readings", language))
    main = view.now.main
    trace = None if main is None else next((t for t in view.traces if t.quantity == main.quantity), None)
    if trace is None:
        return html.Section([heading, html.P(say("ui.empty.readings", language), className="empty")], className="card")
    head = html.Tr(
        [
            html.Th(say("ui.readings.at", language), scope="col"),
            html.Th(
                f"{say(f'quantity.{trace.quantity}', language)}, {formats.unit(trace.quantity, language)}",
                className="figure",
                scope="col",
            ),
            html.Th(say("ui.fact.flag", language), scope="col"),
        ]
    )
    rows = [
        _reading_row(trace, i, language) for i in range(len(trace.at) - 1, max(len(trace.at) - 1 - _READINGS, -1), -1)
    ]
    return html.Section([heading, html.Table([html.Thead(head), html.Tbody(rows)], className="grid")], className="card")


def _reading_row(trace: Trace, index: int, language: Language) -> Any:
    flag = trace.flag[index]
    doubtful = flag in (QualityFlag.SUSPECT, QualityFlag.FAIL)
    amount = number(trace.value[index], QUANTITIES[trace.quantity].decimals, language)
    return html.Tr(
        [
            html.Td(formats.moment(trace.at[index], language)),
            html.Td(amount, className="figure"),
            html.Td(wording.flag(flag, language), className="doubtful" if doubtful else "muted"),
        ]
    )


def warning_list(view: StationView, language: Language) -> Any:
    """The station's warnings of the last 30 days."""
    heading = html.H2(say("ui.station_warnings", language))
    if not view.alerts:
        return html.Section(
            [heading, html.P(say("ui.empty.station_warnings", language), className="empty")], className="card"
        )
    items = [
        html.Li(
            [
                html.Span(
                    className=f"stripe severity-{found.alert.severity.value.lower()}" if found.active else "stripe"
                ),
                html.Div(
                    [
                        html.Div(wording.alert_line(found, language)),
                        html.Small(_span(found.alert, language)),
                    ]
                ),
            ],
            className="decision",
        )
        for found in view.alerts
    ]
    return html.Section([heading, html.Ul(items, className="decisions")], className="card")


def _span(alert: Alert, language: Language) -> str:
    first, end = wording.began(alert, formats.moment(alert.raised_at, language), language), alert.ended_at
    if end is None:
        return say("ui.since", language, time=first)
    return say(
        "ui.from_to",
        language,
        start=first,
        end=formats.moment(end, language),
        length=formats.age(end - alert.raised_at, language),
    )
