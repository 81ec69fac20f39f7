"""The addresses of the pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from domain.stations import STATION_ID


class Place(StrEnum):
    """The pages there are."""

    OVERVIEW = "/"
    STATION = "/tram"
    WARNINGS = "/canh-bao"
    NETWORK = "/mang-luoi"
    VERIFICATION = "/kiem-chung"
    RULES = "/quy-tac"


#: A CAP identifier that needs no escaping in an address.
_ALERT = re.compile(r"[A-Za-z0-9_.:-]{1,200}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page, with the station or the alert it is about."""

    place: Place
    station: str | None = None
    alert: str | None = None


def page_of(pathname: str | None) -> Page | None:
    """The page at a path; None when there is none. A trailing slash does no harm."""
    path = (pathname or "/").rstrip("/") or "/"
    if path in (Place.OVERVIEW, Place.WARNINGS, Place.NETWORK, Place.VERIFICATION, Place.RULES):
        return Page(place=Place(path))
    start, _, identifier = path.rpartition("/")
    if start == Place.STATION and STATION_ID.fullmatch(identifier):
        return Page(place=Place.STATION, station=identifier)
    if start == Place.WARNINGS and _ALERT.fullmatch(identifier):
        return Page(place=Place.WARNINGS, alert=identifier)
    return None


def alert_path(identifier: str) -> str:
    """The page of one alert."""
    return f"{Place.WARNINGS}/{identifier}"


def station_path(identifier: str) -> str:
    """The page of one station."""
    return f"{Place.STATION}/{identifier}"
