"""The symbols of stations as SVG: shape says the state as well as colour, hollow says that nobody knows any more.

The map, the lists and the legend fetch the same files, /symbols/<kind>-<level>-<freshness>.svg.
"""

from __future__ import annotations

from dash_app.palette import AIR, INK, NEUTRAL, RAIN, STAGE, WIND, Paint
from dash_app.state import Freshness
from domain.stations import StationKind

_SIZE = 24

_CIRCLE = '<circle cx="12" cy="12" r="7.2" {paint}/>'
_RING = '<circle cx="12" cy="12" r="6.4" {paint}/>'
_TRIANGLE = '<path d="M12 3.2 21 19.4H3Z" {paint}/>'
_DIAMOND = '<path d="M12 2.2 21.8 12 12 21.8 2.2 12Z" {paint}/>'
_SQUARE = '<rect x="3.8" y="3.8" width="16.4" height="16.4" {paint}/>'
_STAR = '<path d="m12 1.4 3.1 6.8 7.4.8-5.5 5 1.5 7.3L12 17.6l-6.5 3.7L7 14 1.5 9l7.4-.8Z" {paint}/>'
#: By level 0-4.
_STAGE_SHAPES = (_CIRCLE, _TRIANGLE, _DIAMOND, _SQUARE, _STAR)

_DROP = "M{x} {y}c2.6 3.4 4 5.4 4 7.4a4 4 0 0 1-8 0c0-2 1.4-4 4-7.4Z"
#: Where the drops hang: none for dry is a small drop, then one, two, three.
_DROPS: tuple[tuple[tuple[float, float], ...], ...] = (
    ((12, 6),),
    ((12, 6),),
    ((7.4, 6), (16.6, 6)),
    ((12, 1.4), (7.0, 11), (17.0, 11)),
)
_AIR_SQUARE = '<rect x="2.5" y="4.5" width="19" height="15" rx="3.5" {paint}/>'
_ARROW = '<path d="M12 1.8 18.4 21 12 16.8 5.6 21Z" {paint}/>'
#: Behind each shape, so that dark ones stand out on dark ground and on tiles.
_HALO = 'fill="none" stroke="#ffffff" stroke-opacity=".75" stroke-width="3.6" stroke-linejoin="round"'
_DAM = '<path d="M3 6.5h18L17 19.5H7Z" {paint}/>'


def symbol_path(kind: StationKind, level: int | None, freshness: Freshness) -> str:
    """The address of one symbol on this server."""
    return f"/symbols/{symbol_name(kind, level, freshness)}.svg"


def symbol_name(kind: StationKind, level: int | None, freshness: Freshness) -> str:
    """The name of one symbol: kind, level (`x` when there is none) and freshness."""
    return f"{kind.value}-{'x' if level is None else level}-{freshness.value}"


def svg(name: str) -> str | None:
    """The drawing with that name; None when there is no such symbol."""
    parts = name.split("-")
    if len(parts) != 3 or parts[0] not in tuple(StationKind) or parts[2] not in tuple(Freshness):
        return None
    kind, freshness = StationKind(parts[0]), Freshness(parts[2])
    level = None if parts[1] == "x" else int(parts[1]) if parts[1].isdecimal() else -1
    if level is not None and not 0 <= level < len(PAINTS[kind]):
        return None
    shape = _shape(kind, level)
    body = shape.replace("{paint}", _HALO) + shape.replace("{paint}", _paint(kind, level, freshness)) + _mark(freshness)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}">{body}</svg>'


#: Fills by kind and level.
PAINTS: dict[StationKind, tuple[Paint, ...]] = {
    StationKind.RIVER: STAGE,
    StationKind.RESERVOIR: STAGE,
    StationKind.RAIN: RAIN,
    StationKind.AIR: AIR,
    StationKind.WIND: WIND,
}


def paint_of(kind: StationKind, level: int | None) -> Paint:
    """The paint of a state; neutral when there is no level to compare with."""
    return NEUTRAL if level is None else PAINTS[kind][level]


def _shape(kind: StationKind, level: int | None) -> str:
    if kind is StationKind.RIVER:
        return _RING if level is None else _STAGE_SHAPES[level]
    if kind is StationKind.RAIN:
        path = "".join(_DROP.format(x=x, y=y) for x, y in _DROPS[level or 0])
        return f'<path d="{path}" {{paint}}/>'
    return {StationKind.AIR: _AIR_SQUARE, StationKind.WIND: _ARROW, StationKind.RESERVOIR: _DAM}[kind]


def _paint(kind: StationKind, level: int | None, freshness: Freshness) -> str:
    paint = paint_of(kind, level)
    if freshness in (Freshness.SILENT, Freshness.NEVER):
        return f'fill="#ffffff" fill-opacity=".82" stroke="{INK}" stroke-width="1.6" stroke-dasharray="3 2"'
    opacity = "1" if freshness is Freshness.CURRENT else ".55"
    return f'fill="{paint.fill}" fill-opacity="{opacity}" stroke="{INK}" stroke-width="1.3" stroke-linejoin="round"'


def _mark(freshness: Freshness) -> str:
    """A dash for silence, a small clock for late."""
    if freshness in (Freshness.SILENT, Freshness.NEVER):
        return f'<path d="M8.5 12.6h7" stroke="{INK}" stroke-width="2"/>'
    if freshness is Freshness.STALE:
        return (
            f'<circle cx="18.6" cy="18.6" r="4.6" fill="#fff" stroke="{INK}" stroke-width="1.2"/>'
            f'<path d="M18.6 15.9v2.9l1.9 1.1" fill="none" stroke="{INK}" stroke-width="1.2"/>'
        )
    return ""
