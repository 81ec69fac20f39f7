"""The meaning of <area>: shapes that lie on the earth and enclose something (CAP 1.2 §3.2.4, §3.3.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from shapely import Polygon, is_valid_reason

from alerts.cap.elements import children, empty, first, text, text_of
from alerts.cap.fault import Fault, advice, fault

#: More corners than this and small receivers give up (cap-composer: 100).
MOST_POINTS = 100
#: Areas that share more than this part of the smaller one overlap; neighbours whose common border was simplified do not.
_OVERLAP = 0.05
#: Twice the largest real polygon known. More are not looked at: the check must stay quick.
_JUDGED_POINTS = 80_000
#: Square degrees; about ten square metres.
_NOTHING = 1e-9
#: Above so many corners in all, areas are not compared with each other: the check must stay quick.
_COMPARED_POINTS = 20_000
_NUMBER = r"[-+]?\d{1,3}(?:\.\d*)?"
_PAIR = re.compile(f"({_NUMBER}),({_NUMBER})")
_CIRCLE = re.compile(rf"({_NUMBER}),({_NUMBER})\s+(\d+(?:\.\d*)?|\.\d+)")

_Points = list[tuple[float, float]]


def area_faults(info: Any) -> Iterator[Fault]:
    """What is wrong with the areas of one <info>."""
    shapes: list[tuple[Any, Polygon]] = []
    for area in children(info, "area"):
        for child in empty(area, "areaDesc"):
            yield fault(child, "is empty; name the place")
        for polygon in children(area, "polygon"):
            yield from _polygon(area, polygon, shapes)
        for circle in children(area, "circle"):
            yield from _circle(circle)
        yield from _heights(area)
        for geocode in children(area, "geocode"):
            if not text(geocode, "valueName") or not text(geocode, "value"):
                yield fault(geocode, "needs a valueName (which code list) and a value")
    yield from _overlaps(shapes)


def _polygon(area: Any, element: Any, shapes: list[tuple[Any, Polygon]]) -> Iterator[Fault]:
    written = text_of(element)
    points: _Points = []
    for part in written.split():
        pair = _PAIR.fullmatch(part)
        if pair is None:
            yield fault(element, "must be latitude,longitude pairs with spaces between: 16.46,107.56 …", value=part)
            return
        points.append((float(pair[1]), float(pair[2])))
    wrong = _wrong_place(points)
    if wrong is not None:
        yield fault(element, wrong, value=written)
    elif len(points) < 4:
        yield fault(element, f"has {len(points)} pairs; at least 4, the last equal to the first", value=written)
    elif points[0] != points[-1]:
        yield fault(
            element, f"is not closed: the last pair must be the first again, {written.split()[0]}", value=written
        )
    else:
        yield from _shape(area, element, points, shapes)


def _wrong_place(points: Sequence[tuple[float, float]]) -> str | None:
    """Why points cannot be (latitude, longitude)."""
    if all(abs(lat) <= 90 and abs(lon) <= 180 for lat, lon in points):
        return None
    if all(abs(lon) <= 90 for _, lon in points):
        return "is written longitude,latitude; CAP wants latitude first"
    return "lies outside the earth: latitude -90 to 90, longitude -180 to 180"


def _shape(area: Any, element: Any, points: _Points, shapes: list[tuple[Any, Polygon]]) -> Iterator[Fault]:
    if len(points) > _JUDGED_POINTS:
        yield fault(element, f"has {len(points)} pairs; no receiver takes so many")
        return
    shape = Polygon([(lon, lat) for lat, lon in points])
    if shape.convex_hull.area < _NOTHING:
        yield fault(element, "encloses nothing", value=text_of(element))
        return
    if not shape.is_valid:
        # A border that meets itself in a point still encloses something; one that crosses itself does not say what.
        say = advice if is_valid_reason(shape).startswith("Ring") else fault
        yield say(element, "crosses or touches itself", value=text_of(element))
        return
    if len(points) > MOST_POINTS:
        yield advice(element, f"has {len(points)} pairs; small receivers take {MOST_POINTS}")
    shapes.append((area, shape))


def _circle(element: Any) -> Iterator[Fault]:
    written = text_of(element)
    found = _CIRCLE.fullmatch(written)
    if found is None:
        yield fault(
            element, "must be latitude,longitude radius, in degrees and kilometres: 16.46,107.56 5", value=written
        )
        return
    wrong = _wrong_place([(float(found[1]), float(found[2]))])
    if wrong is not None:
        yield fault(element, wrong, value=written)


def _heights(area: Any) -> Iterator[Fault]:
    altitude, ceiling = text(area, "altitude"), text(area, "ceiling")
    if ceiling and not altitude:
        yield fault(first(area, "ceiling"), "needs an altitude under it", value=ceiling)
    try:
        below = bool(altitude and ceiling) and float(ceiling) < float(altitude)
    except ValueError:
        return  # the schema has said so
    if below:
        yield fault(first(area, "ceiling"), f"lies under the altitude {altitude}", value=ceiling)


def _overlaps(shapes: Sequence[tuple[Any, Polygon]]) -> Iterator[Fault]:
    if sum(len(shape.exterior.coords) for _, shape in shapes) > _COMPARED_POINTS or len(shapes) > 200:
        return
    for (area, shape), (other, another) in combinations(shapes, 2):
        if area is not other and shape.intersects(another):
            shared = shape.intersection(another).area
            if shared > _OVERLAP * min(shape.area, another.area):
                yield advice(other, f"lies over the area {text(area, 'areaDesc')!r} too", value=text(other, "areaDesc"))
