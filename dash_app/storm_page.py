"""The storm page: mean wind, gusts and their Beaufort forces, air pressure and how fast it falls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from dash_app import formats, sheet_table, wording
from dash_app.conditions import first_rule
from dash_app.reading_weather import WindAt
from dash_app.snapshot import Overview
from dash_app.sparkline import HEIGHT, WIDTH, sparkline
from dash_app.state import Point
from dash_app.storm_track import storm_tracks
from domain.storm_tracks import Storms
from domain.words import Language, number, say
from rules.configuration import RuleSet
from rules.tables import WindRule
from rules.wind import beaufort, forces_reached

_COLUMNS = ("wind", "gust", "gust_24h", "direction", "pressure", "tendency", "lowest", "day")
#: Each is shown while it is heard itself: an anemometer that broke days ago stands beside a barometer that goes on.
_MEASURES = ("wind_speed", "wind_gust", "wind_direction", "pressure")
#: Points of the compass, from north, clockwise.
_POINTS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")


def storm(
    found: Sequence[WindAt], tracks: Storms | None, overview: Overview, rules: RuleSet, language: Language
) -> list[Any]:
    """The whole page; `tracks` is None when their file cannot be read."""
    title, rule = say("ui.nav.storm", language), first_rule(rules, WindRule)
    known = storm_tracks(tracks, rule, language)
    if not found:
        return [html.H1(title), html.P(say("ui.storm.empty", language), className="card empty"), *known]
    columns = [(say("ui.column.station", language), False)]
    columns += [(say(f"ui.storm.{name}", language), name != "day") for name in _COLUMNS]
    rows = [_row(each, columns, _rule_of(each, rules), language) for each in found]
    return [
        *sheet_table.head(title, len(found), _lead(found, rules, language)),
        html.Div(sheet_table.table(columns, rows, "storm"), className="card"),
        *known,
        html.P(say("ui.storm.note", language), className="note"),
        html.P(sheet_table.updated(overview.read_at, language), className="note"),
    ]


def _rule_of(each: WindAt, rules: RuleSet) -> WindRule | None:
    return first_rule(rules, WindRule, each.now.station.id)


def _lead(found: Sequence[WindAt], rules: RuleSet, language: Language) -> str:
    """Where it blows most: `found` is sorted; a mast of which only gusts are heard counts too."""
    strongest = next((each for each in found if _wind(each) is not None or _gust(each) is not None), None)
    if strongest is None:
        return say("ui.storm.blind", language)
    text = _strongest(strongest, _rule_of(strongest, rules), language)
    silent = sum(each.now.blind for each in found)
    return f"{text} {say('ui.sheet.silent', language, count=silent)}" if silent else text


def _strongest(each: WindAt, rule: WindRule | None, language: Language) -> str:
    """By the mean wind, or by the gusts where they are the graver or alone are heard."""
    wind, gust = _wind(each), _gust(each)
    by_gust = gust is not None and (wind is None or _by_gust(wind, gust, rule))
    speed = (gust if by_gust else wind) or 0.0
    return say(
        "ui.storm.lead.gust" if by_gust else "ui.storm.lead",
        language,
        station=wording.name(each.now.station, language),
        force=_force(speed, rule, language),
        speed=number(speed, 1, language),
    )


def _by_gust(wind: float, gust: float, rule: WindRule | None) -> bool:
    return rule is not None and forces_reached(None, gust, rule) > forces_reached(wind, None, rule)


def _wind(each: WindAt) -> float | None:
    found = each.now.heard("wind_speed")
    return None if found is None else found.value


def _gust(each: WindAt) -> float | None:
    found = each.now.heard("wind_gust")
    return None if found is None else found.value


def _force(speed_ms: float, rule: WindRule | None, language: Language) -> str:
    force = 0 if rule is None else beaufort(speed_ms, rule)
    return say("ui.wind.force", language, force=force) if force else say("ui.wind.calm", language)


def _row(each: WindAt, columns: Sequence[tuple[str, bool]], rule: WindRule | None, language: Language) -> Any:
    wind, gust, direction, pressure = (each.now.heard(name) for name in _MEASURES)
    contents: tuple[Any, ...] = (
        _speed(None if wind is None else wind.value, rule, language),
        _speed(None if gust is None else gust.value, rule, language),
        _point(each.gust_24h, 1, each, language),
        "–" if direction is None else _compass(direction.value, language),
        "–" if pressure is None else number(pressure.value, 1, language),
        "–" if each.tendency_hpa is None else _signed(each.tendency_hpa, language),
        _point(each.lowest_hpa, 1, each, language),
        _line(each, language),
    )
    cells = [
        sheet_table.cell(content, text, "figure" if figure else "c-day")
        for content, (text, figure) in zip(contents, columns[1:], strict=True)
    ]
    return sheet_table.row(
        [sheet_table.station_cell(each.now, language), *cells], each.now.station.id, each.now.freshness.value
    )


def _speed(speed_ms: float | None, rule: WindRule | None, language: Language) -> Any:
    if speed_ms is None:
        return "–"
    value = html.Span(number(speed_ms, 1, language), className="value")
    return [value, html.Small(_force(speed_ms, rule, language), className="under")]


def _point(point: Point | None, decimals: int, each: WindAt, language: Language) -> Any:
    """A value with the time at which it was measured."""
    if point is None:
        return "–"
    time = formats.near(point.at, each.now.now, language)
    return [number(point.value, decimals, language), html.Small(time, className="under")]


def _compass(degrees: float, language: Language) -> str:
    name = _POINTS[round(degrees / 45) % len(_POINTS)]
    return f"{say(f'ui.compass.{name}', language)} {number(degrees, 0, language)}°"


def _signed(amount: float, language: Language) -> str:
    return f"{'+' if amount >= 0 else '−'}{number(abs(amount), 1, language)}"


def _line(each: WindAt, language: Language) -> Any:
    source = sparkline(each.wind)
    if source is None:
        return "–"
    return html.Img(src=source, alt=say("ui.storm.day", language), width=WIDTH, height=HEIGHT, className="spark")
