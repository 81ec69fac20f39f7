"""Names of places, times and spans as sentences say them."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from domain.stations import Station
from domain.times import local
from domain.words import Language, catalogue, number, say


def name(station: Station, language: Language) -> str:
    """The station's name."""
    return station.name_vi if language == "vi" else station.name_en


def place(station: Station, language: Language) -> str:
    """As in "sông Hương tại Kim Long", or "tại A Lưới" for a station that stands on no river."""
    if station.river is None:
        return say("alert.place.station", language, station=name(station, language))
    return say("alert.place.river", language, river=station.river, station=name(station, language))


def basin(key: str, language: Language) -> str:
    """As in "lưu vực sông Hương"; a basin that the catalogues do not know is called by its key."""
    known = f"basin.{key}"
    return say(known, language) if known in catalogue(language) else key


@lru_cache(maxsize=1024)  # a storm says one time thousands of times
def stamp(at: datetime) -> str:
    """As in 07:00 27/10/2025: on a clock in Huế, to the minute."""
    here = local(at)
    return f"{here.hour:02}:{here.minute:02} {here.day:02}/{here.month:02}/{here.year:04}"  # strftime takes ten times as long


def hours(span: float, language: Language) -> str:
    """A span without needless decimals: 3, 1.5."""
    return number(span, 0 if span == int(span) else 1, language)
