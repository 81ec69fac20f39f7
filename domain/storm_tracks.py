"""Tracks of storms, positions observed and forecast, from geo/storm_tracks.geojson in the configuration folder.

The file is a FeatureCollection of points. A point's properties: `storm` (an id of its own), `name`, `at` (RFC 3339 with an offset),
`kind` (`observed` or `forecast`), for a forecast `issued_at`, and where known `wind_ms` (m/s) and `radius_km` (how far the position
may be off, or the strong wind reaches). Whoever replaces the file during a storm has it on the maps within ten minutes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from domain.errors import ConfigurationError

FILE = Path("geo") / "storm_tracks.geojson"
#: A storm last seen so long ago is over.
_GONE = timedelta(days=3)

_Aware = Annotated[datetime, msgspec.Meta(tz=True)]
_Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]
_Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]


class Point(msgspec.Struct, frozen=True):
    """A place, longitude before latitude."""

    type: Literal["Point"]
    coordinates: tuple[_Longitude, _Latitude]


class Fix(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a storm was, or was expected to be."""

    storm: str
    name: str
    at: _Aware
    kind: Literal["observed", "forecast"]
    issued_at: _Aware | None = None
    wind_ms: Annotated[float, msgspec.Meta(ge=0)] | None = None
    radius_km: Annotated[float, msgspec.Meta(ge=0)] | None = None

    def __post_init__(self) -> None:
        """A forecast without its time of issue cannot be shown as it was known."""
        if self.kind == "forecast" and self.issued_at is None:
            raise ValueError("a forecast position needs issued_at")


class Feature(msgspec.Struct, frozen=True):
    """One position."""

    type: Literal["Feature"]
    geometry: Point
    properties: Fix


class Tracks(msgspec.Struct, frozen=True):
    """All positions of all storms."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: tuple[Feature, ...] = ()


def load_tracks(config_dir: Path) -> Tracks:
    """The tracks; none without the file. Raises ConfigurationError that names the place in the file."""
    path = config_dir / FILE
    if not path.is_file():
        return Tracks()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Tracks)
    except msgspec.DecodeError as error:
        fault, _, place = str(error).partition(" - at `$")
        remedy = "write a FeatureCollection of points as docs/watch_room.md shows under “Tracks of storms”"
        raise ConfigurationError(
            place=str(path), key=place.strip(".`") or "the file", value=fault, remedy=remedy
        ) from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """What was known of one storm at one time: the way it had come, oldest first, and the newest forecast of then.

    One of the two may be empty: a storm is forecast before it is seen, and seen before anybody forecasts where it goes.
    """

    now: datetime  # the time by which it is known
    come: tuple[Feature, ...]
    ahead: tuple[Feature, ...]

    @property
    def last(self) -> Feature | None:
        """Where it was last seen."""
        return self.come[-1] if self.come else None

    @property
    def issued_at(self) -> datetime | None:
        """When the forecast was issued."""
        return self.ahead[0].properties.issued_at if self.ahead else None

    @property
    def known_at(self) -> datetime:
        """When it was last seen; of one that was never seen when it was forecast."""
        return _time(self.come[-1]) if self.come else self.issued_at or self.now


@dataclass(frozen=True, kw_only=True, slots=True)
class Storms:
    """The storms of now, and the time of the newest position that is known of any, over or not; None without one."""

    courses: tuple[Course, ...] = ()
    newest: datetime | None = None


def storms(tracks: Tracks, clocks: Collection[datetime]) -> Storms:
    """What is known of all of them on these clocks."""
    known = (_time(f) for f in tracks.features if any(_is_known(f, now) for now in clocks))
    return Storms(courses=courses(tracks, clocks), newest=max(known, default=None))


def courses(tracks: Tracks, clocks: Collection[datetime]) -> tuple[Course, ...]:
    """The storms of now, the one seen last first. Each by the first of `clocks` on which it is not over, as the map has it."""
    names = {feature.properties.storm for feature in tracks.features}
    found = []
    for storm in names:
        of = [feature for feature in tracks.features if feature.properties.storm == storm]
        found += [course for now in clocks if (course := _course(of, now)) is not None][:1]
    return tuple(sorted(found, key=lambda course: course.known_at, reverse=True))


def _course(of: Collection[Feature], now: datetime) -> Course | None:
    """None before it was seen or forecast, and after it is over: not seen lately, and nothing of its forecast is to come."""
    known = sorted((f for f in of if _is_known(f, now)), key=_time)
    come = tuple(f for f in known if f.properties.kind == "observed")
    ahead = _ahead([f for f in known if f.properties.kind == "forecast"], come)
    seen_lately = bool(come) and now - _time(come[-1]) <= _GONE
    if not seen_lately and not any(_time(f) > now for f in ahead):
        return None
    return Course(now=now, come=come, ahead=ahead)


def _ahead(forecast: Collection[Feature], come: Sequence[Feature]) -> tuple[Feature, ...]:
    """Of the newest issue what lies after the last observed position."""
    newest = max((issue for f in forecast if (issue := f.properties.issued_at) is not None), default=None)
    return tuple(f for f in forecast if f.properties.issued_at == newest and (not come or _time(f) > _time(come[-1])))


def _is_known(feature: Feature, now: datetime) -> bool:
    """A position counts from its time on, a forecast from its issue."""
    fix = feature.properties
    since = fix.issued_at if fix.kind == "forecast" else fix.at
    return since is not None and since <= now


def _time(feature: Feature) -> datetime:
    return feature.properties.at
