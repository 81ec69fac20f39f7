"""The tracks of storms on the storm page: where each was last seen, where it had come from, where it is expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from dash_app import formats, sheet_table
from domain.storm_tracks import Course, Feature, Storms
from domain.words import Language, number, say
from rules.tables import WindRule
from rules.wind import beaufort

_COLUMNS = ("time", "kind", "position", "wind", "radius")
#: Rows of the way it came: two days of positions every six hours.
_MOST_COME = 8


def storm_tracks(found: Storms | None, rule: WindRule | None, language: Language) -> list[Any]:
    """A card for each storm, or one that says that there is none now; `found` is None when the file cannot be read."""
    if found is None:
        return [html.P(say("ui.storm.track.unreadable", language), className="card", role="alert")]
    if not found.courses:
        return [html.P(_none(found, language), className="card")]
    return [_card(course, rule, language) for course in found.courses]


def _none(found: Storms, language: Language) -> str:
    """That no track was ever given, or that those that were are over."""
    if found.newest is None:
        return say("ui.storm.track.none", language)
    return say("ui.storm.track.over", language, time=formats.full_moment(found.newest, language))


def _card(course: Course, rule: WindRule | None, language: Language) -> Any:
    name = (course.come or course.ahead)[-1].properties.name
    parts = [
        html.H2(say("ui.storm.track", language, name=name)),
        html.P(_where(course, language), className="storm-last"),
    ]
    columns = [(say(f"ui.storm.track.{name}", language), name in {"wind", "radius"}) for name in _COLUMNS]
    shown = (*course.come[-_MOST_COME:], *course.ahead)
    rows = [_row(each, columns, rule, language, past=each.properties.at <= course.now) for each in shown]
    head = html.Tr([html.Th(text, scope="col", className="figure" if figure else None) for text, figure in columns])
    parts.append(html.Table([html.Thead(head), html.Tbody(rows)], className="grid storm-track"))
    if course.issued_at is not None:
        time = formats.full_moment(course.issued_at, language)
        parts.append(html.P(say("ui.storm.track.issued", language, time=time), className="note"))
    return html.Section(parts, className="card")


def _where(course: Course, language: Language) -> str:
    """Where it was last seen; of one that nobody has seen yet, that it is only forecast."""
    if course.last is None:
        issued_at = course.issued_at or course.now
        return say("ui.storm.track.unseen", language, time=formats.full_moment(issued_at, language))
    return say(
        "ui.storm.track.last",
        language,
        position=_position(course.last, language),
        time=formats.full_moment(course.last.properties.at, language),
    )


def _row(
    each: Feature, columns: Sequence[tuple[str, bool]], rule: WindRule | None, language: Language, *, past: bool
) -> Any:
    """One position; a forecast whose time has passed says so: what came of it nobody has told."""
    fix = each.properties
    kind = "forecast_past" if past and fix.kind == "forecast" else fix.kind
    contents = (
        formats.moment(fix.at, language),
        say(f"ui.storm.track.{kind}", language),
        _position(each, language),
        "–" if fix.wind_ms is None else [number(fix.wind_ms, 0, language), _force(fix.wind_ms, rule, language)],
        "–" if fix.radius_km is None else number(fix.radius_km, 0, language),
    )
    cells = [
        sheet_table.cell(content, text, "figure" if figure else "")
        for content, (text, figure) in zip(contents, columns, strict=True)
    ]
    return sheet_table.row(cells, f"{fix.storm} {fix.kind} {fix.at.isoformat()}", fix.kind)


def _force(speed_ms: float, rule: WindRule | None, language: Language) -> Any:
    force = 0 if rule is None else beaufort(speed_ms, rule)
    return html.Small(say("ui.wind.force", language, force=force), className="under") if force else None


def _position(each: Feature, language: Language) -> str:
    """Degrees with one decimal, as bulletins give them; latitude first."""
    lon, lat = each.geometry.coordinates
    return f"{_degrees(lat, 'ns', language)}, {_degrees(lon, 'ew', language)}"


def _degrees(value: float, points: str, language: Language) -> str:
    point = points[0] if value >= 0 else points[1]
    return f"{number(abs(value), 1, language)}° {say(f'ui.compass.{point}', language)}"
