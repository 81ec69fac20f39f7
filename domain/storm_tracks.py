"""Tracks of storms, positions observed and forecast, from geo/storm_tracks.geojson in the configuration folder.

The file is a FeatureCollection of points. A point's properties: `storm` (an id of its own), `name`, `at` (RFC 3339 with an offset),
`kind` (`observed` or `forecast`), for a forecast `issued_at`, and where known `wind_ms` (m/s) and `radius_km` (how far the position
may be off, or the strong wind reaches). Whoever replaces the file during a storm has it on the maps within ten minutes.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from domain.errors import ConfigurationError

FILE = Path("geo") / "storm_tracks.geojson"

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
        remedy = "write a FeatureCollection of points as docs/operations.md shows under “Tracks of storms”"
        raise ConfigurationError(
            place=str(path), key=place.strip(".`") or "the file", value=fault, remedy=remedy
        ) from error
