"""Sentences of the pages about one station: state, distance from an alarm level, trend, forecast peak, doubts."""

from __future__ import annotations

from dataclasses import replace

from alerts.wording import headline
from dash_app import formats
from dash_app.snapshot import AlertNow, ForecastPeak, Measure, StationNow
from dash_app.state import Freshness, Trend
from domain.alerts import Alert, Reason
from domain.readings import QualityFlag
from domain.stations import LIVE_CLOCK, Station, StationKind
from domain.words import Language, number, say


def name(station: Station, language: Language) -> str:
    """The station's name."""
    return station.name_vi if language == "vi" else station.name_en


def place(station: Station, language: Language) -> str:
    """River and station: Sông Hương tại Kim Long."""
    if station.river is None:
        return name(station, language)
    return say("ui.place", language, river=station.river, station=name(station, language))


def state(now: StationNow, language: Language) -> str:
    """The word of the state, the third sign beside shape and colour."""
    if now.blind:
        return say(f"age.{now.freshness.value}", language)
    return state_heard(now, language)


def state_heard(now: StationNow, language: Language) -> str:
    """The word of the state, if the station is still heard: on the map the browser tells that."""
    if now.level is None and now.wrong:
        return say("ui.state.wrong", language)
    if now.level is None and now.levelled:
        return say("ui.state.no_water", language)
    return state_word(now.station.kind, now.level, language)


def state_word(kind: StationKind, level: int | None, language: Language) -> str:
    """The word of one level of one kind of station."""
    if kind is StationKind.RESERVOIR:
        kind = StationKind.RIVER
    return say(f"ui.state.{kind.value}.{'x' if level is None else level}", language)


def level_name(level: int, language: Language) -> str:
    """BĐ1 … or the record."""
    return say(f"alarm_level.short.{level}", language)


def distance(now: StationNow, language: Language) -> str | None:
    """Above BĐ3 0,08 m. What has not reached a level is below it, by less than a centimetre too: so says its symbol."""
    found = now.distance
    if found is None:
        return None
    level = level_name(found.level, language)
    if not found.above:
        return say("alarm_level.below", language, level=level, by=number(max(found.by_m, 0.01), 2, language))
    if found.by_m < 0.005:
        return say("alarm_level.at", language, level=level)
    return say("alarm_level.above", language, level=level, by=number(found.by_m, 2, language))


def trend(now: StationNow, language: Language) -> str | None:
    """Rising, with its rate: đang lên 0,11 m/h."""
    if now.trend is None or now.rate_m_per_h is None:
        return None
    word = say(f"trend.{now.trend.value}", language)
    return word if now.trend is Trend.STEADY else f"{word} {number(abs(now.rate_m_per_h), 2, language)} m/h"


def band(peak: ForecastPeak, language: Language) -> str:
    """The band of a forecast peak to the decimetre: 4,9–5,3."""
    low, high = number(peak.low_m, 1, language), number(peak.high_m, 1, language)
    return low if low == high else f"{low}–{high}"


def peak(now: StationNow, language: Language) -> str | None:
    """The forecast peak in words; none when no forecast is current or the water is not expected to rise."""
    found = now.peak
    if found is None or not found.current or not rises(now):
        return None
    key = "ui.peak.beyond" if found.at_the_end else "ui.peak.at"
    return say(key, language, band=band(found, language), time=formats.near(found.at, now.now, language))


def rises(now: StationNow) -> bool:
    """Whether the forecast peak stands above the water by more than a gauge's centimetre, or nobody knows the water."""
    return now.peak is not None and (now.water_m is None or now.peak.median_m > now.water_m + 0.02)


def doubts(now: StationNow, language: Language) -> tuple[str, ...]:
    """Every word of doubt that belongs to the number: simulated, replayed, unverified, suspect."""
    return tuple(say(key, language) for key in _doubt_keys(now))


def _doubt_keys(now: StationNow) -> list[str]:
    station, keys = now.station, []
    if station.clock.startswith("replay"):
        keys.append("ui.doubt.replayed")
    elif station.clock != LIVE_CLOCK:
        keys.append("doubt.simulated")
    if station.simulated:
        keys.append("ui.doubt.place")
    if station.adopted:
        keys.append("doubt.adopted")
    if now.main is not None and now.main.flag in (QualityFlag.SUSPECT, QualityFlag.FAIL):
        keys.append(f"flag.{now.main.flag.name.lower()}")
    return keys


def alert_line(found: AlertNow, language: Language) -> str:
    """A warning in one line, as it was last sent.

    Without the mark of a simulated or replayed clock: the banner above the page says that once.
    """
    return headline(found.alert, found.alert.versions[-1], replace(found.station, clock=LIVE_CLOCK), language)


def began(alert: Alert, time: str, language: Language) -> str:
    """`time`, when a warning was raised, in words; or earlier, when the first reading known already showed it."""
    unknown = alert.versions and alert.versions[0].reason is Reason.UNDER_WAY
    return say("ui.or_earlier", language, time=time) if unknown else time


def flag(found: QualityFlag, language: Language) -> str:
    """The word of a quality flag."""
    return say(f"flag.{found.name.lower()}", language)


def age(now: StationNow, language: Language) -> str:
    """How old the number is, or that there is none."""
    if now.main is None or now.freshness is Freshness.NEVER:
        return say("age.never", language)
    return formats.age(now.now - now.main.observed_at, language)


def measure(found: Measure, language: Language) -> str:
    """A reading with its unit."""
    return formats.value(found.quantity, found.value, language)


def headline_value(now: StationNow, language: Language) -> str:
    """The number the map shows for a station, with its unit."""
    if now.station.kind is StationKind.RAIN and 24 in now.rain_mm:
        return f"{number(now.rain_mm[24], 1, language)} mm/24h"
    if now.station.kind is StationKind.AIR and now.aqi is not None:
        return f"VN_AQI {now.aqi}"
    return say("ui.no_number", language) if now.main is None else measure(now.main, language)
