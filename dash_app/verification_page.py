"""The page that says how good the forecasts were: tables of Thông tư 42/2017, reliability, crossings, lead time won."""

from __future__ import annotations

from datetime import date
from typing import Any

from dash import dcc, html

from dash_app import formats, wording
from dash_app.reliability_chart import LEAD_H
from dash_app.routes import Place, station_path
from dash_app.verification import StationScores, Verification
from domain.words import Language, number, say
from forecasting.verification_figures import LeadFigures
from storage.forecast_scores import FloodScore, ModelComparison

_SUMMARY = ("station", "n", "bias", "mae", "rmse", "pi", "cover80", "crossings", "won", "watch")
_LEADS = (
    "lead", "n", "bias", "mae", "rmse", "time", "completeness", "timeliness", "pi", "crps", "cover80", "crossings",
    "slope", "not_scored", "watch",
)  # fmt: skip
_WORDS = ("station", "watch")


def verification(found: Verification | None, language: Language) -> list[Any]:
    """The whole page; a sentence while nothing has come due."""
    title = html.H1(say("ui.verification.title", language), className="page-title")
    if found is None or not found.stations:
        return [title, html.P(say("ui.verification.nothing", language), className="card empty")]
    return [
        _head(title, found, language),
        _summary(found, language),
        *(_station(scores, language) for scores in found.stations),
        *([_models(found, language)] if found.comparisons else []),
        html.P(say("ui.verification.rules", language), className="note"),
    ]


def _head(title: Any, found: Verification, language: Language) -> Any:
    span = say("ui.verification.span", language, first=_day(found.first, language), last=_day(found.last, language))
    links = [
        html.A(
            say("ui.verification.download", language, kind=kind.upper()),
            href=f"{Place.VERIFICATION}.{kind}",
            className="button",
            download=f"ews-kiem-chung.{kind}",
        )
        for kind in ("csv", "json")
    ]
    return html.Div([title, html.P(span), html.Div(links, className="downloads")], className="verification-head")


def _day(day: date, language: Language) -> str:
    return f"{day:%d/%m/%Y}" if language == "vi" else f"{day:%d %b %Y}"


def _summary(found: Verification, language: Language) -> Any:
    heading = html.H2(say("ui.verification.summary", language, hours=f"{LEAD_H:g}"))
    rows = [_summary_row(scores, language) for scores in found.stations]
    return html.Section([heading, _table(_SUMMARY, [row for row in rows if row], language)], className="card")


def _summary_row(scores: StationScores, language: Language) -> list[Any]:
    figures = scores.at(LEAD_H)
    if figures is None:
        return []
    link = dcc.Link(
        wording.name(scores.station, language), href=station_path(scores.station.id), className="station-link"
    )
    cells = _cells(figures, language)
    return [
        link,
        *(cells[name] for name in _SUMMARY[1:8]),
        "–" if scores.won_h is None else f"{number(scores.won_h, 1, language)} h",
        _watch(scores, figures, language),
    ]


def _station(scores: StationScores, language: Language) -> Any:
    """One gauge: the table by lead, the reliability diagram and its rises, folded until somebody asks."""
    name = wording.place(scores.station, language)
    rows = [_lead_row(scores, figures, language) for figures in scores.leads]
    picture = html.Img(
        src=f"{Place.VERIFICATION}/{scores.station.id}.svg",
        alt=say("ui.verification.reliability", language, station=name, hours=f"{LEAD_H:g}"),
        width=640,
        height=300,
        className="reliability",
    )
    caption = html.Figcaption(say("ui.verification.reliability.note", language, hours=f"{LEAD_H:g}"), className="note")
    below = html.Div([html.Figure([picture, caption]), _rises(scores, language)], className="verification-below")
    return html.Details(
        [html.Summary(html.H2(name)), _table(_LEADS, rows, language), below],
        className="card",
        **{"data-key": scores.station.id},  # type: ignore[arg-type]
    )


def _lead_row(scores: StationScores, figures: LeadFigures, language: Language) -> list[Any]:
    peak = scores.peaks.get(figures.lead_h)
    cells = _cells(figures, language)
    cells["lead"] = f"{figures.lead_h:g} h"
    cells["time"] = "–" if peak is None else _figure(peak.time_error_h, 1, language)
    cells["watch"] = _watch(scores, figures, language, since=False)
    return [cells[name] for name in _LEADS]


def _cells(figures: LeadFigures, language: Language) -> dict[str, Any]:
    slopes = [_figure(level.slope, 2, language) for level in figures.levels]
    crossings = [f"{level.hit}/{level.miss}/{level.false}" for level in figures.levels]
    return {
        "n": str(figures.n),
        "bias": _figure(figures.bias_m, 2, language, sign=True),
        "mae": _figure(figures.mae_m, 2, language),
        "rmse": _figure(figures.rmse_m, 2, language),
        "pi": _figure(figures.pi, 2, language),
        "crps": _figure(figures.crps_m, 3, language),
        "cover80": _percent(figures.cover80),
        "completeness": _percent(figures.completeness),
        "timeliness": _percent(figures.timeliness),
        "crossings": " · ".join(crossings) or "–",
        "slope": " · ".join(slopes) or "–",
        "not_scored": f"{figures.excluded} / {figures.unread}",
    }


def _watch(scores: StationScores, figures: LeadFigures, language: Language, *, since: bool = True) -> Any:
    watch = scores.watches.get(figures.lead_h)
    state = "unknown" if watch is None else watch.state
    word = say(f"ui.verification.watch.{state}", language)
    if watch is None or state in ("unknown", "good"):
        return html.Span(word, className="muted" if state == "unknown" else None)
    began = say("ui.verification.since", language, time=formats.moment(watch.since, language))
    return html.Span([html.B(word), *([html.Span(began, className="under")] if since else [])], className="doubtful")


def _rises(scores: StationScores, language: Language) -> Any:
    heading = html.H3(say("ui.verification.rises", language))
    if not scores.rises:
        return html.Div([heading, html.P(say("ui.verification.no_rises", language), className="empty")])
    rows = [_rise_row(rise, language) for rise in sorted(scores.rises, key=lambda rise: rise.at, reverse=True)]
    return html.Div([heading, _table(("reached", "level", "won"), rows, language)])


def _rise_row(rise: FloodScore, language: Language) -> list[Any]:
    won = rise.figures["won_h"]
    text = say("ui.verification.not_won", language) if won is None else f"{number(won, 1, language)} h"
    return [formats.moment(rise.at, language), wording.level_name(rise.level, language), text]


def _models(found: Verification, language: Language) -> Any:
    heading = html.H2(say("ui.verification.models", language))
    rows = [_model_row(each, language) for each in found.comparisons]
    columns = ("station", "reached", "incumbent", "challenger", "decision", "ratio")
    return html.Section([heading, _table(columns, rows, language)], className="card")


def _model_row(each: ModelComparison, language: Language) -> list[Any]:
    ratio = each.figures.get("ratio")
    decision = say(f"ui.verification.model.{'adopted' if each.adopted else 'kept'}", language)
    return [
        each.station,
        formats.moment(each.at, language),
        each.incumbent,
        each.challenger,
        decision,
        _figure(ratio if isinstance(ratio, float) else None, 3, language),
    ]


def _table(columns: tuple[str, ...], rows: list[list[Any]], language: Language) -> Any:
    """A table that scrolls inside its card on a narrow screen; numbers to the right."""
    head = html.Tr([
        html.Th(say(f"ui.verification.column.{name}", language), scope="col", className=_side(name)) for name in columns
    ])  # fmt: skip
    body = [
        html.Tr([html.Td(cell, className=_side(name)) for name, cell in zip(columns, row, strict=True)]) for row in rows
    ]
    grid = html.Table([html.Thead(head), html.Tbody(body)], className="grid scores")
    return html.Div(grid, className="table-scroll", tabIndex="0")


def _side(column: str) -> str:
    return "words" if column in (*_WORDS, "level", "decision", "incumbent", "challenger", "reached") else "figure"


def _figure(value: float | None, decimals: int, language: Language, *, sign: bool = False) -> str:
    if value is None:
        return "–"
    text = number(abs(value), decimals, language)
    minus = value < 0 and any(digit in text for digit in "123456789")
    return f"−{text}" if minus else f"+{text}" if sign and value > 0 else text


def _percent(share: float | None) -> str:
    """Whole only where nothing is missing: 99.6 % are not all."""
    if share is None:
        return "–"
    return f"{100 if share >= 1 else min(round(100 * share), 99)} %"
