"""Tracks of storms, positions observed and forecast, from geo/storm_tracks.geojson in the configuration folder.

The file is a FeatureCollection of points. A point's properties: `storm` (an id of its own), `name`, `at` (RFC 3339 with an offset),
`kind` (`observed` or `forecast`), for a forecast `issued_at`, and where known `wind_ms` (m/s) and `radius_km` (how far the position
may be off, or the strong wind reaches). Whoever replaces the file during a storm has it on the maps within ten minutes.
"""

from __future__ import annotations

from collections.abc import Collection
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
    """What was known of one storm at one time: the way it had come, oldest first, and the newest forecast of then."""

    come: tuple[Feature, ...]  # never empty
    ahead: tuple[Feature, ...]

    @property
    def last(self) -> Feature:
        """Where it was last seen."""
        return self.come[-1]


def courses(tracks: Tracks, clocks: Collection[datetime]) -> tuple[Course, ...]:
    """The storms of now, the one seen last first. Each by the first of `clocks` on which it is not over, as the map has it."""
    storms = {feature.properties.storm for feature in tracks.features}
    found = []
    for storm in storms:
        of = [feature for feature in tracks.features if feature.properties.storm == storm]
        found += [course for now in clocks if (course := _course(of, now)) is not None][:1]
    return tuple(sorted(found, key=lambda course: course.last.properties.at, reverse=True))


def _course(of: Collection[Feature], now: datetime) -> Course | None:
    """None before it was first seen and after it is over."""
    come = sorted((f for f in of if f.properties.kind == "observed" and f.properties.at <= now), key=_time)
    if not come or now - _time(come[-1]) > _GONE:
        return None
    issued = [(issue, f) for f in of if (issue := f.properties.issued_at) is not None and issue <= now]
    newest = max((issue for issue, _ in issued), default=None)
    ahead = sorted((f for issue, f in issued if issue == newest and _time(f) > _time(come[-1])), key=_time)
    return Course(come=tuple(come), ahead=tuple(ahead))


def _time(feature: Feature) -> datetime:
    return feature.properties.at
