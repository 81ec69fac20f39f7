"""The rain page: totals up to now and of the rain day, the wettest first, in the official classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from dash_app import formats, parts, sheet_table, wording
from dash_app.conditions import window_level
from dash_app.reading_weather import RainAt
from dash_app.snapshot import RAIN_HOURS, Overview
from domain.stations import StationKind
from domain.times import rain_day_start
from domain.words import Language, number, say
from rules.configuration import RuleSet


def rain(found: Sequence[RainAt], overview: Overview, rules: RuleSet, language: Language) -> list[Any]:
    """The whole page."""
    if not found:
        return [html.H1(say("ui.nav.rain", language)), html.P(say("ui.rain.empty", language), className="card empty")]
    columns = [
        (say("ui.column.station", language), False),
        *((say("ui.rain.hours", language, hours=h), True) for h in RAIN_HOURS),
        (say("ui.rain.day", language), True),
        (say("ui.rain.day_before", language), True),
        (say("ui.rain.class", language), False),
    ]
    rows = [_row(each, columns, rules, language) for each in found]
    return [
        *sheet_table.head(say("ui.nav.rain", language), len(found), _lead(found, language)),
        html.Div(sheet_table.table(columns, rows, "rain"), className="card"),
        html.P(_note(found, language), className="note"),
        html.P(sheet_table.updated(overview.read_at, language), className="note"),
    ]


def _lead(found: Sequence[RainAt], language: Language) -> str:
    wettest = next((each for each in found if each.totals_mm.get(24, 0.0) > 0), None)
    if wettest is None:
        return no_rain(found, language)
    text = say(
        "ui.rain.lead",
        language,
        station=wording.name(wettest.now.station, language),
        mm=number(wettest.totals_mm[24], 1, language),
        state=wording.state_word(StationKind.RAIN, wettest.now.level, language),
    )
    return with_silent(text, found, language)


def no_rain(found: Sequence[RainAt], language: Language) -> str:
    """No gauge measured rain: a dry day if any is heard, and otherwise nobody knows."""
    if not any(24 in each.totals_mm and not each.now.blind for each in found):
        return say("ui.rain.blind", language)
    return with_silent(say("ui.rain.dry", language), found, language)


def with_silent(text: str, found: Sequence[RainAt], language: Language) -> str:
    """And how many gauges are silent."""
    silent = sum(each.now.blind for each in found)
    return f"{text} {say('ui.sheet.silent', language, count=silent)}" if silent else text


def _note(found: Sequence[RainAt], language: Language) -> str:
    began = rain_day_start(found[0].now.now)
    return say("ui.rain.note", language, time=formats.moment(began, language))


def _row(each: RainAt, columns: Sequence[tuple[str, bool]], rules: RuleSet, language: Language) -> Any:
    labels = [text for text, _ in columns]
    levels = [_level(each, h, rules) for h in RAIN_HOURS]
    totals = [
        sheet_table.cell(
            [*_sign(level, language), _total(each.totals_mm.get(h), language)],
            label,
            f"figure rain-{level}" if level else "figure",
        )
        for h, level, label in zip(RAIN_HOURS, levels, labels[1:], strict=False)
    ]
    days = [
        sheet_table.cell(_total(mm, language), label, f"figure {name}")
        for mm, label, name in zip(
            (each.day_mm, each.day_before_mm), labels[-3:-1], ("rain-day", "rain-day day-before"), strict=True
        )
    ]
    word = sheet_table.cell(wording.state(each.now, language), labels[-1], "c-word")
    cells = [sheet_table.station_cell(each.now, language), *totals, *days, word]
    return sheet_table.row(cells, each.now.station.id, each.now.freshness.value)


def _total(mm: float | None, language: Language) -> str:
    return "–" if mm is None else number(mm, 1, language)


def _level(each: RainAt, hours: int, rules: RuleSet) -> int | None:
    """The rain class of a window, where the rule judges it."""
    mm = each.totals_mm.get(hours)
    return None if mm is None else window_level(each.now.station.id, mm, hours, rules)


def _sign(level: int | None, language: Language) -> list[Any]:
    """As many dots as the class, for whoever does not see its colour or prints in black; its word where one points at it."""
    if not level:
        return []
    word = wording.state_word(StationKind.RAIN, level, language)
    return [html.Span("•" * level, className="class-sign", role="img", title=word, **parts.named(word))]
