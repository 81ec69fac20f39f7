"""The tables of the situation report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from dash import html

from dash_app import committee_words as words
from dash_app import formats, wording
from dash_app.committee import CommitteeView, Unit
from dash_app.committee_page import symbol
from dash_app.snapshot import Overview, StationNow
from domain.forecasts import LevelForecast
from domain.stations import StationKind
from domain.wards import WardKind
from domain.words import Language, number, say

_GAUGES = 12
_FORECASTS = 6
_RESERVOIRS = 4
_LEADS_H = (3, 6, 12, 24)
#: Where the quantiles of 10 and 90 % stand among those of a forecast.
_LOW, _HIGH = 1, 17
_LEVELS = ("station", "river", "time", "level", "distance", "rate", "bd1", "bd2", "bd3")
_UNITS = ("number", "unit", "state", "depth", "gauge", "call", "answer")
_DAM = ("station", "level", "normal", "inflow", "outflow")


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]], name: str) -> Any:
    heading = html.Tr([html.Th(text, scope="col") for text in head])
    body = [html.Tr([html.Td(content) for content in row]) for row in rows]
    return html.Table([html.Thead(heading), html.Tbody(body)], className=f"report-table {name}")


def levels(overview: Overview, language: Language) -> Any:
    """River gauges, worst first: level, distance from the alarm levels, rate, the levels themselves."""
    rivers = [s for s in overview.stations if s.station.kind is StationKind.RIVER]
    head = [say(f"ui.report.{name}", language) for name in _LEVELS]
    table = _table(head, [_level_row(now, language) for now in rivers[:_GAUGES]], "report-levels")
    unverified = any(now.thresholds is not None and not now.thresholds.verified for now in rivers)
    notes = [say("ui.report.unverified", language)] if unverified else []
    if len(rivers) > _GAUGES:
        notes.append(say("ui.report.more", language, count=len(rivers) - _GAUGES))
    return html.Div([table, *([html.P(" ".join(notes), className="report-note")] if notes else [])])


def _level_row(now: StationNow, language: Language) -> list[str]:
    main, water_m = now.main, now.water_m
    bounds = (None,) * 3 if now.thresholds is None else now.thresholds.levels_m[:3]
    alarm = [say("ui.unknown", language) if m is None and now.thresholds else _metres(m, language) for m in bounds]
    if now.blind or main is None or water_m is None:
        seen = "–" if main is None else formats.near(main.observed_at, now.now, language)
        middle = [seen, "–", wording.state(now, language), "–"]
    else:
        rate = "–" if now.rate_m_per_h is None else formats.rate(now.rate_m_per_h, language).removesuffix(" m/h")
        far = wording.distance(now, language) or "–"
        middle = [formats.near(main.observed_at, now.now, language), _metres(water_m, language), far, rate]
    return [wording.name(now.station, language), now.station.river or "–", *middle, *alarm]


def _metres(value: float | None, language: Language) -> str:
    return "–" if value is None else number(value, 2, language)


def forecasts(view: CommitteeView, language: Language) -> Any:
    """The band of 10-90 % with the median, by lead; and when the next alarm level is to be expected."""
    gauges = {g.station.id: g for unit in view.units for g in unit.gauges}
    current = [(g, view.forecasts[name]) for name, g in gauges.items() if _current(g) and view.forecasts.get(name)]
    current.sort(key=lambda pair: (-(pair[0].level or 0), pair[0].station.name_vi))
    if not current:
        return html.P(say("ui.report.no_forecast", language))
    head = [say("ui.report.station", language), say("ui.report.issued", language)]
    head += [say("ui.report.lead", language, hours=hours) for hours in _LEADS_H]
    rows = [_forecast_row(gauge, found, language) for gauge, found in current[:_FORECASTS]]
    note = html.P(say("ui.report.band", language), className="report-note")
    return html.Div([_table(head, rows, "report-forecasts"), note])


def _current(gauge: StationNow) -> bool:
    return gauge.peak is not None and gauge.peak.current


def _forecast_row(gauge: StationNow, found: Sequence[LevelForecast], language: Language) -> list[str]:
    issued = formats.near(found[0].issued_at, gauge.now, language)
    bands = [_band(hours, found, language) for hours in _LEADS_H]
    return [wording.name(gauge.station, language), issued, *bands]


def _band(hours: int, found: Sequence[LevelForecast], language: Language) -> str:
    forecast = next((f for f in found if f.lead_time == timedelta(hours=hours)), None)
    if forecast is None:
        return "–"
    low, high = forecast.quantiles_m[_LOW], forecast.quantiles_m[_HIGH]
    middle = number(forecast.median_m, 2, language)
    return f"{middle} ({number(low, 1, language)}–{number(high, 1, language)})"


def units(view: CommitteeView, language: Language) -> Any:
    """All units, wards first, in the order of their numbers."""
    head = [say(f"ui.committee.column.{name}", language) for name in _UNITS]
    parts = [
        _table(head, [_unit_row(u, view, language) for u in view.units if u.ward.kind is kind], "report-units")
        for kind in WardKind
    ]
    return html.Div(parts)


def _unit_row(unit: Unit, view: CommitteeView, language: Language) -> list[Any]:
    about = words.event(unit, language)
    state = words.state(unit, language)
    gauge = words.gauge(unit.gauges[0], language) if unit.gauges else say("ui.unit.no_gauge", language)
    return [
        str(unit.number),
        words.short_name(unit, language),
        [symbol(unit, 10), f" {state}" + (f", {about}" if about else "")],
        words.depth(unit, language),
        gauge,
        words.whom(unit.call, language),
        words.answered(unit.call, view.read_at, language),
    ]


def reservoirs(overview: Overview, language: Language) -> Any:
    """Level, normal level, inflow and outflow, as far as they are known."""
    dams = [s for s in overview.stations if s.station.kind is StationKind.RESERVOIR][:_RESERVOIRS]
    if not dams:
        return html.P(say("ui.report.no_reservoirs", language))
    head = [say(f"ui.report.{name}", language) for name in _DAM]
    return _table(head, [_dam_row(now, language) for now in dams], "report-dams")


def _dam_row(now: StationNow, language: Language) -> list[str]:
    flows = [_flow(now, name, language) for name in ("inflow", "outflow")]
    level = "–" if now.blind else _metres(now.water_m, language)
    return [wording.name(now.station, language), level, _metres(now.station.normal_level_m, language), *flows]


def _flow(now: StationNow, quantity: str, language: Language) -> str:
    measure = now.heard(quantity)
    return "–" if measure is None else formats.count(round(measure.value), language)
