"""The situation report: two A4 pages in the order of Vietnamese official papers, made of what the pages show.

Lists are cut to what two pages hold, and say how much was left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from dash_app import committee_page, formats, report_tables, wording
from dash_app.committee import CommitteeView
from dash_app.exercise import under_exercise
from dash_app.rain_page import no_rain, with_silent
from dash_app.reading_weather import RainAt
from dash_app.sentence import sentence
from dash_app.snapshot import AlertNow, Overview
from domain.times import local
from domain.words import Language, number, say

_WARNINGS = 8
_RAIN = 5
_NUMBER_LEFT_OPEN = "……"


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """What the report is made of. `number`: of the paper, filled in by hand when None."""

    overview: Overview
    committee: CommitteeView
    rain: tuple[RainAt, ...]
    number: str | None = None


def report(found: Situation, picture: str, language: Language) -> list[Any]:
    """Both pages; `picture` is the address of the map of the units."""
    first = [
        *_masthead(found, language),
        _summary(found, picture, language),
        _part("levels", report_tables.levels(found.overview, language), language),
        _part("forecast", report_tables.forecasts(found.committee, language), language),
        _part("warnings", _warnings(found.overview.alerts, language), language),
    ]
    second = [
        *_mark(found, language),
        _part("units", report_tables.units(found.committee, language), language),
        _part("reservoirs", report_tables.reservoirs(found.overview, language), language),
        _signature(language),
    ]
    return [html.Div(first, className="report-page"), html.Div(second, className="report-page")]


def _mark(found: Situation, language: Language) -> list[Any]:
    if not under_exercise(found.overview):
        return []
    return [html.P(say("ui.exercise.word", language), className="report-exercise")]


def _masthead(found: Situation, language: Language) -> list[Any]:
    """Agency and number to the left, the country's name and motto, place and date to the right; the title below."""
    day = local(found.committee.now)
    number_ = say("ui.report.number", language, number=found.number or _NUMBER_LEFT_OPEN)
    agency = [
        html.P(say("ui.report.city", language)),
        html.P(html.B(say("ui.report.agency", language))),
        html.P(number_, className="report-number"),
    ]
    date = say("ui.report.date", language, day=f"{day:%d}", month=f"{day:%m}", year=f"{day:%Y}")
    state = [
        html.P(html.B(say("ui.report.country", language))),
        html.P(html.B(say("ui.report.motto", language)), className="report-motto"),
        html.P(html.I(date)),
    ]
    title = [
        html.H1(say("ui.report.title", language)),
        html.P(html.B(say("ui.report.until", language, time=formats.full_moment(found.committee.now, language)))),
        html.P(html.I(say("ui.report.draft", language)), className="report-draft"),
    ]
    head = html.Div([html.Div(agency), html.Div(state)], className="report-head")
    return [*_mark(found, language), head, html.Div(title, className="report-title")]


def _part(name: str, body: Any, language: Language) -> Any:
    return html.Section([html.H2(say(f"ui.report.part.{name}", language)), body])


def _summary(found: Situation, picture: str, language: Language) -> Any:
    """The sentence of the rivers, of the units, of the rain; the map beside them."""
    lines = [
        sentence(found.overview, language),
        committee_page.lead(found.committee, language),
        _rain(found.rain, language),
    ]
    drawn = html.Img(src=picture, alt=say("ui.committee.map", language))
    text = html.Div([html.H2(say("ui.report.part.summary", language)), *(html.P(line) for line in lines)])
    return html.Section([text, drawn], className="report-summary")


def _rain(found: Sequence[RainAt], language: Language) -> str:
    """The wettest gauges over 24 h, and how many are silent; `found` is empty when the rain cannot be read."""
    wet = [each for each in found if each.totals_mm.get(24, 0.0) > 0][:_RAIN]
    if not wet:
        return no_rain(found, language)
    listed = ", ".join(
        f"{wording.name(each.now.station, language)} {number(each.totals_mm[24], 0, language)}" for each in wet
    )
    return with_silent(say("ui.report.rain", language, stations=listed), found, language)


def _warnings(alerts: Sequence[AlertNow], language: Language) -> Any:
    """In force, the gravest first."""
    if not alerts:
        return html.P(say("ui.empty.alerts", language))
    items = [html.Li(_line(found, language)) for found in alerts[:_WARNINGS]]
    more = len(alerts) - len(items)
    if more:
        items.append(html.Li(say("ui.report.more", language, count=more)))
    return html.Ul(items, className="report-warnings")


def _line(found: AlertNow, language: Language) -> list[Any]:
    severity = say(f"alert.severity.{found.alert.severity.value}", language)
    drill = f"{say('ui.exercise.mark', language)} · " if found.alert.exercise else ""
    return [html.B(f"{drill}{severity}: "), wording.alert_line(found, language)]


def _signature(language: Language) -> Any:
    to = [html.P(html.I(html.B(say("ui.report.to", language)))), html.P(say("ui.report.to.whom", language))]
    sign = [html.P(html.B(say("ui.report.sign", language))), html.P(html.I(say("ui.report.sign.how", language)))]
    return html.Div([html.Div(to), html.Div(sign, className="report-sign")], className="report-foot")
