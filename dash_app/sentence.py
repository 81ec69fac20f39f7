"""The first line of the overview: the state of the city in one sentence, with its time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dash_app import formats, wording
from dash_app.snapshot import Overview, StationNow
from domain.stations import StationKind
from domain.words import Language, say

#: So many gauges that nobody knows are named in the sentence.
_NAMED = 3


def gauges(overview: Overview) -> tuple[StationNow, ...]:
    """River gauges, worst first."""
    return overview.of_kind(StationKind.RIVER)


def worst(overview: Overview) -> StationNow | None:
    """The river gauge that leads: the highest level, then the furthest above it, among those that are heard."""
    return next((s for s in gauges(overview) if not s.blind and s.level is not None), None)


def sentence(overview: Overview, language: Language) -> str:
    """Answer first: the worst gauge, its trend and forecast, or that the rivers are calm, or that nobody knows."""
    lead = worst(overview)
    if lead is None or lead.main is None:
        nobody = say("ui.sentence.blind" if gauges(overview) else "ui.sentence.empty", language)
        return f"{nobody}{_drowned(overview, 0, language)}"
    where, height = wording.place(lead.station, language), wording.measure(lead.main, language)
    parts = [f"{where} {height}", *(p for p in (wording.distance(lead, language), _going(lead, language)) if p)]
    text = ", ".join(parts)
    peak = wording.peak(lead, language)
    if peak is not None:
        text = f"{text}; {peak}"
    if lead.level is None or lead.level == 0:
        return f"{_calm(overview, text, language)}."
    return f"{text}.{_drowned(overview, lead.level, language)}"


def _drowned(overview: Overview, level: int, language: Language) -> str:
    """The gauges that were last above a graver level than the one that leads and are not heard now: the worst may be there."""
    graver = [s for s in gauges(overview) if s.blind and s.level is not None and s.level > level]
    return f" {say('ui.sentence.drowned', language, unknown=_unknown(graver, language))}" if graver else ""


def _calm(overview: Overview, worst_: str, language: Language) -> str:
    """No gauge stands above an alarm level; of those that nobody knows it is not said: they may stand above BĐ3."""
    levelled = [s for s in gauges(overview) if s.levelled]
    unknown = [s for s in levelled if s.blind or s.level is None]
    if not unknown:
        return say("ui.sentence.calm", language, worst=worst_)
    heard, names = len(levelled) - len(unknown), _unknown(unknown, language)
    return say("ui.sentence.calm_heard", language, heard=heard, all=len(levelled), unknown=names, worst=worst_)


def _unknown(found: Sequence[StationNow], language: Language) -> str:
    """The first few by name, those that were last above a level before the others, and how many more."""
    ordered = sorted(found, key=lambda now: -(now.level or 0))
    names = ", ".join(_last_known(now, language) for now in ordered[:_NAMED])
    more = len(ordered) - _NAMED
    return names if more <= 0 else say("ui.sentence.and_more", language, names=names, count=more)


def _last_known(now: StationNow, language: Language) -> str:
    name, state = wording.name(now.station, language), wording.state(now, language)
    if now.level:
        level = wording.state_word(now.station.kind, now.level, language)
        state = say("ui.sentence.last_known", language, state=state, level=level)
    return f"{name} ({state})"


def _going(lead: StationNow, language: Language) -> str | None:
    trend = wording.trend(lead, language)
    return None if trend is None else say("ui.sentence.trend", language, trend=trend)


def updated(overview: Overview, language: Language) -> str:
    """When the newest number on the page was measured."""
    if overview.newest_at is None:
        return say("ui.sentence.no_readings", language)
    return say("ui.sentence.updated", language, time=formats.moment(overview.newest_at, language))


def counts(overview: Overview, language: Language) -> tuple[tuple[str, str], ...]:
    """Short facts beside the sentence as (state class, text): gauges above each level, silent ones, warnings in force."""
    levels = Counter(s.level for s in gauges(overview) if not s.blind and s.level)
    found = [
        (
            f"stage-{level}",
            say("ui.count.level", language, count=levels[level], level=wording.level_name(level, language)),
        )
        for level in sorted(levels, reverse=True)
        if level is not None
    ]
    silent = sum(s.blind for s in overview.stations)
    if silent:
        found.append(("blind", say("ui.count.silent", language, count=silent)))
    found.append(("plain", say("ui.count.alerts", language, count=len(overview.alerts))))
    return tuple(found)
