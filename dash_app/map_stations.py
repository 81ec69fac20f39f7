"""The stations of the map: what a marker, its tooltip and its card say, in every layer.

Nothing here grows old by itself: ages and freshness are told by the browser from the time of the reading (assets/stations.js),
so that a quiet minute sends nothing and a page whose network is cut still says how old its numbers are.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dash_app import formats, wording
from dash_app.snapshot import MAIN, RAIN_DAY, RAIN_HOURS, StationNow
from dash_app.state import late_after, silent_after, stage_level
from domain.quantities import QUANTITIES
from domain.stations import StationKind
from domain.words import Language, number, say

#: The totals of the rain layer, in the order the browser keeps them.
RAIN_KEYS = (*RAIN_HOURS, RAIN_DAY)


def station(now: StationNow, language: Language) -> dict[str, Any]:
    """One station: where it is, what it says in each layer, and from when on it is late (ages in seconds)."""
    place, main = now.station, now.main
    cadence = _cadence(now)
    return {
        "at": None if main is None else round(main.observed_at.timestamp()),
        "late": [late_after(cadence).total_seconds(), silent_after(cadence).total_seconds()],
        "clock": place.clock,
        "kind": place.kind.value,
        "lat": place.lat,
        "lon": place.lon,
        "name": wording.name(place, language),
        "level": now.level,
        "label": label(now, language),
        "value": wording.headline_value(now, language),
        "state": wording.state_heard(now, language),
        "going": _going(now, language),
        "peak": _peak(now, language),
        "measured": _measured(now, language),
        "about": " · ".join((say(f"kind.{place.kind.value}", language), *wording.doubts(now, language))),
        "rain": _rain(now, language),
        "direction": _direction(now),
    }


def _cadence(now: StationNow) -> timedelta:
    series = None if now.main is None else now.station.series_of(now.main.quantity)
    return timedelta(hours=1) if series is None else series.cadence


def label(now: StationNow, language: Language) -> str:
    """The number that stands at the symbol: the level of a river, the index of the air, the speed of the wind.

    There is no room to say that a number is wrong, or of something else: neither stands there.
    """
    kind = now.station.kind
    if kind is StationKind.AIR:
        return "" if now.aqi is None else str(now.aqi)
    if kind is StationKind.RAIN or now.wrong or now.main is None or now.main.quantity != MAIN[kind]:
        return ""
    return number(now.main.value, QUANTITIES[now.main.quantity].decimals, language)


def _going(now: StationNow, language: Language) -> list[str]:
    """Distance from an alarm level, and which way the water goes; not said of a gauge that has gone silent."""
    return [line for line in (wording.distance(now, language), wording.trend(now, language)) if line]


def _measured(now: StationNow, language: Language) -> str:
    """When and how well it was measured; the browser puts the age in."""
    if now.main is None:
        return ""
    time, flag = formats.near(now.main.observed_at, now.now, language), wording.flag(now.main.flag, language)
    return say("ui.tooltip.measured", language, time=time, age="{age}", flag=flag)


def _peak(now: StationNow, language: Language) -> dict[str, Any] | None:
    """The highest level expected in the next 24 h: the level its median reaches, its band, in words; None without a forecast."""
    found = now.peak
    if found is None:
        return None
    text = wording.peak(now, language) or say("ui.peak.none" if found.current else "ui.peak.old", language)
    level = stage_level(found.median_m, now.thresholds)
    return {"level": level, "band": wording.band(found, language), "current": found.current, "text": text}


def _rain(now: StationNow, language: Language) -> list[list[Any]] | None:
    """(mm, class) of each total; None where no rain is measured, an empty text where there was no reading."""
    if now.station.series_of("rainfall") is None:
        return None
    return [_total(now, key, language) for key in RAIN_KEYS]


def _total(now: StationNow, key: int, language: Language) -> list[Any]:
    mm = now.rain_mm.get(key)
    return ["", None] if mm is None else [number(mm, 0 if mm >= 10 else 1, language), now.rain_levels.get(key)]


def _direction(now: StationNow) -> float | None:
    """Where the wind blows to, degrees: the arrow flies with the wind."""
    found = now.heard("wind_direction")
    return None if found is None else round((found.value + 180.0) % 360.0)
