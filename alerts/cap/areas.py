"""Where a warning is for: wards and communes as CAP areas, their borders simplified to what receivers take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from shapely import Polygon

from alerts.cap.codes import WARD
from alerts.cap.message import Area, Circle, Named
from domain.errors import ConfigurationError
from domain.stations import Station
from domain.wards import Border, Ward, load_wards
from domain.words import Language, say

#: At most so many corners a polygon, the closing one included (cap-composer's limit).
MOST_POINTS = 100
#: Degrees by which a border may be simplified, tried in order; 0.001° is about 110 m.
_TOLERANCES = (0.0, 0.0003, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032)
#: Around a station that stands in no known ward.
_AROUND_KM = 5.0

Ring = tuple[tuple[float, float], ...]


class Wards:
    """The wards and communes of one configuration, as areas in each language."""

    def __init__(self, config_dir: Path) -> None:
        self._path = config_dir / "geo" / "wards.geojson"
        self._wards, self._borders = _loaded(self._path)

    def areas(self, codes: Iterable[str]) -> dict[Language, tuple[Area, ...]]:
        """One area a ward, in the order of `codes`, each once. Raises ConfigurationError for a code that is none."""
        chosen = list(dict.fromkeys(codes))
        for code in chosen:
            if code not in self._wards:
                remedy = "is the code of no ward; take one of its features"
                raise ConfigurationError(place=str(self._path), key="code", value=code, remedy=remedy)
        return {
            "vi": tuple(self._area(code, self._wards[code].full_name_vi) for code in chosen),
            "en": tuple(self._area(code, self._wards[code].full_name_en) for code in chosen),
        }

    def of_station(self, station: Station) -> dict[Language, tuple[Area, ...]]:
        """What the station's warnings are for: the wards it covers, or that it stands in, or 5 km around it."""
        known = [code for code in station.covers or (station.ward,) if code in self._wards]
        if not known:
            known = [code for code, border in self._borders.items() if border.contains(station.lat, station.lon)]
        if known:
            return self.areas(code for code in known if code is not None)
        circle = Circle(station.lat, station.lon, _AROUND_KM)
        names: dict[Language, str] = {"vi": station.name_vi, "en": station.name_en}
        return {
            language: (Area(description=say("alert.cap.area.around", language, station=name), circles=(circle,)),)
            for language, name in names.items()
        }

    def _area(self, code: str, name: str) -> Area:
        return Area(description=name, polygons=_outline(self._borders[code]), geocodes=(Named(WARD, code),))


@cache
def _loaded(path: Path) -> tuple[Mapping[str, Ward], Mapping[str, Border]]:
    return load_wards(path) if path.exists() else ({}, {})


def _outline(border: Border) -> tuple[Ring, ...]:
    """The outer rings: CAP knows no holes, and a warning for a little too much is the safe side."""
    return simplified(tuple(tuple((lat, lon) for lon, lat in rings[0]) for rings in border.polygons))


@cache
def simplified(rings: tuple[Ring, ...]) -> tuple[Ring, ...]:
    """Closed rings of (latitude, longitude), each with at most MOST_POINTS corners and not crossing itself."""
    found = (_simplified(Polygon([(lon, lat) for lat, lon in ring])) for ring in rings)
    return tuple(ring for ring in found if len(ring) >= 4)


def _simplified(shape: Any) -> Ring:
    for tolerance in _TOLERANCES:
        ring = _rounded(shape.simplify(tolerance, preserve_topology=True))
        if len(ring) <= MOST_POINTS and Polygon([(lon, lat) for lat, lon in ring]).is_valid:
            return ring
    return _rounded(shape.convex_hull.simplify(_TOLERANCES[-1]))


def _rounded(shape: Any) -> Ring:
    """To five decimals, about a metre, as it is written; a corner that falls on the one before it goes."""
    points = [(round(lat, 5), round(lon, 5)) for lon, lat in shape.exterior.coords]
    return tuple(point for number, point in enumerate(points) if number == 0 or point != points[number - 1])
