"""The addresses of the pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from dash_app.station_depth import RANGES_D
from domain.stations import STATION_ID


class Place(StrEnum):
    """The pages there are."""

    OVERVIEW = "/"
    STATION = "/tram"
    WARNINGS = "/canh-bao"
    NETWORK = "/mang-luoi"
    VERIFICATION = "/kiem-chung"
    RULES = "/quy-tac"
    COMMITTEE = "/ban-chi-huy"
    RAIN = "/mua"
    STORM = "/gio-bao"
    AIR = "/khong-khi"
    EXERCISE = "/dien-tap"


#: Pages that are read from the top down; all of them are painted in one section.
SHEETS = frozenset({Place.COMMITTEE, Place.RAIN, Place.STORM, Place.AIR, Place.EXERCISE})
_WARD_CODE = re.compile(r"\d{5}")


#: A station over a longer span than usual.
_LONG = re.compile(rf"{Place.STATION}/(?P<station>[^/]+)/(?P<days>\d{{1,4}})")
#: A CAP identifier that needs no escaping in an address.
_ALERT = re.compile(r"[A-Za-z0-9_.:-]{1,200}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page, with the station, the alert or the ward it is about."""

    place: Place
    station: str | None = None
    days: int = RANGES_D[0]  # how far back the station's chart looks
    alert: str | None = None
    ward: str | None = None  # GSO code


def page_of(pathname: str | None) -> Page | None:
    """The page at a path; None when there is none. A trailing slash does no harm."""
    path = (pathname or "/").rstrip("/") or "/"
    if path in set(Place) - {Place.STATION}:
        return Page(place=Place(path))
    if (long := _LONG.fullmatch(path)) and int(long["days"]) in RANGES_D[1:] and STATION_ID.fullmatch(long["station"]):
        return Page(place=Place.STATION, station=long["station"], days=int(long["days"]))
    start, _, identifier = path.rpartition("/")
    if start == Place.STATION and STATION_ID.fullmatch(identifier):
        return Page(place=Place.STATION, station=identifier)
    if start == Place.WARNINGS and _ALERT.fullmatch(identifier):
        return Page(place=Place.WARNINGS, alert=identifier)
    if start == Place.COMMITTEE and _WARD_CODE.fullmatch(identifier):
        return Page(place=Place.COMMITTEE, ward=identifier)
    return None


def alert_path(identifier: str) -> str:
    """The page of one alert."""
    return f"{Place.WARNINGS}/{identifier}"


def station_path(identifier: str) -> str:
    """The page of one station."""
    return f"{Place.STATION}/{identifier}"


def ward_path(code: str) -> str:
    """The page of the chair of one ward or commune."""
    return f"{Place.COMMITTEE}/{code}"
