"""The sentence of one alert version: what is happening, where, by how much, when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from alerts.places import hours, name, place, stamp
from alerts.sentences_of_signs import air_standard, pressure_fall, sensor_stuck, together
from domain.alerts import SILENT_SINCE, Alert, AlertVersion, Event, Phase, Reason
from domain.quantities import QUANTITIES
from domain.stations import Station
from domain.times import local
from domain.words import Language, number, say

#: Events that no number measures.
_WITHOUT_VALUE = (Event.NO_SIGNAL, Event.FLASH_FLOOD, Event.BASIN_FLOOD)
#: Events whose level says nothing.
_ONE_LEVEL = (Event.SENSOR_STUCK, Event.AIR_STANDARD, Event.DOUBTFUL_READING)
#: Bands of VN_AQI by the index above which they begin (1459/QĐ-TCMT, table 1); their names stand in the catalogues.
_AIR_BANDS = (300, 200, 150, 100, 50)


def sentence(alert: Alert, version: AlertVersion, station: Station, language: Language) -> str:
    """The facts of `version` without its reason. Times are local; a number that is not known now is not said.

    Of a gauge that is silent it says since when: its state is not what the water is now.
    """
    facts = _facts(alert, version, station, language)
    if SILENT_SINCE not in version.detail:
        return facts
    since = stamp(datetime.fromisoformat(str(version.detail[SILENT_SINCE])))
    return say("alert.state.silent_since", language, facts=facts, since=since)


def _facts(alert: Alert, version: AlertVersion, station: Station, language: Language) -> str:
    if version.level == 0 and "applies_again_at" in version.detail:
        return _off_schedule(alert, version, station, language)
    if version.phase is Phase.FORECAST and "probability" in version.detail:
        return (_forecast if version.level > 0 else _forecast_low)(version, station, language)
    if version.value is None and alert.event not in _WITHOUT_VALUE:
        return _state(alert, version, station, language)
    return _SENTENCES[alert.event](version, station, language)


def reason_in_words(version: AlertVersion, language: Language) -> str:
    """Why the version was made. Where no newer forecast came, none has said that the level is not to be expected any more."""
    lapsed = version.reason is Reason.FORECAST_WITHDRAWN and "lapsed" in version.detail
    return say("alert.reason.forecast_lapsed" if lapsed else f"alert.reason.{version.reason}", language)


def told_level(version: AlertVersion, station: Station) -> int | None:
    """The number of the alarm level that the version was compared with: 1-3 for BĐ1-BĐ3, 4 for the record."""
    found = station.thresholds_on(local(version.at).date())
    levels = () if found is None else found.levels_m
    matching = [
        number for number, level in enumerate(levels, start=1) if level is not None and level == version.threshold
    ]
    return matching[0] if matching else None


def _stage(version: AlertVersion, station: Station, language: Language) -> str:
    value = version.value or 0.0
    facts = {"place": place(station, language), "value": number(value, 2, language), "time": stamp(version.at)}
    level = told_level(version, station)
    if level is None or version.threshold is None:
        return say("alert.flood.observed_plain", language, **facts)
    return say(
        "alert.flood.observed", language, distance=_distance(value - version.threshold, level, language), **facts
    )


def _distance(above_m: float, level: int, language: Language) -> str:
    """As in "trên BĐ3 0,08 m"; what rounds to zero is at the level."""
    short = say(f"alarm_level.short.{level}", language)
    by = number(abs(above_m), 2, language)
    if float(by.replace(",", ".")) == 0:
        return say("alarm_level.at", language, level=short)
    return say("alarm_level.above" if above_m > 0 else "alarm_level.below", language, level=short, by=by)


def _forecast(version: AlertVersion, station: Station, language: Language) -> str:
    detail = version.detail
    return say(
        "alert.flood.forecast",
        language,
        place=place(station, language),
        chance=round(float(detail["probability"]) * 100),
        level=say(f"alarm_level.short.{version.level}", language),
        lead=hours(float(detail.get("lead_h", 0)), language),
        time=stamp(version.at),
    )


def _forecast_low(version: AlertVersion, station: Station, language: Language) -> str:
    """Why a warning by forecast is withdrawn. Its value is the peak that is forecast: no water level, which nobody measured."""
    level, chance = told_level(version, station), round(float(version.detail["probability"]) * 100)
    facts = {"place": place(station, language), "time": stamp(version.at)}
    if level is None:  # its threshold is another today
        return say("alert.state.none", language, event=say("alert.event.flood", language), **facts)
    said = say(f"alarm_level.short.{level}", language)
    return say("alert.flood.forecast_low", language, chance=chance or "<1", level=said, **facts)


def _rise(version: AlertVersion, station: Station, language: Language) -> str:
    key = "alert.rapid_rise.observed" if version.level else "alert.rapid_rise.over"
    return say(
        key,
        language,
        place=place(station, language),
        value=number(version.value or 0.0, 2, language),
        level_m=number(float(version.detail.get("level_m", 0)), 2, language),
        time=stamp(version.at),
    )


def _rain(version: AlertVersion, station: Station, language: Language) -> str:
    key = "alert.heavy_rain.observed" if version.level else "alert.heavy_rain.over"
    window = float(version.detail.get("window_h", 0))
    if version.detail.get("of") == "rate_per_h":
        key, window = "alert.heavy_rain.intensity", float(version.detail.get("window_min", 0))
    return say(
        key,
        language,
        name=say(f"alert.rain.{min(max(version.level, 1), 3)}", language),
        place=place(station, language),
        value=number(version.value or 0.0, 1, language),
        window=hours(window, language),
        time=stamp(version.at),
    )


def _air(version: AlertVersion, station: Station, language: Language, event: Event = Event.AIR_QUALITY) -> str:
    index = version.value or 0.0
    band = next((begins for begins in _AIR_BANDS if index > begins), 0)
    pollutant = str(version.detail.get("pollutant", "pm2_5"))
    return say(
        f"alert.{event}.observed",
        language,
        place=place(station, language),
        value=number(index, 0, language),
        name=say(f"alert.air.{band}", language),
        pollutant=say(f"quantity.{pollutant}", language),
        time=stamp(version.at),
    )


def _wind(version: AlertVersion, station: Station, language: Language) -> str:
    force, gust = version.detail.get("force"), version.detail.get("gust_force")
    key = "gust" if force is None else "mean" if gust is None else "observed"
    light = say("alert.strong_wind.light", language)
    return say(
        f"alert.strong_wind.{key}",
        language,
        place=place(station, language),
        force=force or light,
        gust=gust or light,
        value=number(version.value or 0.0, 1, language),
        time=stamp(version.at),
    )


def _silence(version: AlertVersion, station: Station, language: Language) -> str:
    if version.level == 0:
        return say("alert.no_signal.over", language, station=name(station, language), time=stamp(version.at))
    quantities = str(version.detail.get("quantity", "")).split(", ")
    since = str(version.detail.get("last_observed_at", version.at.isoformat()))
    return say(
        "alert.no_signal.observed",
        language,
        station=name(station, language),
        quantity=", ".join(say(f"quantity.{each}", language) for each in quantities if each in QUANTITIES),
        since=stamp(datetime.fromisoformat(since)),
    )


def _doubt(version: AlertVersion, station: Station, language: Language) -> str:
    quantity = QUANTITIES[str(version.detail.get("quantity", "water_level"))]
    key = "alert.doubtful_reading.observed" if version.level else "alert.doubtful_reading.over"
    return say(
        key,
        language,
        quantity=say(f"quantity.{quantity.name}", language),
        place=place(station, language),
        value=number(version.value or 0.0, quantity.decimals, language),
        unit=say(f"unit.{quantity.unit}", language),
        time=stamp(version.at),
    )


def _state(alert: Alert, version: AlertVersion, station: Station, language: Language) -> str:
    """For a change that no reading of that instant made: where things stand."""
    facts = {
        "event": say(f"alert.event.{alert.event}", language),
        "place": place(station, language),
        "time": stamp(version.at),
    }
    if version.level == 0:
        return say("alert.state.lapsed" if "lapsed" in version.detail else "alert.state.none", language, **facts)
    if alert.event in _ONE_LEVEL:
        return say("alert.state.stands", language, **facts)
    level = level_name(alert.event, version.level, language)
    if version.phase is not Phase.FORECAST:
        return say("alert.state.level", language, level=level, **facts)
    observed = supported_level(version)
    key = "forecast" if observed is None else "forecast_above" if observed else "forecast_below"
    now = level_name(alert.event, observed, language) if observed else ""
    return say(f"alert.state.{key}", language, level=level, observed=now, **facts)


def supported_level(version: AlertVersion) -> int | None:
    """The level that readings support, where they are looked at: outside the hours of a rule 0 is no word on the water.

    A repetition of such a change, and an order to tell it to somebody, have other reasons and say no more than it did.
    """
    unseen = version.reason is Reason.OFF_SCHEDULE or "schedule" in version.detail
    observed = version.detail.get("observed_level")
    return None if unseen or observed is None else int(observed)


def _off_schedule(alert: Alert, version: AlertVersion, station: Station, language: Language) -> str:
    """Nobody looks until the hours of the rule begin again: that is no all clear."""
    return say(
        "alert.state.off_schedule",
        language,
        event=say(f"alert.event.{alert.event}", language),
        place=place(station, language),
        time=stamp(version.at),
        again=stamp(datetime.fromisoformat(str(version.detail["applies_again_at"]))),
    )


def level_name(event: Event, level: int, language: Language) -> str:
    """BĐ1 …, a rain class, a force, or a bare number, as the event counts its levels."""
    match event:
        case Event.FLOOD:
            return say(f"alarm_level.short.{level}", language)
        case Event.HEAVY_RAIN:
            return say(f"alert.rain.{level}", language)
        case Event.AIR_QUALITY | Event.AIR_QUALITY_DAY:
            return say(f"alert.air.{(100, 150, 200, 300)[level - 1]}", language)
        case Event.STRONG_WIND:
            return say("alert.level.wind", language, level=level)
        case _:
            return say("alert.level.number", language, level=level)


_SENTENCES: dict[Event, Callable[[AlertVersion, Station, Language], str]] = {
    Event.FLOOD: _stage,
    Event.RAPID_RISE: _rise,
    Event.HEAVY_RAIN: _rain,
    Event.AIR_QUALITY: _air,
    Event.STRONG_WIND: _wind,
    Event.NO_SIGNAL: _silence,
    Event.DOUBTFUL_READING: _doubt,
    Event.AIR_QUALITY_DAY: partial(_air, event=Event.AIR_QUALITY_DAY),
    Event.SENSOR_STUCK: sensor_stuck,
    Event.PRESSURE_FALL: pressure_fall,
    Event.AIR_STANDARD: air_standard,
    Event.FLASH_FLOOD: partial(together, event=Event.FLASH_FLOOD),
    Event.BASIN_FLOOD: partial(together, event=Event.BASIN_FLOOD),
}
