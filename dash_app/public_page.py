"""The page for everybody, readable without script: what is warned of first, then the rivers, then the map."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dash_app import formats, wording
from dash_app.palette import SEVERITY
from dash_app.plain_page import plain_page
from dash_app.public_view import PublicText, PublicView
from dash_app.sentence import sentence, updated
from dash_app.snapshot import StationNow
from dash_app.symbols import symbol_path
from dash_app.ward_map import WardMap
from domain.stations import LIVE_CLOCK
from domain.wards import Ward
from domain.words import LANGUAGES, Language, say

ADDRESS = "/cong-khai"
_NAMES = {"vi": "Tiếng Việt", "en": "English"}
_SYMBOL_PX = 16


def public_page(view: PublicView, wards: Sequence[Ward], drawing: WardMap, language: Language) -> str:
    """The whole page."""
    parts = [
        _head(view, language),
        _warnings(view, language),
        f"<h2>{_say('ui.public.rivers', language)}</h2><p class='lead'>{escape(sentence(view.overview, language))}</p>",
        f"<p class='hint'>{escape(updated(view.overview, language))}</p>",
        _chooser(view, wards, language),
        _gauges(view, language),
        f"<h2>{_say('ui.public.map', language)}</h2>{_map(view, drawing, language)}",
        f"<p class='hint'>{_say('ui.public.note', language)}</p>",
    ]
    return plain_page(say("ui.public", language), "".join(parts), language=language, wide=True)


def _head(view: PublicView, language: Language) -> str:
    other = next(each for each in LANGUAGES if each != language)
    ward = "" if view.ward is None else f"&phuong={view.ward.code}"
    link = f'<a href="{ADDRESS}?lang={other}{ward}" lang="{other}">{_NAMES[other]}</a>'
    simulated = any(s.station.clock != LIVE_CLOCK for s in view.overview.stations)
    banner = f'<div class="banner" role="note"><strong>{_say("ui.banner.simulated", language)}</strong></div>'
    return f'{banner if simulated else ""}<p class="brand">{link}</p><h1>{_say("ui.public", language)}</h1>'


def _warnings(view: PublicView, language: Language) -> str:
    if not view.warnings:
        return f'<section class="calm"><p><strong>{_say("ui.public.none", language)}</strong></p><p>{_say("ui.public.do", language)}</p></section>'
    return "".join(_warning(each, language) for each in view.warnings)


def _warning(warning: PublicText, language: Language) -> str:
    colour = SEVERITY[warning.severity].fill
    until = (
        ""
        if warning.expires is None
        else say("ui.public.until", language, time=formats.full_moment(warning.expires, language))
    )
    parts = [
        f"<h2>{escape(warning.headline)}</h2>",
        f"<p class='hint'>{_say(f'alert.severity.{warning.severity.value}', language)} · {escape(until)}</p>",
        _paragraphs(warning.description),
        f"<h3>{_say('ui.public.what_to_do', language)}</h3>{_paragraphs(warning.instruction)}"
        if warning.instruction
        else "",
        f"<p class='hint'>{escape(warning.places)}</p>",
    ]
    return f'<section class="public-warning" style="border-color:{colour}">{"".join(parts)}</section>'


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())


def _chooser(view: PublicView, wards: Sequence[Ward], language: Language) -> str:
    chosen = None if view.ward is None else view.ward.code
    names = sorted((w.full_name_vi if language == "vi" else w.full_name_en, w.code) for w in wards)
    options = "".join(
        f'<option value="{code}"{" selected" if code == chosen else ""}>{escape(name)}</option>' for name, code in names
    )
    every = f'<option value="">{_say("ui.public.city", language)}</option>'
    label = f'<label for="phuong">{_say("ui.public.ward", language)}</label>'
    select = f'<select id="phuong" name="phuong">{every}{options}</select><input type="hidden" name="lang" value="{language}">'
    return f'<form class="choose" action="{ADDRESS}">{label}{select}<button>{_say("ui.public.show", language)}</button></form>'


def _gauges(view: PublicView, language: Language) -> str:
    rows = "".join(_gauge(now, language) for now in view.gauges)
    return f'<div class="scroll"><table class="gauges-list"><tbody>{rows}</tbody></table></div>'


def _gauge(now: StationNow, language: Language) -> str:
    station = now.station
    symbol = symbol_path(station.kind, now.level, now.freshness)
    words = [wording.distance(now, language), wording.trend(now, language), wording.peak(now, language)]
    beside = " · ".join(word for word in words if word and not now.blind) or wording.state(now, language)
    doubts = " · ".join((wording.age(now, language), *wording.doubts(now, language)))
    return (
        f'<tr><td class="sign"><img src="{symbol}" width="24" height="24" alt=""></td>'
        f"<th scope='row'>{escape(wording.name(station, language))}</th>"
        f"<td><strong>{escape(wording.headline_value(now, language))}</strong></td>"
        f"<td class='wide'>{escape(beside)}<br><span class='beside'>{escape(doubts)}</span></td></tr>"
    )


def _map(view: PublicView, drawing: WardMap, language: Language) -> str:
    fills = {code: SEVERITY[severity].fill for code, severity in view.severities.items()}
    marks = "".join(_mark(now, drawing, language) for now in reversed(view.gauges))
    return drawing.drawn(fills, marks, label=say("ui.public.map", language))


def _mark(now: StationNow, drawing: WardMap, language: Language) -> str:
    x, y = drawing.point(now.station.lat, now.station.lon)
    title = f"{wording.name(now.station, language)}: {wording.headline_value(now, language)}"
    half = _SYMBOL_PX / 2
    return (
        f'<image href="{symbol_path(now.station.kind, now.level, now.freshness)}" x="{x - half:.1f}" y="{y - half:.1f}" '
        f'width="{_SYMBOL_PX}" height="{_SYMBOL_PX}"><title>{escape(title)}</title></image>'
    )


def _say(key: str, language: Language) -> str:
    return escape(say(key, language))
