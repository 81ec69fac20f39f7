"""What is said of one unit: its state, depth, gauges, whom to call, what to do and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dash_app import formats, wording
from dash_app.committee import Call, CommitteeView, Unit
from dash_app.snapshot import StationNow
from domain.alerts import Phase, Severity
from domain.words import Language, catalogue, number, say

#: The chance from which on a crossing counts as to be expected.
_LIKELY = 0.5


def name(unit: Unit, language: Language) -> str:
    """With Phường or Xã."""
    return unit.ward.full_name_vi if language == "vi" else unit.ward.full_name_en


def short_name(unit: Unit, language: Language) -> str:
    """Without."""
    return unit.ward.name_vi if language == "vi" else unit.ward.name_en


def state(unit: Unit, language: Language) -> str:
    """The gravest warning in a word, or that nobody knows, or that there is none."""
    if unit.severity is not None:
        word = say(f"alert.severity.{unit.severity.value}", language)
        forecast = unit.alerts[0].alert.phase is Phase.FORECAST
        return say("ui.unit.forecast", language, state=word) if forecast else word
    return say("ui.unit.blind" if unit.blind else "ui.unit.calm", language)


def sign(unit: Unit) -> str:
    """The state as one sign: 0-4, or x."""
    return str(unit.rank) if unit.rank or not unit.blind else "x"


def event(unit: Unit, language: Language) -> str:
    """What the gravest warning is about, since when, and how many more."""
    if not unit.alerts:
        return say("ui.unit.drills", language, count=unit.drills) if unit.drills else ""
    alert = unit.alerts[0].alert
    text = say(f"alert.event.{alert.event.value}", language)
    return text if len(unit.alerts) == 1 else f"{text} +{len(unit.alerts) - 1}"


def depth(unit: Unit, language: Language) -> str:
    """The class of the row that is reached; that none is; or that no table tells."""
    if unit.depth is not None:
        place = unit.depth.place_vi if language == "vi" else unit.depth.place_en
        return f"{place}: {say(f'ui.depth.{unit.depth.depth.value}', language)}"
    return say("ui.depth.none" if unit.depth_known else "ui.depth.unknown", language)


def gauge(now: StationNow, language: Language) -> str:
    """Name, level and distance from the alarm levels; a gauge that is silent or wrong says so."""
    where = wording.name(now.station, language)
    if now.blind or now.water_m is None:
        return f"{where}: {wording.state(now, language)}"
    level = number(now.water_m, 2, language)
    if now.level is None:
        return f"{where} {level}"
    word = say("ui.unit.below", language) if now.level == 0 else wording.level_name(now.level, language)
    return f"{where} {level} ({word})"


def basin(unit: Unit, language: Language) -> str:
    """The rivers it depends on."""
    rivers = sorted({g.station.river for g in unit.gauges if g.station.river is not None})
    return ", ".join(rivers) if rivers else say("ui.unit.no_gauge", language)


def post(name_: str, language: Language) -> str:
    """A post of a roster; one without a text of its own stands as it is written."""
    if not name_:
        return say("ui.post.command", language)
    return catalogue(language).get(f"ui.post.{name_}", name_)


def whom(call: Call | None, language: Language) -> str:
    """Who is called first, and whether there is a number."""
    if call is None:
        return say("ui.unit.no_call", language)
    first = post(call.posts[0] if call.posts else "", language)
    return first if call.reachable else say("ui.unit.no_number", language, post=first)


def answered(call: Call | None, now: datetime, language: Language) -> str:
    """Not reached or not yet since when; at what time; told without asking; or nothing was sent."""
    if call is None:
        return "–"
    if call.unreached_since is not None:
        return say("ui.unit.unreached", language, time=formats.near(call.unreached_since, now, language))
    if call.waiting_since is not None:
        return say("ui.unit.waiting", language, time=formats.near(call.waiting_since, now, language))
    if call.answered_at is not None:
        return say("ui.unit.answered", language, time=formats.near(call.answered_at, now, language))
    if call.told_at is not None:
        return say("ui.unit.told", language, time=formats.near(call.told_at, now, language))
    return "–"


@dataclass(frozen=True, kw_only=True, slots=True)
class Crossing:
    """When a gauge is expected to reach its next alarm level: the first forecast hour at which the chance is even or more."""

    gauge: StationNow
    level: int
    at: datetime
    chance: float


def crossing(unit: Unit, view: CommitteeView) -> Crossing | None:
    """The earliest of its gauges that goes beyond what is there already; None when none is expected to."""
    highest = max((gauge_.level or 0 for gauge_ in unit.gauges if not gauge_.blind), default=0)
    found = [c for gauge_ in unit.gauges if (c := _crossing(gauge_, view)) is not None and c.level > highest]
    return min(found, key=lambda c: c.at, default=None)


def _crossing(now: StationNow, view: CommitteeView) -> Crossing | None:
    if now.blind or now.level is None or now.thresholds is None or now.peak is None or not now.peak.current:
        return None
    above = [(n, m) for n, m in enumerate(now.thresholds.levels_m, start=1) if n > now.level and m is not None]
    if not above:
        return None
    level, threshold = above[0]
    for forecast in view.forecasts.get(now.station.id, ()):
        chance = forecast.probability_at_or_above(threshold)
        if forecast.valid_at > now.now and chance >= _LIKELY:
            return Crossing(gauge=now, level=level, at=forecast.valid_at, chance=chance)
    return None


def deadline(unit: Unit, view: CommitteeView, language: Language) -> str:
    """By when: now, when a grave warning is not only a forecast; before the next level is reached; or no time is known."""
    ahead = crossing(unit, view)
    words = [] if ahead is None else [_before(ahead, language)]
    if unit.severity in (Severity.SEVERE, Severity.EXTREME) and unit.alerts[0].alert.phase is not Phase.FORECAST:
        return " ".join([say("ui.ward.now", language), *words])
    if words:
        return words[0]
    return say("ui.ward.no_time" if unit.severity is not None else "ui.ward.no_deadline", language)


def _before(ahead: Crossing, language: Language) -> str:
    return say(
        "ui.ward.before",
        language,
        time=formats.near(ahead.at, ahead.gauge.now, language),
        level=wording.level_name(ahead.level, language),
        gauge=wording.name(ahead.gauge.station, language),
        chance=number(ahead.chance * 100, 0, language),
    )


def duty(unit: Unit) -> str:
    """Which list of duties applies: by severity, or blind, or calm."""
    if unit.severity in (Severity.SEVERE, Severity.EXTREME):
        return "severe"
    if unit.severity is not None:
        return "moderate" if unit.severity is Severity.MODERATE else "minor"
    return "blind" if unit.blind else "calm"
