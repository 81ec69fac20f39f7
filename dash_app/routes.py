"""The addresses of the pages."""

from __future__ import annotations

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page, with the station it is about."""

    place: Place
    station: str | None = None


def page_of(pathname: str | None) -> Page | None:
    """The page at a path; None when there is none. A trailing slash does no harm."""
    path = (pathname or "/").rstrip("/") or "/"
    if path in (Place.OVERVIEW, Place.WARNINGS, Place.NETWORK, Place.VERIFICATION, Place.RULES):
        return Page(place=Place(path))
    start, _, identifier = path.rpartition("/")
    if start == Place.STATION and STATION_ID.fullmatch(identifier):
        return Page(place=Place.STATION, station=identifier)
    return None


def station_path(identifier: str) -> str:
    """The page of one station."""
    return f"{Place.STATION}/{identifier}"
