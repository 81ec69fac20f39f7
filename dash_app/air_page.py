"""The air page: VN_AQI of the hour and of the day in the official colours, with the advice of the band."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import dcc, html

from dash_app import formats, sheet_table, wording
from dash_app.palette import AIR, Paint
from dash_app.reading_weather import AirAt
from dash_app.routes import station_path
from dash_app.snapshot import Overview
from domain.quantities import QUANTITIES
from domain.words import Language, number, say
from rules.vn_aqi import DUST, GASES

#: Where the bands end: Tốt, Trung bình, Kém, Xấu, Rất xấu; above the last is Nguy hại (1459/QĐ-TCMT, table 1).
ENDS = (50, 100, 150, 200, 300)
_TOP = 500
#: A bar of this index is as high as its row; the bands of health begin far below it.
_FULL_BAR = 200


def band(index: int) -> int:
    """The band 0-5 of an index."""
    return sum(index > end for end in ENDS)


def air(found: Sequence[AirAt], overview: Overview, language: Language) -> list[Any]:
    """The whole page."""
    title = say("ui.nav.air", language)
    if not found:
        return [html.H1(title), html.P(say("ui.air.empty", language), className="card empty")]
    return [
        *sheet_table.head(title, len(found), _lead(found, language)),
        html.Div([_card(each, language) for each in found], className="air-cards"),
        html.Div([html.H2(say("ui.air.scale", language)), _scale(language)], className="card"),
        html.P(say("ui.air.note", language), className="note"),
        html.P(sheet_table.updated(overview.read_at, language), className="note"),
    ]


def _lead(found: Sequence[AirAt], language: Language) -> str:
    text, silent = _worst(found, language), sum(each.now.blind for each in found)
    return f"{text} {say('ui.sheet.silent', language, count=silent)}" if silent else text


def _worst(found: Sequence[AirAt], language: Language) -> str:
    worst = next((each for each in found if each.now.aqi is not None and not each.now.blind), None)
    if worst is None or worst.now.aqi is None:
        return say("ui.air.blind", language)
    place = wording.name(worst.now.station, language)
    return say("ui.air.lead", language, station=place, index=worst.now.aqi, band=_word(worst.now.aqi, language))


def _word(index: int, language: Language) -> str:
    return formats.heading(say(f"ui.state.air.{band(index)}", language))


def _card(each: AirAt, language: Language) -> Any:
    link = dcc.Link(wording.name(each.now.station, language), href=station_path(each.now.station.id))
    age = html.Small(wording.age(each.now, language), className=f"age-{each.now.freshness.value}")
    key: dict[str, Any] = {"data-key": each.now.station.id}
    body = [html.H2([link, age]), html.Div([_hour(each, language), _day(each, language)], className="air-indices")]
    if each.now.aqi is not None and not each.now.blind:
        body.append(html.P(say(f"ui.air.advice.{band(each.now.aqi)}", language), className="air-advice"))
    body += [_hours(each, language), _concentrations(each, language)]
    return html.Article(body, className="card air-card", **key)


def _hour(each: AirAt, language: Language) -> Any:
    if each.now.aqi is None or each.now.blind:
        return html.Div(
            [html.Small(say("ui.air.hour", language)), html.B("–"), html.Span(wording.state(each.now, language))],
            className="air-index",
        )
    if not each.hours:
        return _index(say("ui.air.hour", language), each.now.aqi, None, language)
    end, _, pollutant = each.hours[-1]
    name = say("ui.air.hour_to", language, time=formats.near(end, each.now.now, language))
    return _index(name, each.now.aqi, say(f"quantity.{pollutant}", language), language)


def _day(each: AirAt, language: Language) -> Any:
    name = say("ui.air.day", language)
    if each.day is None:
        return html.Div(
            [html.Small(name), html.B("–"), html.Span(say("ui.air.too_few", language))], className="air-index"
        )
    return _index(name, each.day[0], say(f"quantity.{each.day[1]}", language), language)


def _index(name: str, index: int, pollutant: str | None, language: Language) -> Any:
    word = _word(index, language) if pollutant is None else f"{_word(index, language)} · {pollutant}"
    return html.Div([html.Small(name), html.B(str(index)), html.Span(word)], className="air-index", style=_style(index))


def _style(index: int) -> dict[str, str]:
    paint: Paint = AIR[band(index)]
    return {"background": paint.fill, "color": paint.text}


def _hours(each: AirAt, language: Language) -> Any:
    """The last hours as bars in the bands' colours; the text says first, last and highest."""
    if not each.hours:
        return html.P(say("ui.air.no_hours", language), className="muted")
    highest = max(each.hours, key=lambda hour: hour[1])
    words = say(
        "ui.air.hours",
        language,
        first=formats.near(each.hours[0][0], each.now.now, language),
        last=formats.near(each.hours[-1][0], each.now.now, language),
        highest=highest[1],
        time=formats.near(highest[0], each.now.now, language),
    )
    bars = [html.Span(className="air-bar", style=_bar(index), title=_titled(at, index)) for at, index, _ in each.hours]
    described: dict[str, Any] = {"role": "img", "aria-label": words}
    return html.Div([html.Div(bars, className="air-bars", **described), html.Small(words, className="under")])


def _titled(at: datetime, index: int) -> str:
    return f"{formats.clock(at)}: {index}"


def _bar(index: int) -> dict[str, str]:
    return {"height": f"{min(max(index / _FULL_BAR * 100, 4), 100):.0f}%", "background": AIR[band(index)].fill}


def _concentrations(each: AirAt, language: Language) -> Any:
    """What is measured there; of what failed or is not heard no number of before."""
    pairs = []
    for name in (*DUST, *GASES):
        if each.now.station.series_of(name) is not None or name in each.now.measures:
            measure = each.now.heard(name)
            value = "–" if measure is None else number(measure.value, QUANTITIES[name].decimals, language)
            pairs.append(html.Div([html.Dt(say(f"quantity.{name}", language)), html.Dd(value)]))
    unit = html.Small(formats.unit("pm2_5", language), className="under")
    return html.Div([html.Dl(pairs, className="air-concentrations"), unit])


def _scale(language: Language) -> Any:
    """Every band: its span, colour, word and effect."""
    starts = (0, *(end + 1 for end in ENDS))
    rows = []
    for number_, (start, end) in enumerate(zip(starts, (*ENDS, _TOP), strict=True)):
        paint = AIR[number_]
        span = html.Th(
            f"{start}–{end}", scope="row", className="figure", style={"background": paint.fill, "color": paint.text}
        )
        word = formats.heading(say(f"ui.state.air.{number_}", language))
        rows.append(html.Tr([span, html.Td(html.B(word)), html.Td(say(f"ui.air.advice.{number_}", language))]))
    return html.Table(html.Tbody(rows), className="grid air-scale")
