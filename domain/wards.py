"""Wards and communes: names, borders, and whether a position lies within."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

from domain.errors import ConfigurationError

_Ring = list[list[float]]


class WardKind(StrEnum):
    """The two sorts of units below the city since 1 July 2025: phường and xã."""

    WARD = "ward"
    COMMUNE = "commune"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ward:
    """One of the units below the city, by its GSO code."""

    code: str
    name_vi: str
    full_name_vi: str  # with Phường or Xã
    name_en: str
    full_name_en: str
    kind: WardKind
    area_km2: float
    centroid: tuple[float, float]  # latitude, longitude


@dataclass(frozen=True, kw_only=True, slots=True)
class Border:
    """The border of a ward: polygons of rings of [longitude, latitude], the outer ring first, then holes."""

    polygons: tuple[tuple[_Ring, ...], ...]

    def contains(self, lat: float, lon: float) -> bool:
        """Whether the position lies within, by the even-odd rule (a ray east crosses the rings an odd number of times)."""
        return any(sum(_crossings(ring, lat, lon) for ring in rings) % 2 == 1 for rings in self.polygons)


def _crossings(ring: _Ring, lat: float, lon: float) -> int:
    return sum(
        (lat1 > lat) != (lat2 > lat) and lon < lon1 + (lat - lat1) * (lon2 - lon1) / (lat2 - lat1)
        for (lon1, lat1), (lon2, lat2) in pairwise(ring)
    )


def load_wards(path: Path) -> tuple[dict[str, Ward], dict[str, Border]]:
    """Wards and their borders by code, from a GeoJSON file of WGS84 polygons. Raises ConfigurationError."""
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        wards = [_ward(feature["properties"]) for feature in features]
        borders = {ward.code: _border(feature["geometry"]) for ward, feature in zip(wards, features, strict=True)}
    except OSError as error:
        raise ConfigurationError(
            place=str(path), key="file", value=error.strerror, remedy="must be a readable file"
        ) from error
    except (ValueError, LookupError, TypeError, ArithmeticError, RecursionError) as error:
        raise ConfigurationError(
            place=str(path),
            key="features",
            value=f"{type(error).__name__}: {error}"[:200],
            remedy="must be GeoJSON polygons with the properties of the shipped wards.geojson",
        ) from error
    if len(borders) < len(wards):
        raise ConfigurationError(
            place=str(path), key="features.code", value=len(wards) - len(borders), remedy="a code stands twice"
        )
    return {ward.code: ward for ward in wards}, borders


def _ward(properties: dict[str, Any]) -> Ward:
    texts = {key: properties[key] for key in ("code", "name_vi", "full_name_vi", "name_en", "full_name_en")}
    for key, text in texts.items():
        if not isinstance(text, str) or not text:
            raise ValueError(f"{key} = {text!r} is not a text")
    return Ward(
        **texts,
        kind=WardKind(properties["kind"]),
        area_km2=float(properties["area_km2"]),
        centroid=(float(properties["lat"]), float(properties["lon"])),
    )


def _border(geometry: dict[str, Any]) -> Border:
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind not in {"Polygon", "MultiPolygon"}:
        raise ValueError(f"geometry {kind!r} is not a polygon")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    return Border(
        polygons=tuple(
            tuple([[float(lon), float(lat)] for lon, lat, *_ in ring] for ring in rings) for rings in polygons
        )
    )
