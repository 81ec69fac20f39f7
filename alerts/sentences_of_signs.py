"""Sentences about signs beside level, rain and wind: stuck sensors, falling pressure, limits of the air, rules that agree."""

from __future__ import annotations

from alerts.places import hours, place, stamp
from domain.alerts import AlertVersion, Event
from domain.quantities import QUANTITIES
from domain.stations import Station
from domain.words import Language, number, say


def sensor_stuck(version: AlertVersion, station: Station, language: Language) -> str:
    """What has not changed, and for how long."""
    quantity = QUANTITIES[str(version.detail.get("quantity", "water_level"))]
    return say(
        "alert.sensor_stuck.observed" if version.level else "alert.sensor_stuck.over",
        language,
        quantity=say(f"quantity.{quantity.name}", language),
        place=place(station, language),
        window=hours(float(version.detail.get("window_h", 0)), language),
        value=number(version.value or 0.0, quantity.decimals, language),
        unit=say(f"unit.{quantity.unit}", language),
        time=stamp(version.at),
    )


def pressure_fall(version: AlertVersion, station: Station, language: Language) -> str:
    """By how much the pressure fell over the rule's window."""
    return say(
        "alert.pressure_fall.observed" if version.level else "alert.pressure_fall.over",
        language,
        place=place(station, language),
        value=number(abs(version.value or 0.0), 1, language),
        window=hours(float(version.detail.get("window_min", 0)) / 60, language),
        time=stamp(version.at),
    )


def air_standard(version: AlertVersion, station: Station, language: Language) -> str:
    """Which concentration is above which limit."""
    return say(
        "alert.air_standard.observed" if version.level else "alert.air_standard.over",
        language,
        pollutant=say(f"quantity.{version.detail.get('pollutant', 'pm2_5')}", language),
        place=place(station, language),
        window=hours(float(version.detail.get("window_h", 0)), language),
        value=number(version.value or 0.0, 1, language),
        limit=number(version.threshold or 0.0, 0, language),
        time=stamp(version.at),
    )


def together(version: AlertVersion, station: Station, language: Language, *, event: Event) -> str:
    """That several rules agree."""
    key = f"alert.{event}.observed" if version.level else f"alert.{event}.over"
    return say(key, language, place=place(station, language), time=stamp(version.at))
